#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>
#include <keks/net/server.hpp>

#include <csignal>

#include "sandbox/pki.hpp"
#include "support/ports.hpp"
#include "unit/apps/function_under_test.hpp"
#include "unit/apps/sandbox_test.hpp"

namespace keks {
namespace {

using test::asked;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr auto kNotFound = R"({"pods":31,"pod":{"namespace":"default","name":"example-xxxxx","found":false}})";

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
  for (auto point : {"eks.describe", "sts.assume", "kube.list", "kube.get"})
    EXPECT_EQ(asked(function.sandbox(), point), 1u) << point;
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

TEST(Warm, AConnectionThatDiedWhileTheProcessWasFrozenIsReplaced) {
  FunctionUnderTest function({});
  function.invoke();
  auto pid = function.pid();
  ASSERT_GT(pid, 0);
  ::kill(pid, SIGSTOP);
  siginfo_t stopped{};
  ASSERT_EQ(::waitid(P_PID, id_t(pid), &stopped, WSTOPPED | WNOWAIT), 0);
  function.sandbox().drop_connections();
  ::kill(pid, SIGCONT);
  auto result = function.invoke();
  EXPECT_EQ(result.payload, kNotFound);
  EXPECT_EQ(function.pid(), pid);
  EXPECT_EQ(function.sandbox().counters().kube.handshakes, 2u);
}

/// An empty cluster that is away, connections refused, until it is opened.
class ClusterThatComesLate {
 public:
  std::string url() const { return "https://127.0.0.1:" + std::to_string(port_.port()); }
  std::string ca() const { return base64(authority_.certificate_pem()); }
  void open() {
    if (server_) return;
    net::ServerOptions options;
    options.port = port_.port();
    options.tls = authority_.issue({"127.0.0.1"}).value();
    server_ = net::Server::start(options, answer).value();
  }

 private:
  static void answer(net::Exchange& exchange) {
    net::Headers json{{"Content-Type", "application/json"}};
    if (exchange.request().path() == "/api/v1/pods")
      return exchange.reply(200, json, R"({"kind":"PodList","apiVersion":"v1","metadata":{},"items":[]})");
    exchange.reply(404, json, R"({"kind":"Status","apiVersion":"v1","status":"Failure","code":404})");
  }

  sandbox::CertificateAuthority authority_ = sandbox::CertificateAuthority::create("late").value();
  test::RefusingPort port_;
  std::unique_ptr<net::Server> server_;
};

TEST(Init, SurvivesAnApiServerThatRefusesConnections) {
  ClusterThatComesLate cluster;
  // The lines of INIT are passed on before the process is given its event.
  FunctionUnderTest function({.sandbox = {},
                              .environment = {{"KEKS_ENDPOINT", cluster.url()}, {"KEKS_CA", cluster.ca()}, {"arn", ""}},
                              .handler = "pods",
                              .timeout = std::chrono::seconds(10),
                              .log = [&](std::string_view line) {
                                if (line.starts_with("WARN INIT: ")) cluster.open();
                              }});
  auto result = function.invoke();
  EXPECT_EQ(result.payload, R"({"pods":0,"pod":{"namespace":"default","name":"example-xxxxx","found":false}})");
  EXPECT_THAT(lines_of(result.log)[0], StartsWith("WARN INIT: "));
  EXPECT_THAT(result.log, HasSubstr("Init Duration"));
}

TEST(Warm, ARefusedTokenIsThrownAwayWithItsCredentialsAndTheCallReplayedOnce) {
  FunctionUnderTest function({});
  function.invoke();
  function.sandbox().set_faults(faults({"kube.list=401:times=1"}));
  auto result = function.invoke();
  EXPECT_EQ(result.payload, kNotFound);
  EXPECT_EQ(asked(function.sandbox(), "sts.assume"), 2u);
  EXPECT_EQ(asked(function.sandbox(), "kube.list"), 3u);
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
    EXPECT_EQ(asked(function.sandbox(), "kube.list"), 13u);
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

/// What the function printed itself, while the API server refuses with such a text.
std::vector<std::string> lines_about(FunctionUnderTest& function, std::string const& server_text) {
  function.sandbox().set_faults({{"kube.list", "403", {{"message", server_text}}}});
  auto result = function.invoke();
  EXPECT_TRUE(parse_json(result.payload)) << result.payload;
  auto lines = lines_of(result.log);
  std::erase_if(lines, [](std::string const& line) {
    return line.starts_with("START RequestId: ") || line.starts_with("END RequestId: ") ||
           line.starts_with("REPORT RequestId: ");
  });
  return lines;
}

TEST(Logs, AreOneHarmlessLineWhateverTheServerSays) {
  for (std::string format : {"Text", "JSON"}) {
    FunctionUnderTest function({.sandbox = {}, .environment = {{"AWS_LAMBDA_LOG_FORMAT", format}}});
    for (std::string text : {"a\u2028START b", "a\rSTART b", "a\x1b[2Jb", "a\xff\xfe b", "a\xc2\x85 b", "a\nSTART b"}) {
      auto lines = lines_about(function, text);
      ASSERT_EQ(lines.size(), 1u) << format << ": " << escape_controls(text);
      EXPECT_EQ(lines[0], escape_controls(lines[0]));
      EXPECT_THAT(lines[0], HasSubstr("Function.Forbidden"));
      EXPECT_EQ(parse_json(lines[0]).has_value(), format == "JSON") << lines[0];
    }
  }
}

}  // namespace
}  // namespace keks
