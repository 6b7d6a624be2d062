#include <gmock/gmock.h>
#include <pthread.h>

#include "scripted.hpp"
#include "support.hpp"

namespace keks::net::test {
namespace {

using testing::StartsWith;

/// While it lives, no thread can be started: its stack would be larger than the address space.
class NoThreads {
 public:
  NoThreads() {
    pthread_getattr_default_np(&usual_);
    pthread_attr_t huge;
    pthread_attr_init(&huge);
    pthread_attr_setstacksize(&huge, std::size_t{1} << 48);
    pthread_setattr_default_np(&huge);
    pthread_attr_destroy(&huge);
  }
  NoThreads(NoThreads const&) = delete;
  NoThreads& operator=(NoThreads const&) = delete;
  ~NoThreads() {
    pthread_setattr_default_np(&usual_);
    pthread_attr_destroy(&usual_);
  }

 private:
  pthread_attr_t usual_{};
};

void echo(Exchange& exchange) { exchange.reply(200, {}, exchange.request().body); }

TEST(Server, SaysThatNoThreadIsLeftForItToStart) {
  NoThreads none;
  EXPECT_THAT(failure(Server::start({}, echo)), StartsWith("Io: cannot start a thread: "));
}

TEST(Server, DropsAConnectionThatGetsNoThreadAndGoesOn) {
  auto server = serve(echo);
  {
    NoThreads none;
    EXPECT_EQ(RawPeer::connect(server->port()).hear_all(), "");
  }
  Client client;
  auto reply = fetch(client, post(url_of("http", server->port()), "hello"));
  ASSERT_TRUE(reply) << failure(reply);
  EXPECT_EQ(reply->body, "hello");
}

}  // namespace
}  // namespace keks::net::test
