#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/lambda_events.hpp"

namespace keks::sandbox {

/// What the function's process made of an event.
struct Outcome {
  std::string payload;
  bool is_error = false;
};

/// The Runtime API towards one process, as a state machine: which call is allowed when, and what it brings.
/// *Threads:* one at a time.
/// Contract: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
class RuntimeStates {
 public:
  struct Answer {
    int status = 0;
    std::string body;
  };

  // The process's calls. `/next` is a poll that begins, waits while there is no event, and ends.
  std::optional<Answer> begin_poll();  ///< the refusal, if `/next` is not allowed
  bool has_event() const { return event_ && !outcome_ && !taken_; }
  std::optional<RuntimeEvent> end_poll();
  Answer response(std::string_view request_id, std::string body) { return settle(request_id, std::move(body), false); }
  Answer error(std::string_view request_id, std::string body) { return settle(request_id, std::move(body), true); }
  Answer init_error(std::string body);

  // Lambda's side.
  void offer(RuntimeEvent event);
  bool is_idle() const { return polls_ > 0 && (!event_ || outcome_); }  ///< waits for an event
  std::optional<Outcome> const& outcome() const { return outcome_; }    ///< of the event offered last
  std::optional<std::string> const& failed_init() const { return failed_init_; }

 private:
  Answer settle(std::string_view request_id, std::string body, bool is_error);

  bool initialized_ = false;
  bool taken_ = false;
  int polls_ = 0;
  std::optional<RuntimeEvent> event_;
  std::optional<Outcome> outcome_;
  std::optional<std::string> failed_init_;
};

}  // namespace keks::sandbox
