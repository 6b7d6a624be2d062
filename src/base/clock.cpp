#include <keks/base/clock.hpp>

#include <condition_variable>
#include <mutex>

namespace keks {
namespace {

class MachineClock final : public Clock {
 public:
  WallTime wall() const override { return std::chrono::system_clock::now(); }

  Result<void> sleep(std::chrono::milliseconds span, Deadline const& deadline) const override {
    if (deadline.remaining() < span)
      return fail(Code::DeadlineExceeded, "the deadline is nearer than the next attempt");
    std::mutex mutex;
    std::condition_variable_any wake;
    std::unique_lock lock(mutex);
    wake.wait_for(lock, deadline.stop_token(), span, [] { return false; });
    if (deadline.stopped()) return fail(Code::Cancelled, "cancelled while waiting for the next attempt");
    return {};
  }
};

}  // namespace

Clock const& system_clock() {
  static MachineClock const clock;
  return clock;
}

}  // namespace keks
