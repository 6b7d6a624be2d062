#pragma once

#include <keks/base/deadline.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/lambda_api.hpp"
#include "sandbox/lambda_log.hpp"
#include "sandbox/lambda_process.hpp"
#include "sandbox/local_lambda.hpp"

namespace keks::sandbox {

/// The variables that Lambda gives to a function's process, and the function's own on top.
/// Contract: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
std::vector<std::string> function_variables(FunctionOptions const& function, Place const& place,
                                            std::string const& runtime_api);

/// What a worker's thread waits with: a bell for all that others do, a log for what its process prints.
struct Watch {
  Bell const& bell;
  InvocationLog& log;
  std::stop_token stop;
};

/// One run of a function's process with its Runtime API: Lambda's execution environment.
/// *Lifetime:* the destructor kills the process. *Threads:* one, the one that started it.
class Supervisor {
 public:
  enum class Wake { Condition, Exited, TimedOut, Stopped };
  using Condition = std::function<bool(RuntimeStates const&)>;

  /// *Errors:* those of `ChildProcess::start`; `Io`.
  static Result<std::unique_ptr<Supervisor>> start(FunctionOptions const& function, Place const& place,
                                                   Watch const& watch);

  /// Passes on the process's output until the condition holds; what was printed before is in the log by then.
  Wake wait(Watch const& watch, Condition const& holds, Deadline const& deadline);
  /// One round of the same without a condition: until the bell rings, the process prints or ends.
  void idle(Watch const& watch);

  /// Ends the process if it still runs, with its last words in the log; see `ChildProcess::end`.
  std::string end(Watch const& watch);

  RuntimeApiServer& api() { return *api_; }
  ChildProcess& process() { return *process_; }

 private:
  Supervisor() = default;
  void poll(Watch const& watch, Deadline const& deadline);
  void drain(InvocationLog& log);

  std::unique_ptr<RuntimeApiServer> api_;
  std::unique_ptr<ChildProcess> process_;  // after the API: killed before its server goes away
};

}  // namespace keks::sandbox
