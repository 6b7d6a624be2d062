#include "sandbox/lambda_api.hpp"

#include "base/format.hpp"
#include "base/try.hpp"
#include "sandbox/lambda_ids.hpp"

namespace keks::sandbox {
namespace {

constexpr std::string_view kPrefix = "/2018-06-01/runtime/";
constexpr std::string_view kExtension = "/2020-01-01/extension/";

net::Headers json_headers() { return {{"Content-Type", "application/json"}}; }

void add(net::Headers& headers, std::string name, std::string const& value) {
  if (!value.empty()) headers.add(std::move(name), value);
}

net::Headers event_headers(RuntimeEvent const& event) {
  auto headers = json_headers();
  headers.add("Lambda-Runtime-Aws-Request-Id", event.request_id);
  headers.add("Lambda-Runtime-Deadline-Ms", std::to_string(event.deadline_ms));
  headers.add("Lambda-Runtime-Invoked-Function-Arn", event.function_arn);
  add(headers, "Lambda-Runtime-Trace-Id", event.input.trace_id);
  add(headers, "Lambda-Runtime-Client-Context", event.input.client_context);
  add(headers, "Lambda-Runtime-Aws-Tenant-Id", event.input.tenant_id);
  return headers;
}

/// `ID` and `response` of `invocation/ID/response`; both empty for any other text.
std::pair<std::string_view, std::string_view> split_invocation(std::string_view call) {
  constexpr std::string_view prefix = "invocation/";
  auto slash = call.rfind('/');
  if (!call.starts_with(prefix) || slash < prefix.size()) return {};
  return {call.substr(prefix.size(), slash - prefix.size()), call.substr(slash + 1)};
}

}  // namespace

Result<std::unique_ptr<RuntimeApiServer>> RuntimeApiServer::start(std::function<void()> on_change) {
  std::unique_ptr<RuntimeApiServer> api(new RuntimeApiServer(std::move(on_change)));
  net::ServerOptions options;
  options.max_body = kMaxHttpBody;
  // A process may work on one event for 15 minutes before it uses its connection again.
  options.head_timeout = std::chrono::minutes(20);
  KEKS_TRY(api->server_, net::Server::start(options, [self = api.get()](net::Exchange& e) { self->handle(e); }));
  return api;
}

std::string RuntimeApiServer::address() const { return format("{}:{}", server_->address(), server_->port()); }

void RuntimeApiServer::handle(net::Exchange& exchange) {
  auto const& request = exchange.request();
  auto path = request.path();
  if (request.method == "GET" && path == "/2018-06-01/ping") return exchange.reply(200, {}, "pong");
  if (path.starts_with(kExtension)) return extension(std::string_view(path).substr(kExtension.size()), exchange);
  if (!path.starts_with(kPrefix)) return exchange.reply(404, {}, "404 page not found\n");
  auto call = std::string_view(path).substr(kPrefix.size());
  if (request.method == "GET" && call == "invocation/next") return next(exchange);
  auto answer = request.method == "POST" ? post(call, request.body) : RuntimeStates::Answer{405, "{}"};
  exchange.reply(answer.status, json_headers(), answer.body);
}

RuntimeStates::Answer RuntimeApiServer::post(std::string_view call, std::string const& body) {
  auto target = split_invocation(call);
  auto answer = with_states([&](RuntimeStates& states) -> RuntimeStates::Answer {
    if (call == "init/error") return states.init_error(body);
    if (target.second == "response") return states.response(target.first, body);
    if (target.second == "error") return states.error(target.first, body);
    return {404, "{}"};
  });
  on_change_();
  return answer;
}

void RuntimeApiServer::next(net::Exchange& exchange) {
  std::unique_lock lock(mutex_);
  if (auto refusal = states_.begin_poll()) {
    lock.unlock();
    return exchange.reply(refusal->status, json_headers(), refusal->body);
  }
  on_change_();
  changed_.wait(lock, exchange.stop_token(), [&] { return states_.has_event(); });
  auto event = states_.end_poll();
  lock.unlock();
  if (event)
    exchange.reply(200, event_headers(*event), event->input.body);
  else
    exchange.close();
}

/// Enough for a runtime that registers to hear of SIGTERM: there are no events.
void RuntimeApiServer::extension(std::string_view call, net::Exchange& exchange) {
  auto const& request = exchange.request();
  if (request.method == "POST" && call == "register") {
    auto headers = json_headers();
    headers.add("Lambda-Extension-Identifier", make_request_id());
    return exchange.reply(200, std::move(headers), R"({"functionVersion":"$LATEST"})");
  }
  if (request.method != "GET" || call != "event/next") return exchange.reply(404, {}, "404 page not found\n");
  std::unique_lock lock(mutex_);
  changed_.wait(lock, exchange.stop_token(), [] { return false; });
  lock.unlock();
  exchange.close();
}

}  // namespace keks::sandbox
