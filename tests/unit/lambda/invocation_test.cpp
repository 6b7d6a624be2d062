#include "lambda/invocation.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "lambda/failure.hpp"

namespace keks::lambda {
namespace {

using namespace std::chrono_literals;

Now const now{WallTime(1'700'000'000'000ms), Deadline::Clock::time_point(500s)};

TEST(LambdaDeadline, MovesFromTheCalendarToTheSteadyClock) {
  EXPECT_EQ(lambda_deadline("1700000003000", now), now.steady + 3s);
  EXPECT_EQ(lambda_deadline("1700000000000", now), now.steady);
}

TEST(LambdaDeadline, IsLongWhenLambdaNamesNone) {
  for (auto text : {"", "soon", "17000000030o0", "1700000003000.5", " 1700000003000", "99999999999999999999"})
    EXPECT_EQ(lambda_deadline(text, now), now.steady + 15min) << text;
}

TEST(LambdaDeadline, StaysWithinADayWhateverTheHeaderSays) {
  EXPECT_EQ(lambda_deadline("-9223372036854775808", now), now.steady);
  EXPECT_EQ(lambda_deadline("1", now), now.steady);
  EXPECT_EQ(lambda_deadline("9223372036854775807", now), now.steady + 24h);
}

TEST(Context, EndsBeforeLambdaDoesSoThatTheFunctionCanReport) {
  auto context = make_context({{"Lambda-Runtime-Deadline-Ms", "1700000003000"}}, Environment(), now);
  EXPECT_EQ(context.deadline().when(), now.steady + 3s - 300ms);
}

TEST(Context, RemainingTimeIsNeverNegative) {
  auto past = Deadline::Clock::now() - 1h;
  EXPECT_EQ(Context(Deadline::at(past), past).remaining_time(), 0ms);
}

TEST(Context, TakesHeadersWithoutRegardToCaseAndEmptyOnesAsAbsent) {
  Environment environment(Environment::Map{{"AWS_LAMBDA_FUNCTION_NAME", "f"}, {"AWS_LAMBDA_FUNCTION_VERSION", "7"}});
  auto context = make_context({{"lambda-runtime-aws-request-id", "id-1"},
                               {"LAMBDA-RUNTIME-TRACE-ID", "Root=1"},
                               {"Lambda-Runtime-Aws-Tenant-Id", ""},
                               {"Lambda-Runtime-Client-Context", "{}"},
                               {"Lambda-Runtime-Invoked-Function-Arn", "arn:x"}},
                              environment, now);
  EXPECT_EQ(context.request_id, "id-1");
  EXPECT_EQ(context.trace_id, "Root=1");
  EXPECT_EQ(context.tenant_id, "");
  EXPECT_EQ(context.cognito_identity, "");
  EXPECT_EQ(context.client_context, "{}");
  EXPECT_EQ(context.function_arn, "arn:x");
  EXPECT_EQ(context.function_name, "f");
  EXPECT_EQ(context.function_version, "7");
}

TEST(Event, IsNullWhenNothingWasSent) {
  EXPECT_EQ(Event{}.json(), Json(nullptr));
  EXPECT_EQ((Event{" \r\n", ""}.json()), Json(nullptr));
  EXPECT_EQ((Event{"{\"a\":1}", ""}.json()), (Json{{"a", 1}}));
}

TEST(Event, SaysThatItIsNotJson) {
  auto json = Event{"pods, please", ""}.json();
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().code(), Code::EventNotJson);
}

TEST(Failure, HasATypeThatLambdaKeepsAndABodyThatParses) {
  auto failure = Failure::of(Error(Code::ClusterNotFound, "no cluster \"x\"\nREPORT \xff"));
  EXPECT_EQ(failure.type, "Function.ClusterNotFound");
  auto body = parse_json(failure.body());
  ASSERT_TRUE(body);
  EXPECT_EQ(*body, (Json{{"errorMessage", "no cluster \"x\"\\nREPORT \\xff"},
                         {"errorType", "Function.ClusterNotFound"},
                         {"stackTrace", boost::json::array()}}));
}

TEST(Failure, TellsWhatWasThrown) {
  auto known = Failure::of(std::make_exception_ptr(std::runtime_error("disk full")), "the handler");
  EXPECT_EQ(known.type, "Function.UnhandledException");
  EXPECT_EQ(known.message, "the handler threw an exception, the process ends: disk full");
  auto odd = Failure::of(std::make_exception_ptr(42), "INIT");
  EXPECT_NE(odd.message.find("no std::exception"), std::string::npos);
}

}  // namespace
}  // namespace keks::lambda
