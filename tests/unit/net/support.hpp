#pragma once

#include <gtest/gtest.h>
#include <keks/net/client.hpp>
#include <keks/net/server.hpp>

#include "sandbox/pki.hpp"

namespace keks::net::test {

/// Long enough that only a hang reaches it.
inline Deadline soon() { return Deadline::after(std::chrono::seconds(20)); }

/// A time-out that a test waits for: long enough to get as far as the wait that is meant on any machine.
constexpr std::chrono::milliseconds kWhile = std::chrono::seconds(2);

inline std::unique_ptr<Server> serve(Handler handler, ServerOptions options = {}) {
  auto server = Server::start(std::move(options), std::move(handler));
  EXPECT_TRUE(server) << server.error().message();
  return server ? std::move(*server) : nullptr;
}

inline Url url_of(std::string const& scheme, std::uint16_t port, std::string const& path = "/",
                  std::string const& host = "127.0.0.1") {
  return *Url::parse(scheme + "://" + host + ":" + std::to_string(port) + path);
}

inline Request get(Url url) {
  Request request;
  request.url = std::move(url);
  return request;
}

inline Request post(Url url, std::string body) {
  Request request;
  request.method = "POST";
  request.url = std::move(url);
  request.body = std::move(body);
  return request;
}

struct Reply {
  int status = 0;
  std::string body;
};

/// Sends, and collects the reply.
inline Result<Reply> fetch(Client& client, Request const& request) {
  auto response = client.send(request, soon());
  if (!response) return fail(response.error());
  auto body = collect(*response, 64 * 1024 * 1024, soon());
  if (!body) return fail(body.error());
  return Reply{response->status, std::move(*body)};
}

/// The code and message that a call failed with, or "OK".
template <class T>
std::string failure(Result<T> const& result) {
  return result ? "OK" : std::string(to_string(result.error().code())) + ": " + result.error().message();
}

}  // namespace keks::net::test
