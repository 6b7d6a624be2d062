#pragma once

#include <keks/base/log.hpp>

#include <csignal>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "lambda/runtime_api.hpp"

namespace keks::lambda {

/// SIGTERM's own exit code, as a shell counts it: 128 + 15.
inline constexpr int kTerminated = 143;

/// The identifier that Lambda gave to the extension. *Errors:* `UnexpectedStatus`, `ReplyWrongShape`.
Result<std::string> read_registration(ApiReply const& reply);
/// What to log when the extension's wait for an event is over, which Lambda never lets happen in a sound process.
std::string end_of_waiting(Result<ApiReply> const& reply);

/// SIGTERM, kept pending for this thread and all that it starts. *Lifetime:* the destructor undoes it for this thread.
class HeldSigterm {
 public:
  HeldSigterm();
  ~HeldSigterm();
  HeldSigterm(HeldSigterm const&) = delete;
  HeldSigterm& operator=(HeldSigterm const&) = delete;

 private:
  sigset_t before_;
};

/// Has Lambda announce the end of the process by SIGTERM, passes that on, and exits with `kTerminated`.
///
/// Lambda sends SIGTERM only where an extension is registered. An internal one that wants no events is enough; it has
/// to wait for one all the same, or INIT never ends.
/// *Lifetime:* the destructor ends the waiting; the API must outlive it. *Threads:* made, begun and destroyed in one.
/// Contract: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html
class Termination {
 public:
  /// Holds SIGTERM from here on: before anything starts a thread that could receive it.
  explicit Termination(std::function<void()> on_terminate) : on_terminate_(std::move(on_terminate)) {}
  ~Termination();

  /// Registers and waits. A failure is logged as WARN; SIGTERM then has its usual effect again.
  void begin(RuntimeApi const& api, Log const& log);

 private:
  Result<void> start(RuntimeApi const& api, Log const& log);
  void wait_for_signal(std::stop_token const& stop, Log const& log) const;
  [[noreturn]] void terminate(Log const& log) const;

  std::function<void()> on_terminate_;
  std::optional<HeldSigterm> held_{std::in_place};
  std::jthread signal_, extension_;
};

}  // namespace keks::lambda
