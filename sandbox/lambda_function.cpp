#include "sandbox/lambda_function.hpp"

#include <poll.h>

#include "base/format.hpp"

namespace keks::sandbox {
namespace {

constexpr std::size_t kMaxJobs = 1000;

Error stopped_before() { return Error(Code::Cancelled, "local Lambda was stopped before the invocation"); }

}  // namespace

Function::Function(FunctionOptions options, Place place, LineSink sink, std::chrono::milliseconds init_timeout)
    : options_(std::move(options)),
      place_(std::move(place)),
      init_timeout_(init_timeout),
      log_(std::move(sink)),
      thread_([this](std::stop_token const& stop) { work(stop); }) {}

Function::~Function() { stop(); }

Result<Function::Answer> Function::submit(InvokeInput input) {
  Job job{std::move(input), {}};
  auto answer = job.promise.get_future();
  std::lock_guard lock(mutex_);
  if (stopped_) return fail(stopped_before());
  if (jobs_.size() >= kMaxJobs)
    return fail(Code::TooManyRequests, format("{} invocations of {} are waiting already", kMaxJobs, options_.name));
  jobs_.push_back(std::move(job));
  bell_.ring();
  return answer;
}

void Function::stop() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  bell_.ring();
  thread_.join();
  std::lock_guard lock(mutex_);
  stopped_ = true;
  for (auto& job : jobs_) job.promise.set_value(fail(stopped_before()));
  jobs_.clear();
}

void Function::work(std::stop_token const& stop) {
  Watch watch{bell_, log_, stop};
  while (!stop.stop_requested()) {
    if (auto job = next_job()) {
      InvocationRun run({options_, place_, init_timeout_, supervisor_}, watch);
      job->promise.set_value(run.run(std::move(job->input)));
    } else {
      idle(watch);
    }
  }
  supervisor_.reset();
}

std::optional<Function::Job> Function::next_job() {
  std::lock_guard lock(mutex_);
  if (jobs_.empty()) return std::nullopt;
  auto job = std::move(jobs_.front());
  jobs_.pop_front();
  return job;
}

void Function::idle(Watch const& watch) {
  if (!supervisor_) {
    pollfd bell{bell_.fd(), POLLIN, 0};
    ::poll(&bell, 1, -1);
    return bell_.clear();
  }
  supervisor_->idle(watch);
  if (!supervisor_->process().has_ended()) return;
  supervisor_->end(watch);
  supervisor_.reset();
}

}  // namespace keks::sandbox
