#pragma once

#include <keks/base/deadline.hpp>
#include <keks/base/environment.hpp>
#include <keks/base/json.hpp>
#include <keks/base/log.hpp>
#include <keks/base/result.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace keks::net {
class Transport;
}

namespace keks::lambda {

/// What the caller sent: any bytes, JSON as a rule.
struct Event {
  std::string body;
  std::string content_type;
  /// The body as JSON; empty and blank bodies are `null`. *Errors:* `EventNotJson`.
  Result<Json> json() const;
};

/// One invocation's circumstances. *Lifetime:* the handler's call.
class Context {
 public:
  std::string request_id, function_arn, trace_id, tenant_id, client_context, cognito_identity;
  std::string function_name, function_version;
  Log log;  ///< lines carry the request id when the format is JSON

  /// Lambda's own deadline, less 300 ms, so that the function can still say what it was waiting for.
  Deadline deadline() const { return deadline_; }
  /// What is left until Lambda's own deadline, zero at least.
  std::chrono::milliseconds remaining_time() const;

  Context(Deadline handler_deadline, Deadline::Clock::time_point lambda_deadline)
      : deadline_(std::move(handler_deadline)), lambda_deadline_(lambda_deadline) {}

 private:
  Deadline deadline_;
  Deadline::Clock::time_point lambda_deadline_;
};

/// What a function does. An error becomes the invocation's error, `errorType` = `Function.` + the code's name; the
/// process goes on. An exception is reported as `Function.UnhandledException`, then the process exits 1.
using Handler = std::function<Result<Json>(Event const&, Context&)>;

/// Makes the handler during INIT. An error is reported to `/init/error`, then the process exits 1.
using Init = std::function<Result<Handler>(Environment const&, Log const&)>;

struct RuntimeOptions {
  Environment environment = Environment::of_process();
  net::Transport* transport = nullptr;               ///< for tests; null: a client of its own
  std::function<void(std::string_view line)> write;  ///< log lines; empty: stdout, one write(2) a line

  /// What to do in the last moments: Lambda sends SIGTERM some 300 ms before it kills the process. Called once, then
  /// the process exits with 143 and runs no destructors. Empty: the process ends without notice.
  ///
  /// With it, `run` registers an internal extension (one request in INIT), starts two threads that only wait, and
  /// blocks SIGTERM in its own thread and all that are started from it; so call `run` before you start any. A failed
  /// registration is a WARN line, and the function goes on without.
  /// *Threads:* called on one of its own, perhaps while the handler works; `write` may then be called from it as well.
  std::function<void()> on_terminate{};
};

/// The invocation loop. Returns the process's exit code, never 0: 1 after a fatal error. Asks `/next` without a
/// time-out, over one kept connection. `AWS_LAMBDA_RUNTIME_API` must be set (see `is_lambda`).
/// Contract: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
int run(Init const& init, RuntimeOptions options = {});

/// Whether the environment is Lambda's (or a local stand-in's).
bool is_lambda(Environment const& environment);

}  // namespace keks::lambda
