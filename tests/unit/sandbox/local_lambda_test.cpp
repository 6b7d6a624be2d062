#include "sandbox/local_lambda.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>
#include <keks/net/client.hpp>

#include <atomic>
#include <boost/json.hpp>
#include <filesystem>
#include <mutex>
#include <thread>

#include "sandbox/lambda_function.hpp"
#include "support/temporary_folder.hpp"

namespace keks::sandbox {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::Not;

std::vector<std::string> lines_of(std::string const& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

constexpr auto kStart = "START RequestId: [0-9a-f-]+ Version: \\$LATEST";
constexpr auto kEnd = "END RequestId: [0-9a-f-]+";
constexpr auto kReport =
    "REPORT RequestId: [0-9a-f-]+\tDuration: [0-9]+\\.[0-9][0-9] ms\tBilled Duration: [0-9]+ ms\tMemory Size: 256 MB\t"
    "Max Memory Used: [0-9]+ MB";
std::string cold(std::string const& report = kReport) { return report + "\tInit Duration: [0-9]+\\.[0-9][0-9] ms"; }

std::string pid_of(InvokeResult const& result) {
  return std::to_string(parse_json(result.payload)->at("pid").as_int64());
}

/// A client without manners: sends these bytes and nothing more.
class Caller {
 public:
  Caller(std::uint16_t port, std::string_view bytes) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), ssize_t(bytes.size()));
  }

 private:
  Fd fd_;
};

class LocalLambdaTest : public testing::Test {
 protected:
  FunctionOptions fixture() {
    FunctionOptions options;
    options.name = "f";
    options.program = FIXTURE_FUNCTION;
    return options;
  }
  LocalLambda& start(FunctionOptions options) {
    auto started = LocalLambda::start({.functions = {std::move(options)}, .log = [this](std::string_view line) {
                                         std::lock_guard lock(mutex);
                                         seen.emplace_back(line);
                                       }});
    EXPECT_TRUE(started) << started.error().message();
    return *(lambda = *std::move(started));
  }
  LocalLambda& start() { return start(fixture()); }
  /// Enough for what does not hang on any machine.
  void start_with_three_seconds() {
    auto options = fixture();
    options.timeout = 3s;
    start(std::move(options));
  }
  LocalLambda& start_with_init(std::string how) {
    auto options = fixture();
    options.environment["FIXTURE_INIT"] = std::move(how);
    return start(std::move(options));
  }
  InvokeResult invoke(std::string payload) {
    auto result = lambda->invoke("f", std::move(payload));
    EXPECT_TRUE(result) << result.error().message();
    return result.value_or(InvokeResult{});
  }
  InvokeResult act(std::string what, std::string text = "") {
    return invoke(to_text(Json{{"do", what}, {"text", text}}));
  }
  /// The function must be as good as new.
  void expect_cold_and_well() {
    auto result = act("");
    EXPECT_EQ(result.function_error, "");
    EXPECT_THAT(lines_of(result.log).back(), MatchesRegex(cold()));
  }
  net::Response post(std::string path, net::Headers headers, std::string body) {
    auto url = net::Url::parse(lambda->url() + path);
    auto reply = client.send({.method = "POST", .url = *url, .headers = std::move(headers), .body = std::move(body)},
                             Deadline::after(20s));
    EXPECT_TRUE(reply) << reply.error().message();
    return reply ? *std::move(reply) : net::make_response(0, {}, "");
  }
  static std::string body_of(net::Response& response) {
    return net::collect(response, 64 << 20, Deadline::after(20s)).value_or("?");
  }

  std::mutex mutex;
  std::vector<std::string> seen;
  net::Client client;
  std::unique_ptr<LocalLambda> lambda;
};

TEST_F(LocalLambdaTest, PrintsTheFiveLinesOfAColdInvocation) {
  start();
  auto result = act("log", "There are 31 pods in the cluster");
  EXPECT_THAT(lines_of(result.log), ElementsAre(MatchesRegex(kStart), "There are 31 pods in the cluster",
                                                MatchesRegex(kEnd), MatchesRegex(cold())));
  EXPECT_EQ(seen, lines_of(result.log));
  EXPECT_EQ(result.function_error, "");
}

TEST_F(LocalLambdaTest, KeepsTheProcessForTheNextInvocation) {
  start();
  auto first = act(""), second = act("");
  EXPECT_EQ(pid_of(first), pid_of(second));
  EXPECT_NE(first.request_id, second.request_id);
  EXPECT_THAT(lines_of(second.log), ElementsAre(MatchesRegex(kStart), MatchesRegex(kEnd), MatchesRegex(kReport)));
}

TEST_F(LocalLambdaTest, HandsTheEventAndItsContextToTheFunction) {
  start();
  auto result = invoke(R"({"x":[1,2]})");
  auto seen_by_function = parse_json(result.payload).value();
  EXPECT_EQ(seen_by_function.at("body"), R"({"x":[1,2]})");
  EXPECT_EQ(seen_by_function.at("requestId"), boost::json::string_view(result.request_id));
  EXPECT_EQ(seen_by_function.at("arn"), "arn:aws:lambda:eu-west-1:111122223333:function:f");
  EXPECT_EQ(seen_by_function.at("traced"), true);
  EXPECT_EQ(seen_by_function.at("hasTime"), true);
}

TEST_F(LocalLambdaTest, GivesLambdasEnvironmentAndNothingElse) {
  ::setenv("CANARY_OF_THE_PARENT", "1", 1);
  auto options = fixture();
  options.handler = "pods";
  options.environment = {{"cluster", "prod"}, {"AWS_LAMBDA_RUNTIME_API", "elsewhere:1"}};
  start(std::move(options));
  auto result = act("environment");
  auto all = parse_json(result.payload).value();
  EXPECT_FALSE(all.as_object().contains("CANARY_OF_THE_PARENT"));
  EXPECT_EQ(all.at("cluster"), "prod");
  EXPECT_EQ(all.at("_HANDLER"), "pods");
  EXPECT_EQ(all.at("AWS_REGION"), "eu-west-1");
  EXPECT_EQ(all.at("AWS_LAMBDA_FUNCTION_NAME"), "f");
  EXPECT_EQ(all.at("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), "256");
  EXPECT_EQ(all.at("TZ"), ":UTC");
  EXPECT_EQ(all.at("LAMBDA_TASK_ROOT"),
            boost::json::string_view(std::filesystem::path(FIXTURE_FUNCTION).parent_path().string()));
}

TEST_F(LocalLambdaTest, ReturnsTheFunctionsErrorAndKeepsTheProcess) {
  start();
  auto result = act("error", "no \"cluster\"\nREPORT RequestId: forged");
  EXPECT_EQ(result.function_error, "Unhandled");
  EXPECT_EQ(parse_json(result.payload)->at("errorType"), "Function.ClusterNotFound");
  EXPECT_THAT(lines_of(result.log),
              Contains("ERROR Function.ClusterNotFound: no \"cluster\"\\nREPORT RequestId: forged"));
  EXPECT_THAT(lines_of(act("").log).back(), MatchesRegex(kReport));
}

TEST_F(LocalLambdaTest, CannotBeForgedByTheTextOfALogLine) {
  start();
  auto result = act("log", "a\nEND RequestId: x\r\x1b[2J");
  EXPECT_THAT(lines_of(result.log)[1], "a\\nEND RequestId: x\\r\\x1b[2J");
  EXPECT_EQ(lines_of(result.log).size(), 4u);
}

TEST_F(LocalLambdaTest, ReportsAnExceptionAndStartsAnew) {
  start();
  for (auto what : {"throw", "throw-odd"}) {
    auto result = act(what, "disk full");
    EXPECT_EQ(parse_json(result.payload)->at("errorType"), "Function.UnhandledException");
    EXPECT_THAT(result.log, HasSubstr("Error: Runtime exited with error: exit status 1\nRuntime.ExitError\n"));
  }
  expect_cold_and_well();
}

TEST_F(LocalLambdaTest, TellsHowTheProcessDied) {
  start();
  struct Row {
    std::string what, text, reason;
  };
  for (auto const& [what, text, reason] : {
           Row{"crash", "", "with error: signal: aborted"},
           Row{"killed", "", "with error: signal: killed"},
           Row{"exit", "7", "with error: exit status 7"},
           Row{"exit", "0", "without providing a reason"},
       }) {
    auto result = act(what, text);
    auto payload = parse_json(result.payload).value();
    EXPECT_EQ(result.function_error, "Unhandled");
    EXPECT_EQ(payload.at("errorType"), "Runtime.ExitError");
    EXPECT_EQ(std::string(payload.at("errorMessage").as_string()),
              "RequestId: " + result.request_id + " Error: Runtime exited " + reason);
    EXPECT_THAT(lines_of(result.log).back(), HasSubstr("Status: error\tError Type: Runtime.ExitError"));
    expect_cold_and_well();
  }
}

TEST_F(LocalLambdaTest, KillsAFunctionThatRunsTooLong) {
  start_with_three_seconds();
  auto result = act("hang");
  EXPECT_EQ(result.function_error, "Unhandled");
  auto message = std::string(parse_json(result.payload)->at("errorMessage").as_string());
  EXPECT_THAT(message, HasSubstr("Z " + result.request_id + " Task timed out after 3.00 seconds"));
  EXPECT_THAT(lines_of(result.log), Contains(message));
  expect_cold_and_well();
}

TEST_F(LocalLambdaTest, DeliversTheReplyOfAFunctionThatNeverComesBack) {
  start_with_three_seconds();
  auto hung = act("reply-hang");
  EXPECT_EQ(hung.payload, "\"early\"");
  EXPECT_THAT(hung.log, HasSubstr("Task timed out after 3.00 seconds"));
  auto gone = act("reply-exit");
  EXPECT_EQ(gone.payload, "\"early\"");
  EXPECT_EQ(gone.function_error, "");
  EXPECT_THAT(gone.log, HasSubstr("Runtime exited with error: exit status 1"));
  expect_cold_and_well();
}

TEST_F(LocalLambdaTest, RefusesStrayRepliesAndKeepsTheFirst) {
  start();
  auto result = act("twice");
  EXPECT_EQ(result.payload, "\"first\"");
  EXPECT_THAT(lines_of(result.log), Contains("statuses [400,202,403]"));
  EXPECT_THAT(lines_of(act("").log).back(), MatchesRegex(kReport));
}

TEST_F(LocalLambdaTest, LimitsTheReply) {
  start();
  auto fits = act("big", std::to_string(6 * 1024 * 1024 + 98));
  EXPECT_EQ(fits.payload.size(), 6u * 1024 * 1024 + 100);
  for (auto size : {6 * 1024 * 1024 + 99, 20 * 1024 * 1024}) {
    auto result = act("big", std::to_string(size));
    EXPECT_EQ(parse_json(result.payload)->at("errorType"), "Function.ResponseSizeTooLarge");
    EXPECT_THAT(result.log, HasSubstr("WARN Lambda's Runtime API, /invocation/{id}/response: status 413"));
  }
  EXPECT_THAT(lines_of(act("").log).back(), MatchesRegex(kReport));
}

TEST_F(LocalLambdaTest, KeepsAFloodOfLogInItsInvocation) {
  start();
  auto result = act("flood", std::to_string(10 << 20));
  auto lines = lines_of(result.log);
  EXPECT_EQ(lines.size(), (10u << 10) + 3);
  EXPECT_EQ(result.payload, "\"flooded\"");
  EXPECT_THAT(lines.back(), MatchesRegex(cold()));
  EXPECT_EQ(lines_of(act("").log).size(), 3u);
}

TEST_F(LocalLambdaTest, EndsALineThatTheFunctionLeftOpen) {
  start();
  EXPECT_THAT(lines_of(act("print", "one\ntwo").log)[2], "two");
  EXPECT_EQ(lines_of(act("").log).size(), 3u);
}

TEST_F(LocalLambdaTest, LivesWithAFunctionThatClosesItsOutputs) {
  start();
  EXPECT_EQ(act("close").payload, "\"silent\"");
  auto next = act("print", "nobody hears it\n");
  EXPECT_EQ(next.function_error, "");
  EXPECT_THAT(next.log, Not(HasSubstr("nobody")));
}

TEST_F(LocalLambdaTest, KillsWhatTheFunctionForked) {
  start();
  EXPECT_EQ(act("fork").payload, "\"forked\"");
  EXPECT_THAT(act("exit", "1").log, HasSubstr("exit status 1"));
  expect_cold_and_well();
  EXPECT_EQ(act("fork").payload, "\"forked\"");
  // The child holds the pipe; the end must not wait for it.
  lambda.reset();
}

TEST_F(LocalLambdaTest, StartsAnewWhenTheProcessDiedBetweenTwoInvocations) {
  start();
  auto pid = pid_t(std::stol(pid_of(act(""))));
  ::kill(pid, SIGKILL);
  auto result = act("");
  if (result.function_error.empty()) {
    EXPECT_NE(pid_of(result), std::to_string(pid));
  } else {
    EXPECT_THAT(result.payload, HasSubstr("signal: killed"));
    expect_cold_and_well();
  }
}

TEST_F(LocalLambdaTest, PutsTheLinesOfInitBeforeStart) {
  start_with_init("log");
  auto lines = lines_of(act("").log);
  EXPECT_EQ(lines[0], "INIT speaks");
  EXPECT_THAT(lines[1], MatchesRegex(kStart));
}

TEST_F(LocalLambdaTest, ReturnsWhatInitReported) {
  start_with_init("error");
  for (int i = 0; i < 2; ++i) {
    auto result = act("");
    EXPECT_EQ(result.function_error, "Unhandled");
    EXPECT_EQ(result.payload,
              R"({"errorMessage":"no cluster; set one","errorType":"Function.ClusterUnset","stackTrace":[]})");
    EXPECT_THAT(lines_of(result.log), Contains("ERROR Function.ClusterUnset: no cluster; set one"));
  }
}

TEST_F(LocalLambdaTest, TellsThatInitThrewOrExited) {
  start_with_init("throw");
  EXPECT_EQ(parse_json(act("").payload)->at("errorType"), "Function.UnhandledException");
  start_with_init("exit");
  auto result = act("");
  EXPECT_EQ(parse_json(result.payload)->at("errorType"), "Runtime.ExitError");
  EXPECT_THAT(result.payload, HasSubstr("exit status 3"));
}

TEST_F(LocalLambdaTest, TellsThatTheProgramCannotRun) {
  for (auto program : {"/nowhere/bootstrap", "/etc/passwd", "/tmp"}) {
    auto options = fixture();
    options.program = program;
    start(std::move(options));
    auto result = act("");
    EXPECT_EQ(result.function_error, "Unhandled");
    EXPECT_EQ(parse_json(result.payload)->at("errorType"), "Runtime.InvalidEntrypoint");
    EXPECT_THAT(result.log, HasSubstr(std::string("fork/exec ") + program));
  }
}

TEST_F(LocalLambdaTest, RunsTheInvocationsOfOneFunctionOneAfterTheOther) {
  start();
  std::vector<std::thread> callers;
  std::vector<InvokeResult> results(8);
  for (auto& result : results) callers.emplace_back([&] { result = act(""); });
  for (auto& caller : callers) caller.join();
  for (auto const& result : results) {
    EXPECT_EQ(pid_of(result), pid_of(results[0]));
    EXPECT_THAT(result.log, HasSubstr(result.request_id));
    EXPECT_THAT(lines_of(result.log).front(), HasSubstr(result.request_id));
  }
}

TEST_F(LocalLambdaTest, RefusesOptionsThatCannotWork) {
  auto bad = [&](auto change) {
    auto options = fixture();
    change(options);
    auto started = LocalLambda::start({.functions = {options}, .log = nullptr});
    return started ? Code::Io : started.error().code();
  };
  EXPECT_EQ(bad([](auto& o) { o.name = ""; }), Code::InvalidArgument);
  EXPECT_EQ(bad([](auto& o) { o.name = "a:b"; }), Code::InvalidArgument);
  EXPECT_EQ(bad([](auto& o) { o.program = ""; }), Code::InvalidArgument);
  EXPECT_EQ(bad([](auto& o) { o.timeout = 0s; }), Code::InvalidArgument);
  EXPECT_EQ(bad([](auto& o) { o.timeout = 901s; }), Code::InvalidArgument);
  EXPECT_EQ(bad([](auto& o) { o.memory_mb = 0; }), Code::InvalidArgument);
  auto twice = LocalLambda::start({.functions = {fixture(), fixture()}, .log = nullptr});
  EXPECT_EQ(twice.error().code(), Code::InvalidArgument);
}

TEST_F(LocalLambdaTest, KnowsOnlyItsFunctions) {
  start();
  EXPECT_EQ(lambda->invoke("g", "{}").error().code(), Code::NotFound);
  auto reply = post("/2015-03-31/functions/g/invocations", {}, "{}");
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.headers.get("x-amzn-ErrorType"), "ResourceNotFoundException");
}

TEST_F(LocalLambdaTest, AnswersTheInvokeApi) {
  start();
  auto reply = post("/2015-03-31/functions/arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af/invocations",
                    {{"X-Amz-Log-Type", "Tail"}, {"X-Amz-Tenant-Id", "blue"}, {"X-Amz-Client-Context", base64("{}")}},
                    R"({"do":""})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.get("X-Amz-Executed-Version"), "$LATEST");
  EXPECT_FALSE(reply.headers.has("X-Amz-Function-Error"));
  auto log = lines_of(base64_decode(reply.headers.get("X-Amz-Log-Result")).value());
  EXPECT_THAT(log, ElementsAre(MatchesRegex(kStart), MatchesRegex(kEnd), MatchesRegex(cold())));
  auto payload = parse_json(body_of(reply)).value();
  EXPECT_EQ(payload.at("tenant"), "blue");
  EXPECT_EQ(payload.at("clientContext"), "{}");
}

TEST_F(LocalLambdaTest, TellsTheCallerOfAFunctionError) {
  start();
  auto reply = post("/2015-03-31/functions/f:PROD/invocations", {}, R"({"do":"error","text":"x"})");
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.get("X-Amz-Function-Error"), "Unhandled");
}

TEST_F(LocalLambdaTest, RunsAnEventWithoutMakingTheCallerWait) {
  start();
  auto dry = post("/2015-03-31/functions/f/invocations", {{"X-Amz-Invocation-Type", "DryRun"}}, "{}");
  EXPECT_EQ(dry.status, 204);
  auto reply =
      post("/2015-03-31/functions/f/invocations", {{"X-Amz-Invocation-Type", "Event"}}, R"({"do":"log","text":"ran"})");
  EXPECT_EQ(reply.status, 202);
  // It ran before this one.
  auto next = act("");
  EXPECT_THAT(lines_of(next.log).back(), MatchesRegex(kReport));
  EXPECT_THAT(seen, Contains("ran"));
}

TEST_F(LocalLambdaTest, EndsWhileACallerWaitsAndOthersSendHalfARequest) {
  start();
  auto url = net::Url::parse(lambda->url() + "/2015-03-31/functions/f/invocations").value();
  Caller half(url.port, "POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{");
  {
    Caller gone(url.port, "POST /2015-03-31/fun");
  }
  auto reply =
      client.send({.method = "POST", .url = url, .headers = {}, .body = R"({"do":"hang"})"}, Deadline::after(2s));
  EXPECT_EQ(reply.error().code(), Code::DeadlineExceeded);
  lambda.reset();
}

TEST_F(LocalLambdaTest, EndsWhileCallersComeAndGo) {
  start();
  auto url = net::Url::parse(lambda->url() + "/2015-03-31/functions/f/invocations").value();
  std::atomic<int> answered{0};
  std::vector<std::jthread> callers;
  for (int i = 0; i < 4; ++i)
    callers.emplace_back([&] {
      net::Client own;
      // Whatever else comes is of the end, or of who has the port next.
      auto is_answered = [&] {
        auto reply = own.send({.method = "POST", .url = url, .headers = {}, .body = "{}"}, Deadline::after(20s));
        return reply && reply->headers.has("X-Amz-Executed-Version");
      };
      while (is_answered()) ++answered;
    });
  while (answered < 20) std::this_thread::yield();
  lambda.reset();
}

TEST(Function, RestartsAnInitThatDoesNotEndInsideTheInvocation) {
  keks::test::TemporaryFolder folder;
  FunctionOptions options;
  options.name = "f";
  options.program = FIXTURE_FUNCTION;
  options.environment = {{"FIXTURE_INIT", "hang-once"}, {"FIXTURE_MARK", folder / "mark"}};
  // Long enough for a slow machine to leave the mark.
  Function function(options, {"eu-west-1", "111122223333"}, nullptr, 5s);
  auto result = function.submit({.body = "{}"})->get();
  ASSERT_TRUE(result);
  EXPECT_EQ(result->function_error, "") << result->log;
  EXPECT_THAT(lines_of(result->log).back(), MatchesRegex(kReport));
}

TEST(Function, CancelsWhatIsUnderWayAndWhatWaitsWhenItEnds) {
  FunctionOptions options;
  options.name = "f";
  options.program = FIXTURE_FUNCTION;
  std::promise<void> begun;
  auto on_line = [&](std::string_view line) {
    if (line.starts_with("START")) begun.set_value();
  };
  auto function = std::make_unique<Function>(options, Place{"eu-west-1", "111122223333"}, on_line);
  std::vector<Function::Answer> answers;
  for (int i = 0; i < 3; ++i) answers.push_back(*function->submit({.body = R"({"do":"hang"})"}));
  begun.get_future().wait();
  function.reset();
  for (auto& answer : answers) EXPECT_EQ(answer.get().error().code(), Code::Cancelled);
}

TEST(Function, TimesOutWhenInitNeverEnds) {
  FunctionOptions options;
  options.name = "f";
  options.program = FIXTURE_FUNCTION;
  options.timeout = 1s;
  options.environment = {{"FIXTURE_INIT", "hang"}};
  Function function(options, {"eu-west-1", "111122223333"}, nullptr, 100ms);
  auto result = function.submit({.body = "{}"})->get();
  ASSERT_TRUE(result);
  EXPECT_THAT(result->payload, HasSubstr("Task timed out after 1.00 seconds"));
}

}  // namespace
}  // namespace keks::sandbox
