#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace keks {

enum class LogLevel { Trace, Debug, Info, Warn, Error, Fatal };

std::string_view to_string(LogLevel level);  ///< `INFO`

/// Where lines go: a level and a function, nothing global. A default-made one drops everything.
/// *Threads:* `sink` must allow concurrent calls if the object that holds the log is shared.
struct Log {
  LogLevel level = LogLevel::Info;
  std::function<void(LogLevel, std::string_view message)> sink;

  void operator()(LogLevel at, std::string_view message) const {
    if (sink && at >= level) sink(at, message);
  }
};

}  // namespace keks
