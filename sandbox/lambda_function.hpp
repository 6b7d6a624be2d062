#pragma once

#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "sandbox/lambda_run.hpp"

namespace keks::sandbox {

/// One function: a queue of invocations and the thread that runs them, one after the other. The process belongs to
/// that thread and dies with it.
/// *Threads:* `submit` from any. *Lifetime:* the destructor kills the process; what is queued ends as `Cancelled`.
class Function {
 public:
  using Answer = std::future<Result<InvokeResult>>;

  Function(FunctionOptions options, Place place, LineSink sink,
           std::chrono::milliseconds init_timeout = std::chrono::seconds(10));
  ~Function();
  Function(Function const&) = delete;
  Function& operator=(Function const&) = delete;

  /// *Errors:* `TooManyRequests` beyond 1,000 that wait; `Cancelled` once stopped, here or in the answer.
  Result<Answer> submit(InvokeInput input);
  /// Kills the process and answers everything that waits. Not to be called twice at the same time.
  void stop();

 private:
  struct Job {
    InvokeInput input;
    std::promise<Result<InvokeResult>> promise;
  };
  void work(std::stop_token const& stop);
  std::optional<Job> next_job();
  void idle(Watch const& watch);

  FunctionOptions const options_;
  Place const place_;
  std::chrono::milliseconds const init_timeout_;
  Bell bell_;
  InvocationLog log_;
  std::mutex mutex_;
  std::deque<Job> jobs_;
  bool stopped_ = false;
  std::unique_ptr<Supervisor> supervisor_;  // the thread's alone
  std::jthread thread_;                     // the last member: it uses the others
};

}  // namespace keks::sandbox
