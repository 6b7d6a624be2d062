#include "sandbox/lambda_states.hpp"

#include <gtest/gtest.h>

namespace keks::sandbox {
namespace {

RuntimeEvent event(std::string id) { return {{.body = "{}"}, std::move(id), "arn", 0}; }

/// A process that has taken the event `id`.
RuntimeStates working() {
  RuntimeStates states;
  states.begin_poll();
  states.offer(event("id"));
  states.end_poll();
  return states;
}

TEST(RuntimeStates, GivesAnEventToOnePollOnly) {
  RuntimeStates states;
  states.begin_poll();
  states.begin_poll();
  states.offer(event("id"));
  EXPECT_EQ(states.end_poll()->request_id, "id");
  EXPECT_FALSE(states.has_event());
}

TEST(RuntimeStates, GivesTheSameEventAgainToAProcessThatAsksWithoutAReply) {
  auto states = working();
  states.begin_poll();
  ASSERT_TRUE(states.has_event());
  EXPECT_EQ(states.end_poll()->request_id, "id");
}

TEST(RuntimeStates, IsIdleOnlyWhileAPollWaitsForAnEvent) {
  RuntimeStates states;
  EXPECT_FALSE(states.is_idle());
  states.begin_poll();
  EXPECT_TRUE(states.is_idle());
  states.offer(event("id"));
  EXPECT_FALSE(states.is_idle());
  states.end_poll();
  states.response("id", "1");
  EXPECT_FALSE(states.is_idle());
  states.begin_poll();
  EXPECT_TRUE(states.is_idle());
}

TEST(RuntimeStates, RefusesAReplyToAnotherInvocation) {
  auto states = working();
  auto answer = states.response("other", "1");
  EXPECT_EQ(answer.status, 400);
  EXPECT_NE(answer.body.find("InvalidRequestID"), std::string::npos);
  EXPECT_FALSE(states.outcome());
}

TEST(RuntimeStates, RefusesAReplyToAnEventThatWasNotTaken) {
  RuntimeStates states;
  EXPECT_EQ(states.response("id", "1").status, 400);
  states.offer(event("id"));
  EXPECT_EQ(states.error("id", "1").status, 400);
}

TEST(RuntimeStates, KeepsTheFirstReply) {
  auto states = working();
  EXPECT_EQ(states.response("id", "1").status, 202);
  auto second = states.error("id", "2");
  EXPECT_EQ(second.status, 403);
  EXPECT_NE(second.body.find("InvalidStateTransition"), std::string::npos);
  EXPECT_EQ(states.outcome()->payload, "1");
  EXPECT_FALSE(states.outcome()->is_error);
}

TEST(RuntimeStates, TurnsAReplyThatIsTooLargeIntoAnError) {
  auto fits = working();
  EXPECT_EQ(fits.response("id", std::string(kMaxResult, 'x')).status, 202);
  auto states = working();
  auto answer = states.response("id", std::string(kMaxResult + 1, 'x'));
  EXPECT_EQ(answer.status, 413);
  EXPECT_NE(answer.body.find("RequestEntityTooLarge"), std::string::npos);
  EXPECT_TRUE(states.outcome()->is_error);
  EXPECT_NE(states.outcome()->payload.find("Function.ResponseSizeTooLarge"), std::string::npos);
}

TEST(RuntimeStates, TakesAnInitErrorOnceAndOnlyBeforeTheFirstPoll) {
  RuntimeStates states;
  EXPECT_EQ(states.init_error("why").status, 202);
  EXPECT_EQ(states.init_error("again").status, 403);
  EXPECT_EQ(states.failed_init(), "why");
  EXPECT_EQ(states.begin_poll()->status, 403);
  EXPECT_EQ(working().init_error("late").status, 403);
}

}  // namespace
}  // namespace keks::sandbox
