#include "sandbox/lambda_states.hpp"

#include <keks/base/json.hpp>

#include "base/format.hpp"

namespace keks::sandbox {
namespace {

using Answer = RuntimeStates::Answer;

Answer accepted() { return {202, R"({"status":"OK"})"}; }

Answer refused(int status, std::string_view type, std::string_view message) {
  return {status, format(R"({{"errorMessage":{},"errorType":"{}"}})", json_quote(message), type)};
}

Answer out_of_order() { return refused(403, "InvalidStateTransition", "This call is not allowed in this state"); }

Outcome too_large(std::size_t size) {
  return {format(R"({{"errorType":"Function.ResponseSizeTooLarge","errorMessage":"Response payload size ({} bytes) )"
                 R"(exceeded maximum allowed payload size ({} bytes)."}})",
                 size, kMaxResult),
          true};
}

}  // namespace

std::optional<Answer> RuntimeStates::begin_poll() {
  if (failed_init_) return out_of_order();
  initialized_ = true;
  // A process that asks again without a reply gets the same event again.
  taken_ = false;
  ++polls_;
  return std::nullopt;
}

std::optional<RuntimeEvent> RuntimeStates::end_poll() {
  --polls_;
  if (!has_event()) return std::nullopt;
  taken_ = true;
  return event_;
}

void RuntimeStates::offer(RuntimeEvent event) {
  event_ = std::move(event);
  outcome_.reset();
  taken_ = false;
}

Answer RuntimeStates::init_error(std::string body) {
  if (initialized_ || failed_init_) return out_of_order();
  failed_init_ = std::move(body);
  return accepted();
}

Answer RuntimeStates::settle(std::string_view request_id, std::string body, bool is_error) {
  if (!event_ || event_->request_id != request_id || (!taken_ && !outcome_))
    return refused(400, "InvalidRequestID", "There is no such invocation under way");
  if (outcome_) return out_of_order();
  if (body.size() > kMaxResult) {
    outcome_ = too_large(body.size());
    return refused(413, "RequestEntityTooLarge", "The result is too large");
  }
  outcome_ = Outcome{std::move(body), is_error};
  return accepted();
}

}  // namespace keks::sandbox
