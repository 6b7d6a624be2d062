#include "lambda/termination.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <keks/base/json.hpp>
#include <keks/lambda/runtime.hpp>

#include <boost/json.hpp>
#include <condition_variable>
#include <future>
#include <mutex>
#include <stdexcept>

#include "sandbox/lambda_process.hpp"
#include "sandbox/local_lambda.hpp"
#include "support/fake_transport.hpp"

namespace keks::lambda {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr auto kEventPath = "/2020-01-01/extension/event/next";

TEST(Registration, IsTheIdentifierThatTheReplyBrings) {
  EXPECT_EQ(read_registration({200, {{"lambda-extension-identifier", "id-1"}}, "{}"}), "id-1");
  EXPECT_EQ(read_registration({200, {}, "{}"}).error().code(), Code::ReplyWrongShape);
  auto refused = read_registration({403, {{"Lambda-Extension-Identifier", "id-1"}}, "not now"});
  EXPECT_EQ(refused.error().code(), Code::UnexpectedStatus);
  EXPECT_THAT(refused.error().message(), HasSubstr("403: not now"));
}

TEST(EndOfWaiting, SaysWhatCameInsteadOfAnEvent) {
  EXPECT_THAT(end_of_waiting(ApiReply{500, {}, ""}), HasSubstr("/event/next: status 500; SIGTERM may not"));
  EXPECT_THAT(end_of_waiting(fail(Code::ConnectionLost, "reset")), HasSubstr("/event/next: reset; SIGTERM may not"));
}

/// A script for the loop; the extension's wait for an event lasts until it is called off.
class Network final : public net::Transport {
 public:
  Result<net::Response> send(net::Request const& request, Deadline const& deadline) override {
    if (request.url.path != kEventPath) return script.send(request, deadline);
    std::unique_lock lock(mutex_);
    parked = request;
    parked_for_ever = deadline.is_never();
    changed_.notify_all();
    changed_.wait(lock, deadline.stop_token(), [] { return false; });
    return fail(Code::Cancelled, "called off");
  }
  void wait_for_parking() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return parked.has_value(); });
  }

  test::FakeTransport script;
  std::optional<net::Request> parked;
  bool parked_for_ever = false;

 private:
  std::mutex mutex_;
  std::condition_variable_any changed_;
};

void say_goodbye() { (void)!::write(STDERR_FILENO, "goodbye\n", 8); }

void send_sigterm() { ::kill(::getpid(), SIGTERM); }

[[noreturn]] void hang() {
  for (;;) ::pause();
}

class TerminationTest : public testing::Test {
 protected:
  int run(Handler handler, std::function<void()> in_init = [] {}) {
    RuntimeOptions options;
    options.environment = Environment(Environment::Map{{"AWS_LAMBDA_RUNTIME_API", "127.0.0.1:9001"}});
    options.transport = &network;
    options.write = [this](std::string_view line) { lines.emplace_back(line); };
    options.on_terminate = on_terminate;
    auto init = [&](Environment const&, Log const&) -> Result<Handler> { return in_init(), handler; };
    return lambda::run(init, options);
  }
  void registered_and_one_event() {
    network.script.answer(200, {{"Lambda-Extension-Identifier", "ext-1"}}, "{}");
    network.script.answer(200, {{"Lambda-Runtime-Aws-Request-Id", "id-1"}}, "{}");
  }
  std::vector<std::string> paths() const {
    std::vector<std::string> result;
    for (auto const& request : network.script.requests()) result.push_back(request.url.path);
    return result;
  }

  Network network;
  std::function<void()> on_terminate = say_goodbye;
  std::vector<std::string> lines;
};

TEST_F(TerminationTest, RegistersForNoEventsBeforeTheFirstNextAndWaitsUntilTheLoopEnds) {
  registered_and_one_event();
  network.script.answer(500, "");
  auto handler = [this](Event const&, Context&) -> Result<Json> { return network.wait_for_parking(), Json(1); };
  EXPECT_EQ(run(handler), 1);
  auto sent = network.script.requests();
  EXPECT_THAT(paths(), ElementsAre("/2020-01-01/extension/register", "/2018-06-01/runtime/invocation/next",
                                   "/2018-06-01/runtime/invocation/id-1/response"));
  EXPECT_EQ(sent[0].method, "POST");
  EXPECT_EQ(sent[0].headers.get("Lambda-Extension-Name"), "keks-sigterm");
  EXPECT_EQ(sent[0].body, R"({"events":[]})");
  EXPECT_EQ(network.parked->method, "GET");
  EXPECT_EQ(network.parked->headers.get("Lambda-Extension-Identifier"), "ext-1");
  EXPECT_TRUE(network.parked_for_ever);
}

TEST_F(TerminationTest, GoesOnWithoutWhenTheRegistrationFails) {
  network.script.answer(403, "too late").answer(500, "");
  EXPECT_EQ(run({}), 1);
  EXPECT_THAT(lines, ElementsAre(HasSubstr("WARN Lambda's Extensions API, /register: status 403: too late; the"),
                                 HasSubstr("FATAL")));
  EXPECT_EQ(paths().back(), "/2018-06-01/runtime/invocation/next");
  EXPECT_FALSE(network.parked);
}

TEST_F(TerminationTest, RegistersNothingWhenNotAskedTo) {
  on_terminate = {};
  network.script.answer(500, "");
  run({});
  EXPECT_THAT(paths(), ElementsAre("/2018-06-01/runtime/invocation/next"));
}

TEST_F(TerminationTest, RegistersNothingWhenInitFails) {
  network.script.answer(202, "");
  run({}, [] { throw std::runtime_error("broken"); });
  EXPECT_THAT(paths(), ElementsAre("/2018-06-01/runtime/init/error"));
}

TEST_F(TerminationTest, LeavesTheSignalAsItWas) {
  network.script.answer(403, "");
  run({});
  sigset_t now;
  ::pthread_sigmask(SIG_BLOCK, nullptr, &now);
  EXPECT_EQ(::sigismember(&now, SIGTERM), 0);
}

using TerminationDeathTest = TerminationTest;

TEST_F(TerminationDeathTest, SigtermDuringAnInvocationIsPassedOnAndEndsTheProcess) {
  registered_and_one_event();
  auto handler = [](Event const&, Context&) -> Result<Json> { return send_sigterm(), hang(), Json(1); };
  EXPECT_EXIT(run(handler), testing::ExitedWithCode(kTerminated), "^goodbye\n$");
}

TEST_F(TerminationDeathTest, SigtermDuringInitWaitsForItsEnd) {
  registered_and_one_event();
  auto handler = [](Event const&, Context&) -> Result<Json> { hang(); };
  EXPECT_EXIT(run(handler, send_sigterm), testing::ExitedWithCode(kTerminated), "^goodbye\n$");
}

TEST_F(TerminationDeathTest, AnExceptionChangesNothingAboutTheEnd) {
  registered_and_one_event();
  on_terminate = [] {
    say_goodbye();
    throw std::runtime_error("x");
  };
  auto handler = [](Event const&, Context&) -> Result<Json> { return send_sigterm(), hang(), Json(1); };
  EXPECT_EXIT(run(handler), testing::ExitedWithCode(kTerminated), "^goodbye\n$");
}

/// The fixture function with `on_terminate`, under local Lambda.
class Goodbye : public testing::Test {
 protected:
  Goodbye() {
    sandbox::FunctionOptions fixture;
    fixture.name = "f";
    fixture.program = FIXTURE_FUNCTION;
    fixture.environment["FIXTURE_TERMINATE"] = "goodbye";
    auto started = sandbox::LocalLambda::start({.functions = {fixture}, .log = [this](std::string_view line) {
                                                  if (line == "goodbye") said_.set_value();
                                                }});
    lambda_ = *std::move(started);
  }
  sandbox::InvokeResult invoke(std::string event) { return lambda_->invoke("f", std::move(event)).value(); }
  int pid() { return int(parse_json(invoke("{}").payload)->at("pid").as_int64()); }
  bool was_said() { return said_.get_future().wait_for(std::chrono::seconds(20)) == std::future_status::ready; }

 private:
  std::promise<void> said_;
  std::unique_ptr<sandbox::LocalLambda> lambda_;
};

TEST_F(Goodbye, IsSaidByAProcessThatWaitsForAnEvent) {
  auto first = pid();
  Fd process(int(::syscall(SYS_pidfd_open, first, 0)));
  ::kill(first, SIGTERM);
  EXPECT_TRUE(was_said());
  pollfd end{process.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&end, 1, 20'000), 1);
  EXPECT_NE(pid(), first);
}

TEST_F(Goodbye, IsSaidInTheMiddleOfAnInvocationWhichThenFails) {
  auto result = invoke(R"({"do":"terminate"})");
  EXPECT_TRUE(was_said());
  EXPECT_THAT(result.log, HasSubstr("goodbye\n"));
  EXPECT_THAT(result.payload, HasSubstr("exit status 143"));
}

}  // namespace
}  // namespace keks::lambda
