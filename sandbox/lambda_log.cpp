#include "sandbox/lambda_log.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/format.hpp"

namespace keks::sandbox {
namespace {

constexpr std::size_t kMaxText = 16 * 1024 * 1024;
constexpr std::size_t kMaxLine = 256 * 1024;
constexpr std::size_t kTail = 4096;

double milliseconds(Seconds span) { return span.count() * 1000; }

}  // namespace

void InvocationLog::line(std::string_view text) {
  if (sink_) sink_(text);
  // Forgetting half of it at a time keeps the cost of a flood linear.
  if (text_.size() + text.size() > kMaxText) text_.erase(0, text_.size() / 2);
  text_.append(text).push_back('\n');
}

void InvocationLog::output(std::string_view bytes) {
  for (auto end = bytes.find('\n'); end != bytes.npos; end = bytes.find('\n')) {
    rest_.append(bytes.substr(0, end));
    line(std::exchange(rest_, {}));
    bytes.remove_prefix(end + 1);
  }
  rest_.append(bytes);
  if (rest_.size() > kMaxLine) end_output();
}

void InvocationLog::end_output() {
  if (!rest_.empty()) line(std::exchange(rest_, {}));
}

std::string InvocationLog::take() { return std::exchange(text_, {}); }

std::string Report::text() const {
  auto billed = std::ceil(milliseconds(duration + init.value_or(Seconds(0))));
  auto line = format(
      "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {:.0f} ms\tMemory Size: {} MB\tMax Memory Used: {} "
      "MB",
      request_id, milliseconds(duration), billed, memory_mb, peak_mb);
  if (init) line += format("\tInit Duration: {:.2f} ms", milliseconds(*init));
  if (!status.empty()) line += "\tStatus: " + status;
  return line;
}

std::string timeout_text(WallTime now, std::string_view request_id, std::chrono::seconds timeout) {
  return format("{} {} Task timed out after {:.2f} seconds", format_rfc3339_millis(now), request_id,
                double(timeout.count()));
}

std::string exit_text(std::string_view request_id, std::string_view reason) {
  if (reason.empty()) return format("RequestId: {} Error: Runtime exited without providing a reason", request_id);
  return format("RequestId: {} Error: Runtime exited with error: {}", request_id, reason);
}

std::string log_tail(std::string_view log) { return base64(log.substr(log.size() - std::min(log.size(), kTail))); }

}  // namespace keks::sandbox
