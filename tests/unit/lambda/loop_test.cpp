#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/lambda/runtime.hpp>

#include <boost/json.hpp>
#include <cstdlib>
#include <stdexcept>

#include "support/fake_transport.hpp"

namespace keks::lambda {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A script that also writes down which calls may wait for ever.
class Network final : public net::Transport {
 public:
  struct Sent {
    net::Request request;
    bool has_deadline;
  };

  Network& answer(int status, net::Headers headers = {}, std::string body = "{}") {
    script_.answer(status, std::move(headers), std::move(body));
    return *this;
  }
  Network& lose(std::string message) {
    script_.fails(Code::ConnectionLost, std::move(message));
    return *this;
  }
  Result<net::Response> send(net::Request const& request, Deadline const& deadline) override {
    sent.push_back({request, !deadline.is_never()});
    return script_.send(request, deadline);
  }

  std::vector<Sent> sent;

 private:
  test::FakeTransport script_;
};

/// The loop on a scripted network.
class LoopTest : public testing::Test {
 protected:
  /// An event arrives; what the server answers to its reply can follow.
  Network& event(std::string id, std::string body = "{}", net::Headers more = {}) {
    more.add("Lambda-Runtime-Aws-Request-Id", std::move(id));
    return network.answer(200, std::move(more), std::move(body));
  }
  int run(Handler handler) {
    return run_init([handler](Environment const&, Log const&) -> Result<Handler> { return handler; });
  }
  int run_init(Init const& init) {
    RuntimeOptions options;
    options.environment = Environment(variables);
    options.transport = &network;
    options.write = [this](std::string_view line) { lines.emplace_back(line); };
    return lambda::run(init, options);
  }
  std::string path(std::size_t call) const { return network.sent.at(call).request.url.path; }
  std::string body(std::size_t call) const { return network.sent.at(call).request.body; }
  std::string error_type(std::size_t call) const {
    return std::string(network.sent.at(call).request.headers.get("Lambda-Runtime-Function-Error-Type"));
  }

  Network network;
  std::vector<std::string> lines;
  Environment::Map variables{{"AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"}};
};

Handler echo() {
  return [](Event const& event, Context&) { return event.json(); };
}

TEST_F(LoopTest, PostsEachResultToItsInvocationAndGoesOn) {
  event("id-1", R"({"a":1})").answer(202);
  event("id-2", "").answer(202).answer(500);
  EXPECT_EQ(run(echo()), 1);
  ASSERT_EQ(network.sent.size(), 5u);
  EXPECT_EQ(network.sent[0].request.method, "GET");
  EXPECT_EQ(network.sent[0].request.url.text(), "http://127.0.0.1:9001/2018-06-01/runtime/invocation/next");
  EXPECT_EQ(path(1), "/2018-06-01/runtime/invocation/id-1/response");
  EXPECT_EQ(body(1), R"({"a":1})");
  EXPECT_EQ(network.sent[1].request.headers.get("content-type"), "application/json");
  EXPECT_EQ(path(3), "/2018-06-01/runtime/invocation/id-2/response");
  EXPECT_EQ(body(3), "null");
  EXPECT_THAT(lines, ElementsAre(HasSubstr("FATAL Lambda's Runtime API, /invocation/next: status 500")));
}

TEST_F(LoopTest, WaitsForEverForAnEventButNotForAReceipt) {
  event("id").answer(202).answer(500);
  run(echo());
  EXPECT_FALSE(network.sent[0].has_deadline);
  EXPECT_TRUE(network.sent[1].has_deadline);
}

TEST_F(LoopTest, ReportsAnErrorAndGoesOn) {
  event("id").answer(202).answer(500);
  run([](Event const&, Context&) -> Result<Json> { return fail(Code::ClusterNotFound, "no cluster\nx"); });
  EXPECT_EQ(path(1), "/2018-06-01/runtime/invocation/id/error");
  EXPECT_EQ(error_type(1), "Function.ClusterNotFound");
  EXPECT_EQ(body(1), R"({"errorMessage":"no cluster\\nx","errorType":"Function.ClusterNotFound","stackTrace":[]})");
  EXPECT_EQ(lines[0], "ERROR Function.ClusterNotFound: no cluster\\nx");
  EXPECT_EQ(network.sent.size(), 3u);
}

TEST_F(LoopTest, ReportsAnExceptionAndExits) {
  event("id").answer(202);
  EXPECT_EQ(run([](Event const&, Context&) -> Result<Json> { throw std::runtime_error("broken"); }), 1);
  EXPECT_EQ(network.sent.size(), 2u);
  EXPECT_EQ(path(1), "/2018-06-01/runtime/invocation/id/error");
  EXPECT_EQ(error_type(1), "Function.UnhandledException");
  EXPECT_THAT(lines, ElementsAre(HasSubstr("ERROR Function.UnhandledException: the handler threw")));
}

TEST_F(LoopTest, ReportsAFailedInitOnceAndExits) {
  network.answer(202);
  EXPECT_EQ(run_init([](Environment const&, Log const&) { return fail(Code::ClusterUnset, "no cluster"); }), 1);
  EXPECT_EQ(network.sent.size(), 1u);
  EXPECT_EQ(path(0), "/2018-06-01/runtime/init/error");
  EXPECT_EQ(error_type(0), "Function.ClusterUnset");
  EXPECT_THAT(lines, ElementsAre("ERROR Function.ClusterUnset: no cluster"));
}

TEST_F(LoopTest, ReportsAnExceptionOfInit) {
  network.answer(202);
  EXPECT_EQ(run_init([](Environment const&, Log const&) -> Result<Handler> { throw std::runtime_error("x"); }), 1);
  EXPECT_EQ(path(0), "/2018-06-01/runtime/init/error");
  EXPECT_EQ(error_type(0), "Function.UnhandledException");
}

TEST_F(LoopTest, GoesOnAfterARefusedReply) {
  for (int status : {400, 403, 410, 413}) event("id").answer(status);
  network.answer(500);
  run(echo());
  EXPECT_EQ(network.sent.size(), 9u);
  EXPECT_THAT(lines, ElementsAre(HasSubstr("WARN Lambda's Runtime API, /invocation/{id}/response: status 403"),
                                 HasSubstr("status 413"), HasSubstr("FATAL")));
}

TEST_F(LoopTest, ExitsWhenTheServerIsBeyondRecovery) {
  event("id").answer(500);
  EXPECT_EQ(run(echo()), 1);
  EXPECT_EQ(network.sent.size(), 2u);
}

TEST_F(LoopTest, NeverRunsAnEventTwiceBecauseAReceiptWasLost) {
  event("id").lose("gone");
  EXPECT_EQ(run(echo()), 1);
  EXPECT_EQ(network.sent.size(), 2u);
  EXPECT_THAT(lines, ElementsAre(HasSubstr("gone; the process exits")));
}

TEST_F(LoopTest, AsksAgainAFewTimesWhenNextBreaks) {
  network.lose("reset").answer(403);
  event("id").answer(202);
  EXPECT_EQ(run(echo()), 1);
  // Two failures, an event and its receipt; then three failures in a row.
  EXPECT_EQ(network.sent.size(), 7u);
  EXPECT_THAT(lines.back(), HasSubstr("FATAL /invocation/next failed 3 times in a row"));
}

TEST_F(LoopTest, TakesAnEventWithoutAnIdForAFailure) {
  for (int i = 0; i < 3; ++i) event("");
  EXPECT_EQ(run(echo()), 1);
  EXPECT_EQ(network.sent.size(), 3u);
  EXPECT_THAT(lines[0], HasSubstr("Lambda-Runtime-Aws-Request-Id"));
}

TEST_F(LoopTest, ShowsTheTraceIdOfTheInvocationOnly) {
  std::vector<std::string> seen;
  event("1", "", {{"Lambda-Runtime-Trace-Id", "Root=1-a"}}).answer(202);
  event("2").answer(202);
  run([&](Event const&, Context&) -> Result<Json> {
    auto const* value = std::getenv("_X_AMZN_TRACE_ID");
    seen.emplace_back(value ? value : "unset");
    return Json(nullptr);
  });
  EXPECT_THAT(seen, ElementsAre("Root=1-a", "unset"));
}

TEST_F(LoopTest, LogsAsJsonWithTheInvocationsIdWhenAsked) {
  variables["AWS_LAMBDA_LOG_FORMAT"] = "JSON";
  event("id-1").answer(202).answer(500);
  run([](Event const&, Context& context) -> Result<Json> {
    context.log(LogLevel::Info, "hello");
    return Json(nullptr);
  });
  auto line = parse_json(lines.at(0)).value();
  EXPECT_EQ(line.at("message"), "hello");
  EXPECT_EQ(line.at("requestId"), "id-1");
}

TEST_F(LoopTest, EscapesAnIdThatWouldNameAnotherPath) {
  event("../x?y").answer(202).answer(500);
  run(echo());
  EXPECT_EQ(path(1), "/2018-06-01/runtime/invocation/..%2Fx%3Fy/response");
}

TEST_F(LoopTest, RefusesToStartWithoutARuntimeApi) {
  for (auto value : {"", "not a host:99999"}) {
    variables["AWS_LAMBDA_RUNTIME_API"] = value;
    EXPECT_EQ(run(echo()), 1);
    EXPECT_THAT(lines.back(), HasSubstr("FATAL AWS_LAMBDA_RUNTIME_API"));
  }
  EXPECT_TRUE(network.sent.empty());
}

TEST(IsLambda, GoesByTheRuntimeApi) {
  EXPECT_FALSE(is_lambda(Environment()));
  EXPECT_TRUE(is_lambda(Environment(Environment::Map{{"AWS_LAMBDA_RUNTIME_API", "127.0.0.1:1"}})));
}

}  // namespace
}  // namespace keks::lambda
