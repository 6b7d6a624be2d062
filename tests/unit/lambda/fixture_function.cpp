// A function for the tests of local Lambda: the event says how it behaves, `FIXTURE_INIT` how it starts,
// `FIXTURE_TERMINATE` that it wants to hear of SIGTERM.
#include <unistd.h>
#include <keks/lambda/runtime.hpp>
#include <keks/net/client.hpp>

#include <boost/json.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using keks::Json;
using keks::Result;
using keks::lambda::Context;
using keks::lambda::Event;

[[noreturn]] void hang() {
  for (;;) ::pause();
}

[[noreturn]] void terminate() {
  ::kill(::getpid(), SIGTERM);
  hang();
}

void print(std::string_view text) { (void)!::write(STDOUT_FILENO, text.data(), text.size()); }

std::string argument(Json const& event) {
  auto const* value = event.as_object().if_contains("text");
  return value ? std::string(value->as_string()) : std::string();
}

/// A call of the Runtime API behind the runtime's back; gives its status.
int call_api(std::string const& id, std::string const& verb, std::string body) {
  auto path = "/2018-06-01/runtime/invocation/" + id + "/" + verb;
  auto url = keks::net::Url::parse("http://" + std::string(std::getenv("AWS_LAMBDA_RUNTIME_API")) + path);
  keks::net::Client client;
  auto reply = client.send({.method = "POST", .url = *url, .headers = {}, .body = std::move(body)},
                           keks::Deadline::after(std::chrono::seconds(5)));
  return reply ? reply->status : 0;
}

Result<Json> describe(Event const& event, Context const& context) {
  return Json{{"body", event.body},
              {"requestId", context.request_id},
              {"arn", context.function_arn},
              {"tenant", context.tenant_id},
              {"clientContext", context.client_context},
              {"traced", std::getenv("_X_AMZN_TRACE_ID") == context.trace_id},
              {"hasTime", context.remaining_time() > std::chrono::seconds(0)},
              {"pid", int(::getpid())}};
}

Result<Json> environment() {
  boost::json::object all;
  auto copy = keks::Environment::of_process();
  for (auto const& [name, value] : copy.variables()) all[name] = value;
  return Json(all);
}

Result<Json> flood(std::size_t bytes) {
  std::string piece(1023, 'x');
  piece += '\n';
  for (std::size_t sent = 0; sent < bytes; sent += piece.size()) print(piece);
  return Json("flooded");
}

Result<Json> close_outputs() {
  ::close(STDOUT_FILENO);
  ::close(STDERR_FILENO);
  return Json("silent");
}

/// Leaves a child behind that holds the pipe and the connection.
Result<Json> fork_child() {
  if (::fork() == 0) hang();
  return Json("forked");
}

Result<Json> reply_and(Context const& context, void (*then)()) {
  call_api(context.request_id, "response", "\"early\"");
  then();
  return Json("late");
}

Result<Json> failing(std::string const& text) { return keks::fail(keks::Code::ClusterNotFound, text); }

Result<Json> ask_twice(Context const& context) {
  boost::json::array statuses;
  statuses.push_back(call_api("no-such-id", "response", "1"));
  statuses.push_back(call_api(context.request_id, "response", "\"first\""));
  statuses.push_back(call_api(context.request_id, "error", "{}"));
  print("statuses " + boost::json::serialize(statuses) + "\n");
  return Json("second");
}

Result<Json> act(std::string const& what, Json const& event, Event const& raw, Context& context) {
  auto text = argument(event);
  if (what == "error") return failing(text);
  if (what == "throw") throw std::runtime_error(text);
  if (what == "throw-odd") throw 42;
  if (what == "crash") std::abort();
  if (what == "killed") ::raise(SIGKILL);
  if (what == "exit") std::_Exit(std::atoi(text.c_str()));
  if (what == "hang") hang();
  if (what == "terminate") terminate();
  if (what == "big") return Json(std::string(std::size_t(std::atoll(text.c_str())), 'b'));
  if (what == "print") print(text);
  if (what == "log") context.log(keks::LogLevel::Info, text);
  if (what == "flood") return flood(std::size_t(std::atoll(text.c_str())));
  if (what == "close") return close_outputs();
  if (what == "fork") return fork_child();
  if (what == "environment") return environment();
  if (what == "twice") return ask_twice(context);
  if (what == "reply-hang") return reply_and(context, [] { hang(); });
  if (what == "reply-exit") return reply_and(context, [] { std::_Exit(1); });
  return describe(raw, context);
}

Result<Json> handle(Event const& event, Context& context) {
  auto json = event.json();
  if (!json) return keks::fail(json.error());
  auto const* object = json->if_object();
  auto const* what = object ? object->if_contains("do") : nullptr;
  return act(what ? std::string(what->as_string()) : "", *json, event, context);
}

/// True in the first process of a test only: it leaves a file behind.
bool is_first(keks::Environment const& environment) {
  auto mark = environment.get("FIXTURE_MARK").value_or("");
  bool first = !std::filesystem::exists(mark);
  std::ofstream file(mark);
  return first;
}

Result<keks::lambda::Handler> initialize(keks::Environment const& environment, keks::Log const& log) {
  auto how = environment.get("FIXTURE_INIT").value_or("");
  if (how == "log") log(keks::LogLevel::Info, "INIT speaks");
  if (how == "error") return keks::fail(keks::Code::ClusterUnset, "no cluster; set one");
  if (how == "throw") throw std::runtime_error("broken");
  if (how == "exit") std::_Exit(3);
  if (how == "hang") hang();
  if (how == "hang-once" && is_first(environment)) hang();
  return keks::lambda::Handler(handle);
}

}  // namespace

int main() {
  keks::lambda::RuntimeOptions options;
  if (options.environment.get("FIXTURE_TERMINATE")) options.on_terminate = [] { print("goodbye\n"); };
  return keks::lambda::run(initialize, options);
}
