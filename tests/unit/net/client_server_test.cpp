#include <gmock/gmock.h>

#include <thread>

#include "support.hpp"

namespace keks::net::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

void echo(Exchange& exchange) {
  auto const& request = exchange.request();
  exchange.reply(200, {{"X-Method", request.method}}, request.target + " " + request.body);
}

TEST(ClientAndServer, ExchangeOneRequest) {
  auto server = serve(echo);
  Client client;
  auto reply = fetch(client, post(url_of("http", server->port(), "/a?b=c"), "hello"));
  ASSERT_TRUE(reply) << failure(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->body, "/a?b=c hello");
}

TEST(ClientAndServer, OneConnectionServesManyRequests) {
  auto server = serve(echo);
  Client client;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(fetch(client, get(url_of("http", server->port()))));
  EXPECT_EQ(client.counters().dials, 1u);
  EXPECT_EQ(server->counters().connections, 1u);
  EXPECT_EQ(server->counters().requests, 3u);
}

TEST(ClientAndServer, OneHandshakeServesManyRequests) {
  auto ca = *sandbox::CertificateAuthority::create("test CA");
  ServerOptions options;
  options.tls = *ca.issue({"127.0.0.1"});
  auto server = serve(echo, options);
  ClientOptions trusting;
  trusting.trust = *Trust::pem(ca.certificate_pem());
  Client client(trusting);
  for (int i = 0; i < 3; ++i) {
    auto reply = fetch(client, get(url_of("https", server->port(), "/x")));
    ASSERT_TRUE(reply) << failure(reply);
    EXPECT_EQ(reply->body, "/x ");
  }
  EXPECT_EQ(client.counters().handshakes, 1u);
  EXPECT_EQ(server->counters().handshakes, 1u);
}

}  // namespace
}  // namespace keks::net::test
