#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/apps/function_under_test.hpp"

namespace keks {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto kNotFound = R"({"pods":31,"pod":{"namespace":"default","name":"example-xxxxx","found":false}})";

std::uint64_t asked(sandbox::Counters const& counters, std::string const& point) {
  auto found = counters.requests.find(point);
  return found == counters.requests.end() ? 0 : found->second;
}

TEST(Function, PrintsTheBlogsLinesAndAnswersWithTheCount) {
  FunctionUnderTest function({});
  auto result = function.invoke();
  EXPECT_EQ(result.function_error, "");
  EXPECT_EQ(result.payload, kNotFound);
  EXPECT_THAT(lines_of(result.log), ElementsAre(StartsWith("START RequestId: "), "There are 31 pods in the cluster",
                                                "Pod example-xxxxx in namespace default not found",
                                                StartsWith("END RequestId: "), StartsWith("REPORT RequestId: ")));
}

TEST(Function, FindsThePodThatTheEventNames) {
  FunctionUnderTest function({});
  function.sandbox().add_pod("web", "shop-1");
  auto result = function.invoke(R"({"namespace":"web","pod":"shop-1"})");
  EXPECT_EQ(result.payload, R"({"pods":32,"pod":{"namespace":"web","name":"shop-1","found":true}})");
  EXPECT_THAT(lines_of(result.log), Contains("Found pod shop-1 in namespace web"));
}

TEST(Function, TakesAnEmptyEventAndNullForTheDefaults) {
  FunctionUnderTest function({});
  for (auto event : {"", "null", " \n", "{}", R"({"pod":null})"})
    EXPECT_EQ(function.invoke(event).payload, kNotFound) << event;
}

TEST(Function, AnswersToTheNameOfItsFileToo) {
  FunctionUnderTest function({.sandbox = {}, .environment = {}, .handler = "bootstrap"});
  EXPECT_EQ(function.invoke().payload, kNotFound);
}

TEST(WireEconomy, ColdAsksEachOnceAndWarmOnlyTheApiServer) {
  FunctionUnderTest function({});
  function.invoke();
  auto cold = function.sandbox().counters();
  EXPECT_EQ(asked(cold, "eks.describe"), 1u);
  EXPECT_EQ(asked(cold, "sts.assume"), 1u);
  EXPECT_EQ(asked(cold, "kube.list"), 1u);
  EXPECT_EQ(asked(cold, "kube.get"), 1u);
  EXPECT_EQ(cold.aws.requests, 2u);
  EXPECT_EQ(cold.kube.requests, 2u);
  EXPECT_EQ(cold.kube.handshakes, 1u);
  function.invoke();
  auto warm = function.sandbox().counters();
  EXPECT_EQ(warm.aws.requests, 2u);
  EXPECT_EQ(warm.kube.requests, 4u);
  EXPECT_EQ(warm.kube.handshakes, 1u);
  EXPECT_EQ(warm.kube.connections, 1u);
}

TEST(WireEconomy, WithEndpointAndCaGivenAndNoRoleAwsIsNotAsked) {
  FunctionUnderTest function(
      {.sandbox = {}, .environment = {{"KEKS_ENDPOINT", "sandbox"}, {"KEKS_CA", "sandbox"}, {"arn", ""}}});
  EXPECT_EQ(function.invoke().payload, kNotFound);
  auto counters = function.sandbox().counters();
  EXPECT_EQ(counters.aws.connections, 0u);
  EXPECT_EQ(counters.kube.handshakes, 1u);
  EXPECT_EQ(counters.kube.requests, 2u);
}

TEST(Warm, ADeadKeptConnectionIsReplacedAndNothingIsLost) {
  FunctionUnderTest function({});
  function.invoke();
  function.sandbox().drop_connections();
  auto result = function.invoke();
  EXPECT_EQ(result.payload, kNotFound);
  EXPECT_EQ(function.sandbox().counters().kube.handshakes, 2u);
}

TEST(Warm, ARefusedTokenIsThrownAwayWithItsCredentialsAndTheCallReplayedOnce) {
  FunctionUnderTest function({});
  function.invoke();
  function.sandbox().set_faults(faults({"kube.list=401:times=1"}));
  auto result = function.invoke();
  EXPECT_EQ(result.payload, kNotFound);
  EXPECT_EQ(asked(function.sandbox().counters(), "sts.assume"), 2u);
  EXPECT_EQ(asked(function.sandbox().counters(), "kube.list"), 3u);
}

TEST(Retries, ThrottlingAndServerErrorsAreSurvived) {
  FunctionUnderTest function({});
  for (auto fault : {"kube.list=429:retry-after=0:times=2", "kube.list=503:times=2", "kube.get=500:times=1"}) {
    function.sandbox().set_faults(faults({fault}));
    EXPECT_EQ(function.invoke().payload, kNotFound) << fault;
  }
}

TEST(Count, IsRightWhenTheServerPagesOrCannotMakeTables) {
  for (bool tables : {true, false}) {
    sandbox::Options options;
    options.pods = 1234;
    options.page_limit = 100;
    options.tables = tables;
    FunctionUnderTest function({.sandbox = options, .environment = {}});
    EXPECT_THAT(function.invoke().payload, HasSubstr(R"("pods":1234,)"));
    EXPECT_EQ(asked(function.sandbox().counters(), "kube.list"), 13u);
  }
}

TEST(Count, StaysRightWhenAContinueTokenExpires) {
  sandbox::Options options;
  options.pods = 250;
  options.page_limit = 100;
  options.faults = faults({"kube.list=expired:after=1:times=1"});
  FunctionUnderTest function({.sandbox = options, .environment = {}});
  EXPECT_THAT(function.invoke().payload, HasSubstr(R"("pods":250,)"));
}

TEST(Logs, AreJsonWhenLambdaAsksForIt) {
  FunctionUnderTest function({.sandbox = {}, .environment = {{"AWS_LAMBDA_LOG_FORMAT", "JSON"}}});
  auto lines = lines_of(function.invoke().log);
  ASSERT_GE(lines.size(), 3u);
  auto record = boost::json::parse(lines[1]).as_object();
  EXPECT_EQ(record["message"].as_string(), "There are 31 pods in the cluster");
  EXPECT_EQ(record["level"].as_string(), "INFO");
  EXPECT_TRUE(record.contains("requestId"));
  EXPECT_TRUE(record.contains("timestamp"));
}

}  // namespace
}  // namespace keks
