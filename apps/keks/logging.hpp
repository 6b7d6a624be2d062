#pragma once

#include <keks/base/clock.hpp>
#include <keks/base/log.hpp>

#include "apps/keks/command.hpp"

namespace keks::cli {

/// How lines on stderr look: `keks: message`, one JSON object, or the way of aws-iam-authenticator's logger.
enum class LogFormat { Line, Json, Logrus };

/// `panic`, `fatal`, `error`, `warning` or `warn`, `info`, `debug`, `trace`, in any case.
/// *Errors:* `InvalidArgument`, listing them.
Result<LogLevel> parse_log_level(std::string_view text);

/// One line, with its line feed; control characters escaped.
std::string log_line(LogFormat format, LogLevel level, std::string_view message, WallTime now);

/// The log that `--log-format` and `--log-verbosity` ask for, on stderr; a level that does not exist counts as `info`.
Log log_of(Arguments const& args);
/// The format of it.
LogFormat log_format_of(Arguments const& args);

}  // namespace keks::cli
