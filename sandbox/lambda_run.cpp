#include "sandbox/lambda_run.hpp"

#include <keks/base/json.hpp>

#include "base/format.hpp"
#include "sandbox/lambda_ids.hpp"

namespace keks::sandbox {
namespace {

using SteadyClock = Deadline::Clock;

constexpr auto kExitError = "Runtime.ExitError";
constexpr auto kInvalidEntrypoint = "Runtime.InvalidEntrypoint";

Ending error_ending(std::string_view type, std::string_view message) {
  return {format(R"({{"errorType":"{}","errorMessage":{}}})", type, json_quote(message)), true,
          format("error\tError Type: {}", type)};
}

bool is_ready(RuntimeStates const& states) { return states.is_idle() || states.failed_init(); }

std::int64_t epoch_ms(WallTime t) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(t.time_since_epoch()).count();
}

}  // namespace

InvocationRun::InvocationRun(FunctionState state, Watch const& watch)
    : state_(state), watch_(watch), request_id_(make_request_id()) {}

Result<InvokeResult> InvocationRun::run(InvokeInput input) {
  auto ending = initialize();
  if (!ending) ending = deliver(std::move(input));
  auto result = finish(*std::move(ending));
  if (watch_.stop.stop_requested()) return fail(Code::Cancelled, "local Lambda was stopped during the invocation");
  return result;
}

std::optional<Ending> InvocationRun::initialize() {
  if (state_.supervisor && !state_.supervisor->process().has_ended()) return start_clock(), std::nullopt;
  auto begin = SteadyClock::now();
  if (auto failure = start_process()) return start_clock(), failure;
  auto wake = wait(is_ready, Deadline::after(state_.init_timeout));
  if (wake == Wake::Condition) init_ = SteadyClock::now() - begin;
  start_clock();
  return wake == Wake::TimedOut ? initialize_again() : after_init(wake);
}

std::optional<Ending> InvocationRun::initialize_again() {
  drop_process();
  if (auto failure = start_process()) return failure;
  return after_init(wait(is_ready, deadline_));
}

std::optional<Ending> InvocationRun::start_process() {
  state_.supervisor.reset();
  auto started = Supervisor::start(state_.options, state_.place, watch_);
  if (!started) {
    auto text = format("RequestId: {} Error: {}", request_id_, started.error().message());
    watch_.log.line(text);
    return error_ending(kInvalidEntrypoint, text);
  }
  state_.supervisor = *std::move(started);
  return std::nullopt;
}

std::optional<Ending> InvocationRun::after_init(Wake wake) {
  if (wake != Wake::Condition) return failed(wake);
  auto report = state_.supervisor->api().with_states([](auto& states) { return states.failed_init(); });
  if (!report) return std::nullopt;
  drop_process();
  return Ending{*std::move(report), true, "error"};
}

Ending InvocationRun::deliver(InvokeInput input) {
  auto& api = state_.supervisor->api();
  api.with_states([event = make_event(std::move(input))](auto& states) mutable { states.offer(std::move(event)); });
  auto wake = wait([](auto& states) { return states.outcome().has_value(); }, deadline_);
  if (wake != Wake::Condition) return failed(wake);
  auto outcome = api.with_states([](auto& states) { return *states.outcome(); });
  return wait_for_next({std::move(outcome.payload), outcome.is_error, {}});
}

RuntimeEvent InvocationRun::make_event(InvokeInput input) const {
  auto const& [region, account] = state_.place;
  auto now = system_clock().wall();
  RuntimeEvent event{std::move(input), request_id_, {}, epoch_ms(now) + deadline_.remaining().count()};
  event.function_arn = format("arn:aws:lambda:{}:{}:function:{}", region, account, state_.options.name);
  if (!event.input.qualifier.empty()) event.function_arn += ":" + event.input.qualifier;
  if (event.input.trace_id.empty()) event.input.trace_id = make_trace_id(now);
  return event;
}

/// As in Lambda, an invocation lasts until the process asks for the next event. Its result stands, whatever follows.
Ending InvocationRun::wait_for_next(Ending ending) {
  auto wake = wait([](auto& states) { return states.is_idle(); }, deadline_);
  if (wake != Wake::Condition) ending.status = failed(wake).status;
  return ending;
}

Supervisor::Wake InvocationRun::wait(Supervisor::Condition const& holds, Deadline const& deadline) {
  auto wake = state_.supervisor->wait(watch_, holds, deadline);
  peak_mb_ = std::max(peak_mb_, state_.supervisor->process().peak_memory_mb());
  return wake;
}

void InvocationRun::start_clock() {
  started_ = SteadyClock::now();
  deadline_ = Deadline::at(started_ + state_.options.timeout);
  watch_.log.line(format("START RequestId: {} Version: $LATEST", request_id_));
}

Ending InvocationRun::failed(Wake wake) {
  if (wake == Wake::TimedOut) return timed_out();
  if (wake == Wake::Exited) return exited();
  drop_process();
  return {};
}

Ending InvocationRun::timed_out() {
  drop_process();
  auto text = timeout_text(system_clock().wall(), request_id_, state_.options.timeout);
  watch_.log.line(text);
  return {format(R"({{"errorMessage":{}}})", json_quote(text)), true, "timeout"};
}

Ending InvocationRun::exited() {
  auto text = exit_text(request_id_, state_.supervisor->end(watch_));
  drop_process();
  watch_.log.line(text);
  watch_.log.line(kExitError);
  return error_ending(kExitError, text);
}

void InvocationRun::drop_process() {
  state_.supervisor->end(watch_);
  state_.supervisor.reset();
}

InvokeResult InvocationRun::finish(Ending ending) {
  Report report{request_id_, SteadyClock::now() - started_, init_, state_.options.memory_mb, peak_mb_, ending.status};
  watch_.log.line(format("END RequestId: {}", request_id_));
  watch_.log.line(report.text());
  return {std::move(ending.payload), ending.is_error ? "Unhandled" : "", watch_.log.take(), request_id_};
}

}  // namespace keks::sandbox
