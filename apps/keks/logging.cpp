#include "apps/keks/logging.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>
#include <keks/base/time.hpp>
#include <keks/net/message.hpp>

#include <cstdio>

#include "base/format.hpp"

namespace keks::cli {
namespace {

struct Level {
  std::string_view name;
  LogLevel level;
};

// The first name of a level is the one that is printed.
constexpr Level kLevels[] = {{"fatal", LogLevel::Fatal},  {"panic", LogLevel::Fatal}, {"error", LogLevel::Error},
                             {"warning", LogLevel::Warn}, {"warn", LogLevel::Warn},   {"info", LogLevel::Info},
                             {"debug", LogLevel::Debug},  {"trace", LogLevel::Trace}};

std::string_view name_of(LogLevel level) {
  for (auto const& known : kLevels)
    if (known.level == level) return known.name;
  return "info";
}

}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
  for (auto const& known : kLevels)
    if (net::iequals(known.name, text)) return known.level;
  return fail(Code::InvalidArgument,
              format("Invalid log level \"{}\". Valid values are: panic, fatal, error, warning, info, debug, trace",
                     escape_controls(text, 80)));
}

std::string log_line(LogFormat format_, LogLevel level, std::string_view message, WallTime now) {
  auto text = escape_controls(message);
  switch (format_) {
    case LogFormat::Json:
      return format("{{\"level\":\"{}\",\"msg\":{},\"time\":\"{}\"}}\n", name_of(level), json_quote(text),
                    format_rfc3339(now));
    case LogFormat::Logrus:
      return format("time=\"{}\" level={} msg={}\n", format_rfc3339(now), name_of(level), json_quote(text));
    case LogFormat::Line:
      break;
  }
  return format("keks: {}\n", text);
}

LogFormat log_format_of(Arguments const& args) {
  if (args.get_or("log-format", "text") == "json") return LogFormat::Json;
  return args.as_authenticator ? LogFormat::Logrus : LogFormat::Line;
}

Log log_of(Arguments const& args) {
  auto level = parse_log_level(args.get_or("log-verbosity", "info"));
  return {level.value_or(LogLevel::Info), [format = log_format_of(args)](LogLevel at, std::string_view message) {
            std::fputs(log_line(format, at, message, system_clock().wall()).c_str(), stderr);
          }};
}

}  // namespace keks::cli
