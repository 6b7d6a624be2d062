#include "lambda/logging.hpp"

#include <unistd.h>
#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>
#include <keks/base/time.hpp>
#include <keks/net/message.hpp>

#include <array>
#include <cerrno>
#include <utility>

#include "base/format.hpp"

namespace keks::lambda {
namespace {

constexpr std::size_t kMaxMessage = 64 * 1024;

void add_member(std::string& line, std::string_view name, std::string_view value) {
  if (!value.empty()) line += format(",\"{}\":{}", name, json_quote(value));
}

}  // namespace

LogSettings LogSettings::from(Environment const& environment) {
  LogSettings settings;
  settings.json = net::iequals(environment.get("AWS_LAMBDA_LOG_FORMAT").value_or(""), "JSON");
  auto wanted = environment.get("AWS_LAMBDA_LOG_LEVEL").value_or("");
  for (auto level :
       {LogLevel::Trace, LogLevel::Debug, LogLevel::Info, LogLevel::Warn, LogLevel::Error, LogLevel::Fatal})
    if (net::iequals(wanted, to_string(level))) settings.level = level;
  return settings;
}

std::string text_line(LogLevel level, std::string_view message) {
  auto text = escape_controls(message, kMaxMessage);
  return level == LogLevel::Info ? text : format("{} {}", to_string(level), text);
}

std::string json_line(WallTime now, LogLevel level, std::string_view message, LogScope const& scope) {
  auto line = format(R"({{"timestamp":"{}","level":"{}","message":{})", format_rfc3339_millis(now), to_string(level),
                     json_quote(escape_controls(message, kMaxMessage)));
  add_member(line, "requestId", scope.request_id);
  add_member(line, "functionArn", scope.function_arn);
  add_member(line, "tenantId", scope.tenant_id);
  return line + "}";
}

void write_to_stdout(std::string_view line) {
  auto text = std::string(line) + "\n";
  for (std::string_view rest = text; !rest.empty();) {
    auto written = ::write(STDOUT_FILENO, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) return;
    if (written > 0) rest.remove_prefix(std::size_t(written));
  }
}

Log make_log(LogSettings settings, LogScope scope, LineWriter write) {
  auto sink = [json = settings.json, scope = std::move(scope), write = std::move(write)](LogLevel level,
                                                                                         std::string_view message) {
    write(json ? json_line(system_clock().wall(), level, message, scope) : text_line(level, message));
  };
  return {settings.level, std::move(sink)};
}

}  // namespace keks::lambda
