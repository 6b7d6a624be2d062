#pragma once

#include <keks/base/clock.hpp>
#include <keks/lambda/runtime.hpp>
#include <keks/net/message.hpp>

namespace keks::lambda {

/// One moment on both clocks: Lambda names its deadline by the calendar, waiting goes by the steady clock.
struct Now {
  WallTime wall;
  Deadline::Clock::time_point steady;
};

/// `Lambda-Runtime-Deadline-Ms` (milliseconds since 1970) on the steady clock, at most a day away. Absent or not a
/// number: 15 minutes from now, the longest that an on-demand function may run.
Deadline::Clock::time_point lambda_deadline(std::string_view epoch_ms, Now now);

/// The context that the headers of a `/next` reply describe; it has no log yet.
Context make_context(net::Headers const& headers, Environment const& environment, Now now);

}  // namespace keks::lambda
