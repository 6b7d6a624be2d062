#pragma once

#include <chrono>
#include <stop_token>

namespace keks {

/// When a call must be back, and who may call it off earlier.
///
/// Every call of keks that can wait takes one and returns by then, with `Code::DeadlineExceeded`, or with
/// `Code::Cancelled` once the stop token is triggered. Time is the steady clock's.
/// *Threads:* a value; the stop token may be triggered from any thread.
class Deadline {
 public:
  using Clock = std::chrono::steady_clock;

  static Deadline never() { return Deadline(Clock::time_point::max()); }
  static Deadline at(Clock::time_point when) { return Deadline(when); }
  /// A span beyond what the clock can count is `never()`, one below zero is over now.
  static Deadline after(std::chrono::milliseconds span) { return Deadline(from_now(span)); }

  /// The same deadline, called off when `stop` is triggered, which takes its own token's place.
  Deadline with_stop(std::stop_token stop) const {
    Deadline d = *this;
    d.stop_ = std::move(stop);
    return d;
  }
  /// The sooner of this deadline and `span` from now; keeps the stop token.
  Deadline at_most(std::chrono::milliseconds span) const {
    Deadline d = *this;
    auto limit = from_now(span);
    if (limit < d.when_) d.when_ = limit;
    return d;
  }

  bool is_never() const { return when_ == Clock::time_point::max(); }
  bool expired() const { return !is_never() && Clock::now() >= when_; }
  bool stopped() const { return stop_.stop_requested(); }
  Clock::time_point when() const { return when_; }
  std::stop_token const& stop_token() const { return stop_; }

  /// What is left, zero at least. A day when the deadline is `never()`.
  std::chrono::milliseconds remaining() const {
    using namespace std::chrono;
    if (is_never()) return hours(24);
    auto left = ceil<milliseconds>(when_ - Clock::now());
    return left.count() > 0 ? left : milliseconds(0);
  }

 private:
  static Clock::time_point from_now(std::chrono::milliseconds span) {
    using namespace std::chrono;
    auto now = Clock::now();
    if (span > floor<milliseconds>(Clock::time_point::max() - now)) return Clock::time_point::max();
    return span.count() > 0 ? now + span : now;
  }

  explicit Deadline(Clock::time_point when) : when_(when) {}
  Clock::time_point when_;
  std::stop_token stop_;
};

}  // namespace keks
