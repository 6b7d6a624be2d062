#pragma once

#include <keks/base/clock.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace keks::sandbox {

using LineSink = std::function<void(std::string_view line)>;

/// Cuts a process's output into lines and keeps them for the invocation that they belong to.
class InvocationLog {
 public:
  explicit InvocationLog(LineSink sink) : sink_(std::move(sink)) {}

  void line(std::string_view text);     ///< one whole line of Lambda's own
  void output(std::string_view bytes);  ///< of the process; a line may come in pieces
  void end_output();                    ///< what the process left without a line's end is a line as well
  std::string take();                   ///< all lines since the last `take`, at most the last 16 MiB

 private:
  LineSink sink_;
  std::string text_, rest_;
};

using Seconds = std::chrono::duration<double>;

/// The figures of a REPORT line.
struct Report {
  std::string request_id;
  Seconds duration{};
  std::optional<Seconds> init;  ///< of a cold start
  std::uint32_t memory_mb = 0;
  std::uint64_t peak_mb = 0;
  std::string status;  ///< `timeout`, `error`; empty when all went well

  /// With tabs between the fields, as Lambda prints it. INIT of a custom runtime is billed.
  std::string text() const;
};

std::string timeout_text(WallTime now, std::string_view request_id, std::chrono::seconds timeout);
std::string exit_text(std::string_view request_id, std::string_view reason);
std::string log_tail(std::string_view log);  ///< the last 4 KB, base64

}  // namespace keks::sandbox
