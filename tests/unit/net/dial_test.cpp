#include "net/dial.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "scripted.hpp"
#include "support.hpp"

namespace keks::net::test {
namespace {

TEST(TellsMore, ATimeOutThanTheRest) {
  EXPECT_TRUE(tells_more(Code::ConnectTimedOut, Code::ConnectFailed));
  EXPECT_TRUE(tells_more(Code::ConnectTimedOut, Code::Io));
  EXPECT_FALSE(tells_more(Code::ConnectFailed, Code::ConnectTimedOut));
}

TEST(TellsMore, OurOwnTroubleThanNothing) {
  EXPECT_TRUE(tells_more(Code::ConnectFailed, Code::Io));
  EXPECT_FALSE(tells_more(Code::Io, Code::ConnectFailed));
}

TEST(TellsMore, NoneOfEqualsSoThatTheBetterAddressSpeaks) {
  EXPECT_FALSE(tells_more(Code::ConnectFailed, Code::ConnectFailed));
}

TEST(Dial, AFamilyThatThisMachineDoesNotHaveIsAConnectThatFailed) {
  auto address = *Address::numeric("127.0.0.1", 1);
  address.storage.ss_family = AF_MAX;
  auto fd = connect_any({address}, "example.com", std::chrono::seconds(5), soon());
  EXPECT_EQ(fd.error().code(), Code::ConnectFailed) << fd.error().message();
}

TEST(Dial, EndsConnectionsWhosePeerAcknowledgesNothing) {
  ScriptedServer server([](RawPeer& peer) { peer.hear_all(); });
  auto fd = connect_any({*Address::numeric("127.0.0.1", server.port())}, "127.0.0.1", std::chrono::seconds(5), soon());
  ASSERT_TRUE(fd) << failure(fd);
  unsigned int limit = 0;
  socklen_t size = sizeof limit;
  getsockopt(fd->get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, &size);
  EXPECT_EQ(limit, 5'000U);
}

}  // namespace
}  // namespace keks::net::test
