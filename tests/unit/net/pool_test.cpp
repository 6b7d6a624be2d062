#include <gmock/gmock.h>

#include <latch>

#include "net/pool.hpp"
#include "scripted.hpp"
#include "support.hpp"

namespace keks::net::test {
namespace {

using testing::StartsWith;

std::string const kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

void echo(Exchange& exchange) { exchange.reply(200, {}, exchange.request().body); }

TEST(Pool, OneConnectionServesManyRequests) {
  auto server = serve(echo);
  Client client;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(fetch(client, get(url_of("http", server->port()))));
  EXPECT_EQ(client.counters().lookups, 1u);
  EXPECT_EQ(client.counters().dials, 1u);
  EXPECT_EQ(client.counters().requests, 3u);
  EXPECT_EQ(server->counters().connections, 1u);
  EXPECT_EQ(server->counters().requests, 3u);
}

TEST(Pool, AConnectionMadeAheadServesTheFirstRequest) {
  auto server = serve(echo);
  Client client;
  ASSERT_TRUE(client.connect(url_of("http", server->port()), soon()));
  EXPECT_EQ(client.counters().dials, 1u);
  ASSERT_TRUE(fetch(client, get(url_of("http", server->port()))));
  EXPECT_EQ(client.counters().dials, 1u);
}

TEST(Pool, AConnectionThatTheServerClosedIsNotUsedAgain) {
  // The latch holds the second request back until the first connection is closed for sure.
  std::latch closed(1);
  ScriptedServer server({[&](RawPeer& peer) {
                           peer.hear();
                           peer.say(kOk);
                           peer.reset();
                           closed.count_down();
                         },
                         answer(kOk)});
  Client client;
  ASSERT_TRUE(fetch(client, get(url_of("http", server.port()))));
  closed.wait();
  auto reply = fetch(client, post(url_of("http", server.port()), "not twice"));
  ASSERT_TRUE(reply) << failure(reply);
  EXPECT_EQ(client.counters().dials, 2u);
  EXPECT_EQ(client.counters().replays, 0u);
}

/// Serves one request, then reads a second one and dies without a word.
void dies_on_the_second(RawPeer& peer) {
  peer.hear();
  peer.say(kOk);
  peer.hear();
  peer.reset();
}

TEST(Pool, AGetOnADeadConnectionGoesOutOnceMore) {
  ScriptedServer server({dies_on_the_second, answer(kOk)});
  Client client;
  ASSERT_TRUE(fetch(client, get(url_of("http", server.port()))));
  auto reply = fetch(client, get(url_of("http", server.port())));
  ASSERT_TRUE(reply) << failure(reply);
  EXPECT_EQ(client.counters().replays, 1u);
  EXPECT_EQ(client.counters().dials, 2u);
}

TEST(Pool, ButOnlyOnce) {
  ScriptedServer server({dies_on_the_second, [](RawPeer& peer) { peer.hear(); }, answer(kOk)});
  Client client;
  ASSERT_TRUE(fetch(client, get(url_of("http", server.port()))));
  EXPECT_THAT(failure(fetch(client, get(url_of("http", server.port())))), StartsWith("ConnectionLost: "));
  EXPECT_EQ(client.counters().replays, 1u);
}

TEST(Pool, APostIsNotRepeatedUnlessAllowed) {
  auto second_post = [](Request::Replay replay) {
    ScriptedServer server({dies_on_the_second, answer(kOk)});
    Client client;
    std::ignore = fetch(client, get(url_of("http", server.port())));
    auto request = post(url_of("http", server.port()), "");
    request.replay = replay;
    return failure(fetch(client, request));
  };
  EXPECT_THAT(second_post(Request::Replay::ByMethod), StartsWith("ConnectionLost: "));
  EXPECT_THAT(second_post(Request::Replay::No), StartsWith("ConnectionLost: "));
  EXPECT_EQ(second_post(Request::Replay::Yes), "OK");
}

TEST(Pool, ANewConnectionThatDiesIsNotReplaced) {
  ScriptedServer server({[](RawPeer& peer) { peer.hear(); }, answer(kOk)});
  Client client;
  EXPECT_THAT(failure(fetch(client, get(url_of("http", server.port())))), StartsWith("ConnectionLost: "));
  EXPECT_EQ(client.counters().dials, 1u);
}

TEST(Pool, AReplyThatBreaksOffIsNotReplayed) {
  ScriptedServer server({[](RawPeer& peer) {
                           peer.hear();
                           peer.say(kOk);
                           peer.hear();
                           peer.say("HTTP/1.1 20");
                         },
                         answer(kOk)});
  Client client;
  ASSERT_TRUE(fetch(client, get(url_of("http", server.port()))));
  EXPECT_THAT(failure(fetch(client, get(url_of("http", server.port())))), StartsWith("ReplyTruncated: "));
  EXPECT_EQ(client.counters().replays, 0u);
}

TEST(Pool, AConnectionWithAnUnexpectedByteIsNotUsedAgain) {
  ScriptedServer server({[](RawPeer& peer) {
                           peer.hear();
                           peer.say(kOk + "HTTP/1.1 200 OK\r\n");
                           peer.hear_all();
                         },
                         answer(kOk)});
  Client client;
  ASSERT_TRUE(fetch(client, get(url_of("http", server.port()))));
  auto reply = fetch(client, get(url_of("http", server.port())));
  ASSERT_TRUE(reply) << failure(reply);
  EXPECT_EQ(client.counters().dials, 2u);
}

TEST(Pool, KeepsNoConnectionThatTheServerWantsClosed) {
  auto server = serve([](Exchange& e) { e.reply(200, {{"Connection", "close"}}, "x"); });
  Client client;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(fetch(client, get(url_of("http", server->port()))));
  EXPECT_EQ(client.counters().dials, 2u);
}

TEST(Pool, KeepsNoConnectionThatHasIdledTooLong) {
  auto server = serve(echo);
  ClientOptions options;
  options.keep_idle = std::chrono::milliseconds(0);
  Client client(options);
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(fetch(client, get(url_of("http", server->port()))));
  EXPECT_EQ(client.counters().dials, 2u);
}

TEST(Pool, AgesByTheClockThatHasGoneFurther) {
  using namespace std::chrono_literals;
  Moment const then{Deadline::Clock::time_point(100s), WallTime(1000s)};
  EXPECT_EQ(age(then, {then.steady + 1s, then.wall + 600s}), 600s) << "the sandbox was frozen";
  EXPECT_EQ(age(then, {then.steady + 30s, then.wall - 3600s}), 30s) << "the wall clock was set back";
}

TEST(Pool, SurvivesAServerThatClosesIdleConnections) {
  auto server = serve(echo);
  Client client;
  for (int i = 0; i < 20; ++i) {
    auto reply = fetch(client, get(url_of("http", server->port())));
    ASSERT_TRUE(reply) << failure(reply);
    server->close_idle_connections();
  }
}

TEST(Pool, ABodyThatIsDroppedNearItsEndKeepsItsConnection) {
  auto server = serve([](Exchange& e) { e.reply(200, {}, std::string(1000, 'x')); });
  Client client;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(client.send(get(url_of("http", server->port())), soon()));
  EXPECT_EQ(client.counters().dials, 1u);
}

TEST(Pool, ABodyThatIsDroppedFarFromItsEndClosesItsConnection) {
  auto server = serve([](Exchange& e) { e.reply(200, {}, std::string(4'000'000, 'x')); });
  Client client;
  for (int i = 0; i < 2; ++i) ASSERT_TRUE(client.send(get(url_of("http", server->port())), soon()));
  EXPECT_EQ(client.counters().dials, 2u);
}

TEST(Pool, KeepsAtMostAsManyConnectionsAsAllowed) {
  std::latch together(3);
  auto server = serve([&](Exchange& e) {
    if (e.request().method == "POST") together.arrive_and_wait();
    e.reply(200, {}, "");
  });
  ClientOptions options;
  options.max_idle_per_origin = 2;
  Client client(options);
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] { EXPECT_TRUE(fetch(client, post(url_of("http", server->port()), ""))); });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(client.counters().dials, 3u);
  auto a = client.send(get(url_of("http", server->port())), soon());
  auto b = client.send(get(url_of("http", server->port())), soon());
  EXPECT_EQ(client.counters().dials, 3u);
  auto c = client.send(get(url_of("http", server->port())), soon());
  EXPECT_EQ(client.counters().dials, 4u);
  EXPECT_TRUE(a && b && c);
}

TEST(Pool, ManyThreadsShareOneClient) {
  auto server = serve(echo);
  Client client;
  std::vector<std::thread> threads;
  for (int t = 0; t < 50; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 5; ++i) {
        auto text = std::to_string(t * 100 + i);
        auto reply = fetch(client, post(url_of("http", server->port()), text));
        ASSERT_TRUE(reply) << failure(reply);
        ASSERT_EQ(reply->body, text);
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(server->counters().requests, 250u);
}

}  // namespace
}  // namespace keks::net::test
