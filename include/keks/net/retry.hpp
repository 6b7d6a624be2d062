#pragma once

#include <keks/base/clock.hpp>
#include <keks/base/result.hpp>

#include <chrono>
#include <functional>
#include <optional>

namespace keks::net {

/// How often and how long to try again: pure numbers.
struct RetryPolicy {
  int max_attempts = 5;
  std::chrono::milliseconds first_delay{100};
  std::chrono::milliseconds max_delay{5'000};
  double factor = 2.0;
};

/// The wait before attempt `attempt + 1` (the first attempt is 1): what the server asked for, else exponential
/// with full jitter, `random` in [0, 1). Empty when there should be no further attempt: attempts used up, or the
/// error is not retryable.
std::optional<std::chrono::milliseconds> next_delay(RetryPolicy const& policy, int attempt, Error const& error,
                                                    double random);

/// A random number in [0, 1) from the system. *Threads:* safe.
double random_unit();

/// Calls `once` until it succeeds, its error is not retryable, the attempts are used up, or the next wait would
/// pass the deadline; then returns the last error of `once` itself, so that the caller learns what was wrong
/// rather than that time ran out.
template <class F>
auto with_retry(RetryPolicy const& policy, Clock const& clock, Deadline const& deadline, F&& once) -> decltype(once()) {
  for (int attempt = 1;; ++attempt) {
    auto result = once();
    if (result) return result;
    auto delay = next_delay(policy, attempt, result.error(), random_unit());
    if (!delay || !clock.sleep(*delay, deadline)) return result;
  }
}

/// `Retry-After`: seconds or an HTTP date, at most a day, relative to `now`. Empty for anything else.
std::optional<std::chrono::milliseconds> parse_retry_after(std::string_view value, WallTime now);

}  // namespace keks::net
