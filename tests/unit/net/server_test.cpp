#include <gmock/gmock.h>

#include <latch>

#include "scripted.hpp"
#include "support.hpp"

namespace keks::net::test {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

void echo(Exchange& exchange) {
  auto const& request = exchange.request();
  exchange.reply(200, {{"X-Path", request.path()}, {"X-Query", request.query()}}, request.body);
}

/// All that the server says to these bytes until it closes.
std::string conversation(Server const& server, std::string_view bytes) {
  auto peer = RawPeer::connect(server.port());
  peer.say(bytes);
  peer.end();
  return peer.hear_all();
}

TEST(Server, AnswersAndKeepsTheConnection) {
  auto server = serve(echo);
  auto peer = RawPeer::connect(server->port());
  for (int i = 0; i < 2; ++i) {
    peer.say("POST /a/b?c=d HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello");
    auto reply = peer.hear("hello");
    EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\nDate: "));
    EXPECT_THAT(reply, HasSubstr("X-Path: /a/b\r\nX-Query: c=d\r\nContent-Length: 5\r\n"));
  }
  EXPECT_EQ(server->counters().connections, 1u);
  EXPECT_EQ(server->counters().requests, 2u);
}

TEST(Server, TakesRequestsInAnyPieces) {
  auto server = serve(echo);
  auto peer = RawPeer::connect(server->port());
  for (char c : std::string("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi")) peer.say({&c, 1});
  EXPECT_THAT(peer.hear("hi"), StartsWith("HTTP/1.1 200"));
}

TEST(Server, TakesSeveralRequestsAtOnce) {
  auto server = serve([](Exchange& e) { e.reply(200, {}, e.request().target + "\n"); });
  std::string get_a = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n", get_b = "GET /b HTTP/1.1\r\nHost: x\r\n\r\n";
  auto all = conversation(*server, get_a + get_b);
  EXPECT_THAT(all, HasSubstr("/a\nHTTP/1.1 200"));
  EXPECT_THAT(all, EndsWith("/b\n"));
}

TEST(Server, ReadsChunkedBodies) {
  auto server = serve(echo);
  EXPECT_THAT(conversation(*server,
                           "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"),
              EndsWith("\r\n\r\nabcde"));
}

TEST(Server, InvitesABodyThatWaits) {
  auto server = serve(echo);
  auto peer = RawPeer::connect(server->port());
  peer.say("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(peer.hear(), "HTTP/1.1 100 Continue\r\n\r\n");
  peer.say("hi");
  EXPECT_THAT(peer.hear("hi"), StartsWith("HTTP/1.1 200"));
}

TEST(Server, DoesNotInviteABodyThatIsTooLarge) {
  ServerOptions options;
  options.max_body = 10;
  auto server = serve(echo, options);
  auto all = conversation(*server, "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n");
  EXPECT_THAT(all, StartsWith("HTTP/1.1 413"));
}

TEST(Server, SendsNoBodyToHead) {
  auto server = serve([](Exchange& e) { e.reply(200, {}, "body"); });
  auto all = conversation(*server, "HEAD / HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_THAT(all, HasSubstr("Content-Length: 4\r\n"));
  EXPECT_THAT(all, EndsWith("\r\n\r\n"));
}

TEST(Server, SpeaksToHttp10) {
  auto server = serve([](Exchange& e) {
    e.start(200, {});
    e.write("one ");
    e.write("two");
    e.finish();
  });
  auto peer = RawPeer::connect(server->port());
  peer.say("GET / HTTP/1.0\r\n\r\n");
  auto all = peer.hear_all();
  EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(all, Not(HasSubstr("chunked")));
  EXPECT_THAT(all, EndsWith("\r\n\r\none two"));
}

TEST(Server, ChunksAStream) {
  auto server = serve([](Exchange& e) {
    e.start(200, {});
    e.write("hello");
    e.write("");
    e.write("world!");
    e.finish();
  });
  EXPECT_THAT(conversation(*server, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
              EndsWith("Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\nworld!\r\n0\r\n\r\n"));
}

struct BadRow {
  char const *request, *status;
};
class BadRequests : public testing::TestWithParam<BadRow> {};

TEST_P(BadRequests, AreRefusedAndTheConnectionClosed) {
  ServerOptions options;
  options.max_body = 10;
  options.max_head = 1024;
  int handled = 0;
  auto server = serve([&](Exchange&) { ++handled; }, options);
  auto peer = RawPeer::connect(server->port());
  peer.say(GetParam().request);
  auto all = peer.hear_all();
  EXPECT_THAT(all, StartsWith(std::string("HTTP/1.1 ") + GetParam().status));
  EXPECT_THAT(all, HasSubstr("Connection: close\r\n"));
  EXPECT_EQ(handled, 0);
}

std::string const kLongHead = "GET / HTTP/1.1\r\nHost: x\r\nA: " + std::string(2000, 'a') + "\r\n\r\n";

INSTANTIATE_TEST_SUITE_P(
    Rows, BadRequests,
    testing::Values(BadRow{"nonsense\r\n\r\n", "400"}, BadRow{"GET / HTTP/3.0\r\n\r\n", "400"},
                    BadRow{"GET / HTTP/1.1\r\n\r\n", "400"}, BadRow{"\x16\x03\x01\x02\x00\x01", "400"},
                    BadRow{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: x\r\n\r\n", "400"},
                    BadRow{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n", "413"},
                    BadRow{"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n01234567890\r\n",
                           "413"},
                    BadRow{kLongHead.c_str(), "431"}));

TEST(Server, IsNotImpressedByPeersThatLeave) {
  auto server = serve(echo);
  for (std::string_view bytes :
       {"", "G", "GET / HTTP/1.1\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n"})
    EXPECT_EQ(conversation(*server, bytes), "");
  RawPeer::connect(server->port()).reset();
  Client client;
  EXPECT_TRUE(fetch(client, get(url_of("http", server->port()))));
}

TEST(Server, ClosesAConnectionThatSendsNothing) {
  ServerOptions options;
  options.head_timeout = std::chrono::milliseconds(10);
  auto server = serve(echo, options);
  EXPECT_EQ(RawPeer::connect(server->port()).hear_all(), "");
}

TEST(Server, TurnsAwayWhoIsOneTooMany) {
  ServerOptions options;
  options.max_connections = 1;
  auto server = serve(echo, options);
  auto first = RawPeer::connect(server->port());
  first.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  first.hear();
  EXPECT_EQ(RawPeer::connect(server->port()).hear_all(), "");
  first.say("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi");
  EXPECT_THAT(first.hear("hi"), StartsWith("HTTP/1.1 200"));
}

TEST(Server, AHandlerThatThrowsOrSaysNothingGives500) {
  auto server = serve([](Exchange& e) {
    if (e.request().target == "/throw") throw std::runtime_error("secret");
  });
  Client client;
  for (std::string path : {"/throw", "/silent"}) {
    auto reply = fetch(client, get(url_of("http", server->port(), path)));
    ASSERT_TRUE(reply) << failure(reply);
    EXPECT_EQ(reply->status, 500);
    EXPECT_THAT(reply->body, Not(HasSubstr("secret")));
  }
}

TEST(Server, AStreamWithoutItsEndLooksLikeOne) {
  auto server = serve([](Exchange& e) {
    e.start(200, {});
    e.write("half");
  });
  Client client;
  EXPECT_THAT(failure(fetch(client, get(url_of("http", server->port())))), StartsWith("ReplyTruncated: "));
}

TEST(Server, CanMisbehaveOnRequest) {
  auto server = serve([](Exchange& e) {
    auto const& target = e.request().target;
    if (target == "/abort") return e.abort();
    if (target == "/close") return e.close();
    if (target == "/raw") return e.write_raw("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf");
    e.start(200, {});
    e.write("some");
    e.abort();
  });
  auto outcome = [&](std::string const& path) {
    Client client;
    return failure(fetch(client, get(url_of("http", server->port(), path))));
  };
  EXPECT_THAT(outcome("/abort"), StartsWith("ConnectionLost: "));
  EXPECT_THAT(outcome("/close"), StartsWith("ConnectionLost: "));
  EXPECT_THAT(outcome("/raw"), StartsWith("ReplyTruncated: "));
  EXPECT_THAT(outcome("/stream"), StartsWith("ReplyTruncated: "));
}

/// Blocks until the token is triggered.
void wait_for_stop(std::stop_token token) {
  std::latch stopped(1);
  std::stop_callback callback(token, [&] { stopped.count_down(); });
  stopped.wait();
}

TEST(Server, StopEndsHandlersThatWait) {
  std::latch busy(3);
  auto server = serve([&](Exchange& e) {
    busy.count_down();
    wait_for_stop(e.stop_token());
    e.reply(503, {}, "stopping");
  });
  std::vector<std::thread> callers;
  for (int i = 0; i < 3; ++i)
    callers.emplace_back([&] {
      Client client;
      auto reply = fetch(client, get(url_of("http", server->port())));
      ASSERT_TRUE(reply) << failure(reply);
      EXPECT_EQ(reply->status, 503);
    });
  busy.wait();
  server->stop();
  for (auto& caller : callers) caller.join();
  server->stop();
}

TEST(Server, StopEndsIdleConnections) {
  auto server = serve(echo);
  auto peer = RawPeer::connect(server->port());
  peer.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
  peer.hear();
  server->stop();
  EXPECT_EQ(peer.hear_all(), "");
}

TEST(Server, AHandlerLearnsThatItsPeerHasGone) {
  std::latch busy(1), noticed(1);
  auto server = serve([&](Exchange& e) {
    busy.count_down();
    wait_for_stop(e.stop_token());
    noticed.count_down();
  });
  {
    auto peer = RawPeer::connect(server->port());
    peer.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    busy.wait();
  }
  noticed.wait();
}

TEST(Server, WriteSaysThatThePeerHasGone) {
  std::latch gone(1), noticed(1);
  auto server = serve([&](Exchange& e) {
    e.start(200, {});
    gone.wait();
    std::string piece(100'000, 'x');
    while (e.write(piece)) {
    }
    noticed.count_down();
  });
  {
    auto peer = RawPeer::connect(server->port());
    peer.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    peer.hear();
    peer.reset();
  }
  gone.count_down();
  noticed.wait();
}

TEST(Server, ServesFiftyConnectionsAtOnce) {
  std::latch all_here(50);
  auto server = serve([&](Exchange& e) {
    all_here.arrive_and_wait();
    e.reply(200, {}, e.request().body);
  });
  std::vector<std::thread> threads;
  for (int i = 0; i < 50; ++i)
    threads.emplace_back([&, i] {
      Client client;
      auto reply = fetch(client, post(url_of("http", server->port()), std::to_string(i)));
      ASSERT_TRUE(reply) << failure(reply);
      EXPECT_EQ(reply->body, std::to_string(i));
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(server->counters().connections, 50u);
}

TEST(Server, SaysWhyItCannotListen) {
  auto first = serve(echo);
  ServerOptions options;
  options.port = first->port();
  EXPECT_THAT(failure(Server::start(options, echo)),
              testing::AllOf(StartsWith("Io: "), HasSubstr(std::to_string(first->port()))));
  options.address = "example.com";
  EXPECT_THAT(failure(Server::start(options, echo)), testing::AllOf(StartsWith("Io: "), HasSubstr("example.com")));
}

TEST(Server, RefusesAKeyThatIsNotTheCertificates) {
  auto ca = *sandbox::CertificateAuthority::create("test CA");
  ServerOptions options;
  options.tls = ServerTls{ca.issue({"a"})->certificate_pem, ca.issue({"a"})->key_pem};
  EXPECT_THAT(failure(Server::start(options, echo)), StartsWith("TlsFailed: "));
  options.tls = ServerTls{"nonsense", ca.issue({"a"})->key_pem};
  EXPECT_THAT(failure(Server::start(options, echo)), StartsWith("TlsFailed: "));
  options.tls = ServerTls{ca.issue({"a"})->certificate_pem, "nonsense"};
  EXPECT_THAT(failure(Server::start(options, echo)), StartsWith("TlsFailed: "));
}

}  // namespace
}  // namespace keks::net::test
