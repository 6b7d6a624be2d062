#pragma once

#include <memory>
#include <optional>

#include "sandbox/lambda_supervisor.hpp"

namespace keks::sandbox {

/// How an invocation ended.
struct Ending {
  std::string payload;
  bool is_error = false;
  std::string status;  ///< for the REPORT line: `timeout`, `error`, or empty
};

/// What stays of a function between two invocations.
struct FunctionState {
  FunctionOptions const& options;
  Place const& place;
  std::chrono::milliseconds init_timeout;
  std::unique_ptr<Supervisor>& supervisor;  ///< null: the next invocation is cold
};

/// One invocation from START to REPORT.
class InvocationRun {
 public:
  InvocationRun(FunctionState state, Watch const& watch);

  /// *Errors:* `Cancelled` when the worker is stopped. Whatever the function does wrong is a result.
  Result<InvokeResult> run(InvokeInput input);

 private:
  using Wake = Supervisor::Wake;

  // Each step returns how the invocation ended there, or nothing when it goes on.
  std::optional<Ending> initialize();
  std::optional<Ending> initialize_again();
  std::optional<Ending> start_process();
  std::optional<Ending> after_init(Wake wake);

  Ending deliver(InvokeInput input);
  RuntimeEvent make_event(InvokeInput input) const;
  Ending wait_for_next(Ending ending);

  Wake wait(Supervisor::Condition const& holds, Deadline const& deadline);
  void start_clock();
  Ending failed(Wake wake);
  Ending timed_out();
  Ending exited();
  void drop_process();
  InvokeResult finish(Ending ending);

  FunctionState state_;
  Watch const& watch_;
  std::string request_id_;
  Deadline deadline_ = Deadline::never();
  Deadline::Clock::time_point started_;
  std::optional<Seconds> init_;
  std::uint64_t peak_mb_ = 1;
};

}  // namespace keks::sandbox
