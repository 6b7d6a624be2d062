#include <gmock/gmock.h>

#include <latch>

#include "scripted.hpp"
#include "support.hpp"
#include "support/ports.hpp"

namespace keks::net::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

std::string fetch_from(ScriptedServer const& server, ClientOptions options = {}) {
  Client client(std::move(options));
  auto reply = fetch(client, get(url_of("http", server.port())));
  return reply ? std::to_string(reply->status) + " " + reply->body : failure(reply);
}

TEST(Client, PutsTogetherWhatComesInPieces) {
  ScriptedServer server([](RawPeer& peer) {
    peer.hear();
    for (std::string_view piece : {"HTTP/1.1 2", "00 OK\r\nContent-Le", "ngth: 10\r\n\r", "\nhello", "world"})
      peer.say(piece);
  });
  EXPECT_EQ(fetch_from(server), "200 helloworld");
}

TEST(Client, TakesAnyStatusAsAReply) {
  ScriptedServer server(answer("HTTP/1.1 503 Busy\r\nContent-Length: 1\r\n\r\nx"));
  EXPECT_EQ(fetch_from(server), "503 x");
}

TEST(Client, SkipsInterimReplies) {
  ScriptedServer server(answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx"));
  EXPECT_EQ(fetch_from(server), "200 x");
}

TEST(Client, ReadsABodyThatEndsWithTheConnection) {
  ScriptedServer server(answer("HTTP/1.0 200 OK\r\n\r\nto the end"));
  EXPECT_EQ(fetch_from(server), "200 to the end");
}

TEST(Client, SaysThatNoReplyCame) {
  ScriptedServer server(answer(""));
  EXPECT_THAT(fetch_from(server), AllOf(StartsWith("ConnectionLost: "), HasSubstr("127.0.0.1")));
}

TEST(Client, SaysThatTheConnectionWasReset) {
  ScriptedServer server([](RawPeer& peer) {
    peer.hear();
    peer.reset();
  });
  EXPECT_THAT(fetch_from(server), AllOf(StartsWith("ConnectionLost: "), HasSubstr("reset")));
}

TEST(Client, NoticesAHeadThatBreaksOff) {
  ScriptedServer server(answer("HTTP/1.1 200 OK\r\nContent-"));
  EXPECT_THAT(fetch_from(server), AllOf(StartsWith("ReplyTruncated: "), HasSubstr("head")));
}

TEST(Client, NoticesABodyThatBreaksOff) {
  ScriptedServer length(answer("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello"));
  EXPECT_THAT(fetch_from(length), AllOf(StartsWith("ReplyTruncated: "), HasSubstr("body")));
  ScriptedServer chunks(answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"));
  EXPECT_THAT(fetch_from(chunks), StartsWith("ReplyTruncated: "));
}

TEST(Client, NoticesAResetInABodyThatEndsWithTheConnection) {
  std::latch read(1);
  ScriptedServer server([&](RawPeer& peer) {
    peer.hear();
    peer.say("HTTP/1.1 200 OK\r\n\r\nhello");
    read.wait();
    peer.reset();
  });
  Client client;
  auto response = client.send(get(url_of("http", server.port())), soon());
  ASSERT_TRUE(response) << failure(response);
  EXPECT_EQ(*response->body->read(soon()), "hello");
  read.count_down();
  EXPECT_THAT(failure(response->body->read(soon())), AllOf(StartsWith("ReplyTruncated: "), HasSubstr("reset")));
  EXPECT_THAT(failure(response->body->read(soon())), StartsWith("ReplyTruncated: "));
}

TEST(Client, ABodyCanBeReadOnAfterADeadline) {
  std::latch read(1);
  ScriptedServer server([&](RawPeer& peer) {
    peer.hear();
    peer.say("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello");
    read.wait();
    peer.say("world");
  });
  Client client;
  auto response = client.send(get(url_of("http", server.port())), soon());
  ASSERT_TRUE(response) << failure(response);
  EXPECT_EQ(*response->body->read(soon()), "hello");
  EXPECT_THAT(failure(response->body->read(Deadline::after(std::chrono::milliseconds(10)))),
              AllOf(StartsWith("DeadlineExceeded: "), HasSubstr("the rest of the reply from 127.0.0.1")));
  read.count_down();
  EXPECT_EQ(*collect(*response, 100, soon()), "world");
}

TEST(Client, RefusesWhatIsNotHttp) {
  ScriptedServer server(answer("SSH-2.0-OpenSSH_9.2\r\n"));
  EXPECT_THAT(fetch_from(server), AllOf(StartsWith("ReplyMalformed: "), HasSubstr("127.0.0.1")));
}

TEST(Client, RefusesAHeadBeyondItsLimit) {
  ScriptedServer server(answer("HTTP/1.1 200 OK\r\nA: " + std::string(20'000, 'a') + "\r\n\r\n"));
  ClientOptions options;
  options.max_head = 16 * 1024;
  EXPECT_THAT(fetch_from(server, options), StartsWith("ReplyMalformed: "));
}

TEST(Client, TakesALargeHeadWithinItsLimit) {
  ScriptedServer server(answer("HTTP/1.1 200 OK\r\nA: " + std::string(60'000, 'a') + "\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_EQ(fetch_from(server), "200 ");
}

TEST(Client, SaysWhatItWaitedForWhenTheDeadlinePasses) {
  ScriptedServer server([](RawPeer& peer) { peer.hear_all(); });
  Client client;
  auto response = client.send(get(url_of("http", server.port())), Deadline::after(kWhile));
  EXPECT_THAT(failure(response), AllOf(StartsWith("DeadlineExceeded: "), HasSubstr("the reply head from 127.0.0.1")));
}

TEST(Client, EndsAWaitWhenItIsCalledOff) {
  std::stop_source stop;
  ScriptedServer server([&](RawPeer& peer) {
    peer.hear();
    stop.request_stop();
    peer.hear_all();
  });
  Client client;
  auto response = client.send(get(url_of("http", server.port())), Deadline::never().with_stop(stop.get_token()));
  EXPECT_THAT(failure(response), StartsWith("Cancelled: "));
}

TEST(Client, SendsNothingAfterItsDeadline) {
  ScriptedServer server(std::vector<ScriptedServer::Script>{});
  Client client;
  auto response = client.send(get(url_of("http", server.port())), Deadline::after(std::chrono::milliseconds(0)));
  EXPECT_THAT(failure(response), StartsWith("DeadlineExceeded: "));
  EXPECT_EQ(client.counters().dials, 0u);
}

TEST(Client, SendsNothingThatHttpDoesNotAllow) {
  Client client;
  auto request = get(url_of("http", 9));
  request.headers.add("A", "b\r\nC: d");
  EXPECT_THAT(failure(client.send(request, soon())), StartsWith("InvalidArgument: "));
  EXPECT_EQ(client.counters().lookups, 0u);
}

TEST(Client, ReadsAReplyThatComesBeforeAllIsSent) {
  ScriptedServer server([](RawPeer& peer) {
    peer.hear();
    peer.say("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno");
    peer.end();
    // The rest is read, slowly or not, only so that the close does not overtake the reply.
    peer.hear_all();
  });
  Client client;
  auto reply = fetch(client, post(url_of("http", server.port()), std::string(16 * 1024 * 1024, 'x')));
  ASSERT_TRUE(reply) << failure(reply);
  EXPECT_EQ(reply->status, 413);
  EXPECT_EQ(reply->body, "no");
}

TEST(Client, SendsALargeBodyWhole) {
  std::string large(8 * 1024 * 1024, 'x');
  auto server = serve([](Exchange& e) { e.reply(200, {}, std::to_string(e.request().body.size())); });
  Client client;
  auto reply = fetch(client, post(url_of("http", server->port()), large));
  ASSERT_TRUE(reply) << failure(reply);
  EXPECT_EQ(reply->body, std::to_string(large.size()));
}

TEST(Client, HasADeadlineForSendingToo) {
  std::latch over(1);
  ScriptedServer server([&](RawPeer& peer) {
    peer.hear();
    over.wait();
  });
  Client client;
  auto request = post(url_of("http", server.port()), std::string(16 * 1024 * 1024, 'x'));
  ASSERT_TRUE(client.connect(request.url, soon()));
  auto response = client.send(request, Deadline::after(kWhile));
  over.count_down();
  EXPECT_THAT(failure(response), AllOf(StartsWith("DeadlineExceeded: "), HasSubstr("room to send to")));
}

TEST(Client, ResponsesOutliveIt) {
  auto server = serve([](Exchange& e) { e.reply(200, {}, "still here"); });
  Result<Response> response = fail(Code::Io, "not sent");
  {
    Client client;
    response = client.send(get(url_of("http", server->port())), soon());
  }
  ASSERT_TRUE(response);
  EXPECT_EQ(*collect(*response, 100, soon()), "still here");
}

TEST(Client, StreamsALongBodyInPieces) {
  auto server = serve([](Exchange& e) {
    e.start(200, {});
    std::string piece(10'000, 'y');
    for (int i = 0; i < 500; ++i) e.write(piece);
    e.finish();
  });
  Client client;
  auto response = client.send(get(url_of("http", server->port())), soon());
  ASSERT_TRUE(response);
  std::size_t total = 0;
  for (;;) {
    auto piece = response->body->read(soon());
    ASSERT_TRUE(piece) << failure(piece);
    if (piece->empty()) break;
    ASSERT_LE(piece->size(), 64u * 1024);
    total += piece->size();
  }
  EXPECT_EQ(total, 5'000'000u);
}

TEST(Client, NamesThePortThatRefuses) {
  keks::test::RefusingPort refusing;
  Client client;
  auto response = client.send(get(url_of("http", refusing.port())), soon());
  EXPECT_THAT(failure(response),
              AllOf(StartsWith("ConnectFailed: "), HasSubstr("127.0.0.1:" + std::to_string(refusing.port()))));
}

TEST(Client, TriesTheNextAddress) {
  // Listens on one of the two addresses of localhost only.
  keks::test::RefusingPort four;
  ServerOptions options;
  options.address = "::1";
  options.port = four.port();
  auto server = Server::start(options, [](Exchange& e) { e.reply(200, {}, "six"); });
  if (!server) GTEST_SKIP() << "no IPv6 on this machine: " << server.error().message();
  Client client;
  auto reply = fetch(client, get(url_of("http", four.port(), "/", "localhost")));
  ASSERT_TRUE(reply) << failure(reply);
  EXPECT_EQ(reply->body, "six");
}

TEST(Client, SaysThatAConnectTimedOutAndWhatToCheck) {
  keks::test::BlackHole hole;
  ClientOptions options;
  options.connect_timeout = std::chrono::milliseconds(20);
  Client client(options);
  auto response = client.send(get(url_of("http", hole.port())), soon());
  EXPECT_THAT(failure(response), AllOf(StartsWith("ConnectTimedOut: no answer from 127.0.0.1:"),
                                       HasSubstr("private endpoint"), HasSubstr("security group")));
}

TEST(Client, SaysTheSameWhenTheCallsDeadlineEndsTheConnect) {
  keks::test::BlackHole hole;
  Client client;
  auto response = client.send(get(url_of("http", hole.port())), Deadline::after(kWhile));
  EXPECT_THAT(failure(response), AllOf(StartsWith("ConnectTimedOut: "), HasSubstr("private endpoint")));
}

}  // namespace
}  // namespace keks::net::test
