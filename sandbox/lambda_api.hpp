#pragma once

#include <keks/net/server.hpp>

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "sandbox/lambda_states.hpp"

namespace keks::sandbox {

/// The Runtime API of one process, on a port of its own: what an earlier process left behind cannot disturb it.
/// *Threads:* safe to share.
class RuntimeApiServer {
 public:
  /// `on_change` is called, from the server's threads, when the process has done something.
  static Result<std::unique_ptr<RuntimeApiServer>> start(std::function<void()> on_change);

  std::string address() const;  ///< for AWS_LAMBDA_RUNTIME_API

  /// Calls `f(RuntimeStates&)` under the lock.
  template <class F>
  auto with_states(F&& f) {
    std::lock_guard lock(mutex_);
    changed_.notify_all();
    return std::forward<F>(f)(states_);
  }

 private:
  explicit RuntimeApiServer(std::function<void()> on_change) : on_change_(std::move(on_change)) {}
  void handle(net::Exchange& exchange);
  RuntimeStates::Answer post(std::string_view call, std::string const& body);
  void next(net::Exchange& exchange);
  void extension(std::string_view call, net::Exchange& exchange);

  std::function<void()> on_change_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  RuntimeStates states_;
  std::unique_ptr<net::Server> server_;  // the last member: its threads use the others
};

}  // namespace keks::sandbox
