#include "lambda/runtime_api.hpp"

#include <keks/base/encoding.hpp>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::lambda {
namespace {

constexpr std::chrono::seconds kReplyTimeout{5};
// Twice what Lambda lets a caller send.
constexpr std::size_t kMaxEvent = 12 * 1024 * 1024;

net::Headers failure_headers(Failure const& failure) {
  return {{"Content-Type", "application/json"}, {"Lambda-Runtime-Function-Error-Type", failure.type}};
}

}  // namespace

Result<ApiReply> RuntimeApi::next() { return send(request("GET", "invocation/next"), Deadline::never()); }

Result<ApiReply> RuntimeApi::respond(std::string_view request_id, std::string json) {
  auto path = format("invocation/{}/response", percent_encode(request_id));
  return post(path, {{"Content-Type", "application/json"}}, std::move(json));
}

Result<ApiReply> RuntimeApi::report(std::string_view request_id, Failure const& failure) {
  auto path = format("invocation/{}/error", percent_encode(request_id));
  return post(path, failure_headers(failure), failure.body());
}

Result<ApiReply> RuntimeApi::report_init(Failure const& failure) {
  return post("init/error", failure_headers(failure), failure.body());
}

Result<ApiReply> RuntimeApi::register_extension() const {
  auto message = extension_request("POST", "register", {{"Lambda-Extension-Name", "keks-sigterm"}});
  message.headers.add("Content-Type", "application/json");
  message.body = R"({"events":[]})";
  return send(message, Deadline::after(kReplyTimeout));
}

Result<ApiReply> RuntimeApi::extension_event(std::string const& id, Deadline const& deadline) const {
  return send(extension_request("GET", "event/next", {{"Lambda-Extension-Identifier", id}}), deadline);
}

net::Request RuntimeApi::request(std::string method, std::string_view path) const {
  net::Request request{.method = std::move(method), .url = server_, .headers = {}, .body = {}};
  request.url.path = format("/2018-06-01/runtime/{}", path);
  // The server answers a second copy of a reply with 400 and forgets it, and gives out the same event again.
  request.replay = net::Request::Replay::Yes;
  return request;
}

net::Request RuntimeApi::extension_request(std::string method, std::string_view path, net::Headers headers) const {
  net::Request request{.method = std::move(method), .url = server_, .headers = std::move(headers), .body = {}};
  request.url.path = format("/2020-01-01/extension/{}", path);
  return request;
}

Result<ApiReply> RuntimeApi::post(std::string_view path, net::Headers headers, std::string body) {
  auto message = request("POST", path);
  message.headers = std::move(headers);
  message.body = std::move(body);
  return send(message, Deadline::after(kReplyTimeout));
}

Result<ApiReply> RuntimeApi::send(net::Request const& message, Deadline const& deadline) const {
  KEKS_TRY(auto response, transport_.send(message, deadline));
  KEKS_TRY(auto body, net::collect(response, kMaxEvent, deadline));
  return ApiReply{response.status, std::move(response.headers), std::move(body)};
}

}  // namespace keks::lambda
