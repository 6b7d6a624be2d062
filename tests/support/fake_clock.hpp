#pragma once

#include <keks/base/clock.hpp>

#include <mutex>
#include <vector>

namespace keks::test {

/// A clock that stands still until it is set, and on which waiting takes no time: it moves the wall clock and is
/// written down.
class FakeClock final : public Clock {
 public:
  explicit FakeClock(WallTime now = WallTime(std::chrono::seconds(1'768'478'400))) : now_(now) {}

  WallTime wall() const override {
    std::lock_guard lock(mutex_);
    return now_;
  }
  Result<void> sleep(std::chrono::milliseconds span, Deadline const& deadline) const override {
    std::lock_guard lock(mutex_);
    if (deadline.stopped()) return fail(Code::Cancelled, "cancelled while waiting for the next attempt");
    if (deadline.remaining() < span)
      return fail(Code::DeadlineExceeded, "the deadline is nearer than the next attempt");
    now_ += span;
    slept_.push_back(span);
    return {};
  }

  void set(WallTime now) {
    std::lock_guard lock(mutex_);
    now_ = now;
  }
  void advance(std::chrono::milliseconds span) { set(wall() + span); }
  std::vector<std::chrono::milliseconds> slept() const {
    std::lock_guard lock(mutex_);
    return slept_;
  }

 private:
  mutable std::mutex mutex_;
  mutable WallTime now_;
  mutable std::vector<std::chrono::milliseconds> slept_;
};

}  // namespace keks::test
