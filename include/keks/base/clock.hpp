#pragma once

#include <keks/base/deadline.hpp>
#include <keks/base/result.hpp>

#include <chrono>

namespace keks {

using WallTime = std::chrono::system_clock::time_point;

/// Time as a parameter: what the calendar says, and how to wait. Tests pass a clock of their own.
///
/// *Threads:* implementations must allow concurrent calls.
class Clock {
 public:
  virtual ~Clock() = default;

  /// The wall clock. Unlike the steady clock it goes on while a Lambda sandbox is frozen.
  virtual WallTime wall() const = 0;

  /// Waits for `span`. *Errors:* `DeadlineExceeded` at once when the deadline is nearer than `span`;
  /// `Cancelled` when the stop token is triggered while waiting.
  virtual Result<void> sleep(std::chrono::milliseconds span, Deadline const& deadline) const = 0;
};

/// The machine's clock. *Lifetime:* the whole program; it has no state.
Clock const& system_clock();

}  // namespace keks
