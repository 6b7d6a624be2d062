#include <keks/base/time.hpp>
#include <keks/net/retry.hpp>

#include <sys/random.h>
#include <algorithm>
#include <charconv>
#include <cmath>

namespace keks::net {

using std::chrono::milliseconds;

std::optional<milliseconds> next_delay(RetryPolicy const& policy, int attempt, Error const& error, double random) {
  if (attempt >= policy.max_attempts || !error.is_retryable()) return std::nullopt;
  if (auto asked = error.retry_after()) return std::max(*asked, milliseconds(0));
  double most = static_cast<double>(policy.max_delay.count());
  double grown = static_cast<double>(policy.first_delay.count()) * std::pow(policy.factor, attempt - 1);
  return milliseconds(static_cast<milliseconds::rep>(std::min(grown, most) * random));
}

double random_unit() {
  std::uint64_t bits = 0;
  // A failure leaves zero, which only means no wait.
  while (getrandom(&bits, sizeof bits, 0) < 0 && errno == EINTR) {
  }
  return static_cast<double>(bits >> 11) * 0x1p-53;
}

std::optional<milliseconds> parse_retry_after(std::string_view value, WallTime now) {
  constexpr milliseconds day = std::chrono::hours(24);
  if (auto date = parse_http_date(value)) {
    return std::clamp(std::chrono::ceil<milliseconds>(*date - now), milliseconds(0), day);
  }
  long seconds = 0;
  auto const* end = value.data() + value.size();
  auto [rest, error] = std::from_chars(value.data(), end, seconds);
  bool plain = rest == end && !value.empty() && value.front() != '-';
  if (!plain || error == std::errc::invalid_argument) return std::nullopt;
  // Whoever asks for more has had enough: no deadline of a call is as far away as a day.
  bool too_far = error == std::errc::result_out_of_range || std::chrono::seconds(seconds) > day;
  return too_far ? day : std::chrono::seconds(seconds);
}

}  // namespace keks::net
