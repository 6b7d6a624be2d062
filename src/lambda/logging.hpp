#pragma once

#include <keks/base/clock.hpp>
#include <keks/base/environment.hpp>
#include <keks/base/log.hpp>

#include <functional>
#include <string>

namespace keks::lambda {

/// How Lambda wants its lines: `AWS_LAMBDA_LOG_FORMAT` (`Text`, `JSON`) and `AWS_LAMBDA_LOG_LEVEL` (`TRACE` ...
/// `FATAL`), without regard to case. Anything else means text, from `INFO` on.
struct LogSettings {
  bool json = false;
  LogLevel level = LogLevel::Info;
  static LogSettings from(Environment const& environment);
};

/// What a JSON line says of its invocation; empty members are left out.
struct LogScope {
  std::string request_id, function_arn, tenant_id;
};

/// A line of text: the message, with the level before it unless that is INFO. No text can make a second line.
std::string text_line(LogLevel level, std::string_view message);
/// A line of JSON with the keys that Lambda's own runtimes use.
std::string json_line(WallTime now, LogLevel level, std::string_view message, LogScope const& scope);

using LineWriter = std::function<void(std::string_view line)>;

/// Writes the line and its end to stdout, in one write(2) as long as the pipe takes it.
void write_to_stdout(std::string_view line);

Log make_log(LogSettings settings, LogScope scope, LineWriter write);

}  // namespace keks::lambda
