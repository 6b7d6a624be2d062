// The table of failures: each has an errorType of its own, one log line that says what and what next, and no secret.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/ports.hpp"
#include "unit/apps/function_under_test.hpp"

namespace keks {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Failure {
  std::string name;               ///< of the row, and of the test
  std::string error_type;         ///< without `Function.`
  std::vector<std::string> says;  ///< in the one log line
  std::map<std::string, std::string> environment = {};
  std::vector<std::string> faults = {};
  std::string event = "{}";
  std::string handler = "pods";
  std::vector<sandbox::Mapping> mappings = {};
  std::chrono::seconds timeout{10};
};

std::string const kUser = "arn:aws:iam::111122223333:user/nobody";
std::string const kRole = "arn:aws:iam::111122223333:role/keks-ops";

/// What the function is given.
std::vector<Failure> failures_of_input() {
  return {
      {"ClusterUnset", "ClusterUnset", {"cluster"}, {{"cluster", ""}}},
      {"NoRegion",
       "RegionUnset",
       {"region", "AWS_REGION"},
       {{"region", ""}, {"AWS_REGION", ""}, {"AWS_DEFAULT_REGION", ""}}},
      {"MalformedRole", "RoleArnMalformed", {"arn:aws:iam::1:user/x", "role"}, {{"arn", "arn:aws:iam::1:user/x"}}},
      {"NoCredentials",
       "NoCredentials",
       {"AWS_ACCESS_KEY_ID"},
       {{"AWS_ACCESS_KEY_ID", ""}, {"AWS_SECRET_ACCESS_KEY", ""}, {"AWS_SESSION_TOKEN", ""}}},
      {"HalfAKeyPair", "ConfigMalformed", {"AWS_SECRET_ACCESS_KEY"}, {{"AWS_SECRET_ACCESS_KEY", ""}}},
      {"UnknownHandler", "UnknownHandler", {"nothing", "bootstrap, pods"}, {}, {}, "{}", "nothing"},
      {"CaNotBase64", "CaNotPem", {"KEKS_CA"}, {{"KEKS_ENDPOINT", "sandbox"}, {"KEKS_CA", "***"}}},
      {"CaNotPem", "CaNotPem", {"KEKS_CA"}, {{"KEKS_ENDPOINT", "sandbox"}, {"KEKS_CA", "bm90IGEgY2VydGlmaWNhdGU="}}},
  };
}

// No label is that long: no server is asked for it.
std::string const kNoName = std::string(70, 'x') + ".invalid";

/// What the others do.
std::vector<Failure> failures_of_peers() {
  return {
      {"DescribeDenied", "DescribeClusterDenied", {"eks:DescribeCluster", "sandbox"}, {}, {"eks.describe=deny"}},
      {"NoSuchCluster", "ClusterNotFound", {"nope", "eu-west-1"}, {{"cluster", "nope"}}},
      {"DescribeThrottled", "AwsThrottled", {"DescribeCluster"}, {}, {"eks.describe=throttle"}},
      {"ClusterCreating", "ClusterNotReady", {"CREATING"}, {}, {"eks.describe=status:value=CREATING"}},
      {"ClusterFailed", "ClusterNotReady", {"FAILED"}, {}, {"eks.describe=status:value=FAILED"}},
      {"ClusterCaBad", "CaNotPem", {"sandbox"}, {}, {"eks.describe=bad-ca"}},
      {"AssumeRoleDenied", "AssumeRoleDenied", {kRole, ":assumed-role/", "trust"}, {}, {"sts.assume=deny"}},
      {"CredentialsExpired", "CredentialsExpired", {"expired"}, {}, {"sts.assume=expired"}},
      {"StsUnreachable", "StsUnreachable", {"127.0.0.1:1"}, {{"AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"}}},
      {"EksUnreachable", "EksUnreachable", {"127.0.0.1:1"}, {{"AWS_ENDPOINT_URL_EKS", "http://127.0.0.1:1"}}},
      {"NameNotResolved",
       "NameNotResolved",
       {kNoName},
       {{"KEKS_ENDPOINT", "https://" + kNoName}, {"KEKS_CA", "sandbox"}}},
      {"TlsUntrusted", "TlsUntrusted", {"not signed by the CA"}, {}, {"kube.tls=wrong-ca"}},
      {"TlsWrongName", "TlsWrongName", {"127.0.0.1"}, {}, {"kube.tls=wrong-name"}},
      {"NotMapped",
       "Unauthorized",
       {"not mapped", "access entry", "aws-auth", kRole},
       {},
       {},
       "{}",
       "pods",
       {{kUser, "nobody", {}}}},
      {"ClockSkew", "Unauthorized", {"clock"}, {}, {"kube.*=skew:seconds=1200"}, "{}", "pods", {{kUser, "nobody", {}}}},
      {"RbacForbids",
       "Forbidden",
       {"list", "pods", "keks-ops-user"},
       {},
       {},
       "{}",
       "pods",
       {{kRole, "keks-ops-user", {}}}},
      {"ThrottledToTheEnd", "TooManyRequests", {"429"}, {}, {"kube.list=429:retry-after=0"}},
      {"BrokenToTheEnd", "ServerError", {"500"}, {}, {"kube.list=500"}},
      {"CutInAnItem", "ReplyTruncated", {"pods"}, {}, {"kube.list=truncate"}},
      {"NotJson", "ReplyNotJson", {"JSON"}, {}, {"kube.list=not-json"}},
      {"WrongShape", "ReplyWrongShape", {"["}, {}, {"kube.list=wrong-shape"}},
      {"Deadline", "DeadlineExceeded", {"waiting"}, {}, {"kube.list=stall"}, "{}", "pods", {}, std::chrono::seconds(2)},
      {"EventNotJson", "EventNotJson", {"event"}, {}, {}, "{\"pod\":"},
      {"EventNotAnObject", "EventWrongShape", {"object"}, {}, {}, "[1]"},
      {"EventMemberNoText", "EventWrongShape", {"\"pod\""}, {}, {}, R"({"pod":7})"},
      {"EventNameTooLong", "EventWrongShape", {"253"}, {}, {}, "{\"pod\":\"" + std::string(5000, 'a') + "\"}"},
      {"BadPodName", "InvalidArgument", {"../secrets"}, {}, {}, R"({"pod":"../secrets"})"},
  };
}

std::vector<Failure> failures() {
  auto all = failures_of_input();
  for (auto& row : failures_of_peers()) all.push_back(std::move(row));
  return all;
}

std::string const kCanary = "canaryCANARYcanary0123456789secretkey";

sandbox::Options options_of(Failure const& row) {
  sandbox::Options options;
  options.identities = {{"AKIDEXAMPLE000000001", kCanary, "arn:aws:sts::111122223333:assumed-role/fn/eksClient"}};
  options.mappings = row.mappings;
  for (auto const& text : row.faults) options.faults.push_back(sandbox::Fault::parse(text).value());
  return options;
}

/// The line that tells of the failure. There must be one, and no second one of the same kind.
std::string failure_line(std::string const& log, std::string const& type) {
  std::vector<std::string> told;
  for (auto const& line : lines_of(log))
    if (line.find("Function." + type) != std::string::npos) told.push_back(line);
  EXPECT_EQ(told.size(), 1u) << log;
  return told.empty() ? "" : told.front();
}

/// A machine that is too busy in the last 300 ms, which are the function's to tell what it was waiting for, lets
/// Lambda's own end come first; then once more.
sandbox::InvokeResult invoke_in_time(FunctionUnderTest& function, std::string const& event = "{}") {
  auto result = function.invoke(event);
  for (int i = 0; i < 5 && result.payload.find("Task timed out") != std::string::npos; ++i)
    result = function.invoke(event);
  return result;
}

void PrintTo(Failure const& row, std::ostream* out) { *out << row.name; }

class FailureTable : public testing::TestWithParam<Failure> {};

TEST_P(FailureTable, HasItsOwnTypeAndSaysWhatToDo) {
  auto const& row = GetParam();
  FunctionUnderTest function(
      {.sandbox = options_of(row), .environment = row.environment, .handler = row.handler, .timeout = row.timeout});
  auto result = invoke_in_time(function, row.event);
  EXPECT_EQ(result.function_error, "Unhandled");
  auto payload = boost::json::parse(result.payload).as_object();
  EXPECT_EQ(payload["errorType"].as_string(), "Function." + row.error_type);
  auto line = failure_line(result.log, row.error_type);
  for (auto const& fragment : row.says) {
    EXPECT_THAT(line, HasSubstr(fragment));
    EXPECT_THAT(std::string(payload["errorMessage"].as_string()), HasSubstr(fragment));
  }
  for (auto const& text : {result.log, result.payload}) {
    EXPECT_THAT(text, Not(HasSubstr(kCanary)));
    EXPECT_THAT(text, Not(HasSubstr("k8s-aws-v1.")));
    EXPECT_THAT(text, Not(HasSubstr("X-Amz-Signature")));
  }
}

INSTANTIATE_TEST_SUITE_P(All, FailureTable, testing::ValuesIn(failures()),
                         [](auto const& row) { return row.param.name; });

TEST(Failures, AServerThatDoesNotAnswerSaysToLookAtPrivateEndpointAndSecurityGroup) {
  test::BlackHole hole;
  FunctionUnderTest function(
      {.sandbox = {},
       .environment = {{"KEKS_ENDPOINT", "https://127.0.0.1:" + std::to_string(hole.port())}, {"KEKS_CA", "sandbox"}},
       .handler = "pods",
       .timeout = std::chrono::seconds(3)});
  auto result = invoke_in_time(function);
  EXPECT_THAT(result.payload, HasSubstr("Function.ConnectTimedOut"));
  auto line = failure_line(result.log, "ConnectTimedOut");
  EXPECT_THAT(line, HasSubstr("private endpoint"));
  EXPECT_THAT(line, HasSubstr("security group"));
}

TEST(Failures, AForbiddenGetIsToldInTheServersWords) {
  FunctionUnderTest function({.sandbox = {}, .environment = {}});
  function.sandbox().set_faults(faults({"kube.get=403:message=pods \"example-xxxxx\" is forbidden"}));
  auto result = function.invoke();
  EXPECT_THAT(lines_of(result.log),
              testing::Contains(HasSubstr(
                  "Error getting pod example-xxxxx in namespace default: pods \"example-xxxxx\" is forbidden")));
  EXPECT_THAT(result.payload, HasSubstr("Function.Forbidden"));
}

TEST(Failures, ServerTextCannotForgeALogLine) {
  FunctionUnderTest function({.sandbox = {}, .environment = {}});
  function.sandbox().set_faults(faults({"kube.get=403:message=no\nREPORT RequestId: forged"}));
  for (auto const& line : lines_of(function.invoke().log)) EXPECT_NE(line, "REPORT RequestId: forged");
}

TEST(Failures, TheFunctionGoesOnAfterAFailedInvocation) {
  FunctionUnderTest function({.sandbox = {}, .environment = {}});
  function.sandbox().set_faults(faults({"kube.list=not-json:times=1"}));
  EXPECT_EQ(function.invoke().function_error, "Unhandled");
  auto second = function.invoke();
  EXPECT_EQ(second.function_error, "");
  EXPECT_THAT(second.log, Not(HasSubstr("Init Duration")));
}

}  // namespace
}  // namespace keks
