#include <gmock/gmock.h>

#include <atomic>

#include "net/dial.hpp"
#include "scripted.hpp"
#include "support.hpp"

namespace keks::net::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

/// A DNS server on loopback that gives every question the same answer.
class NameServer {
 public:
  enum Answer { Addresses, NoSuchName, Failure, Silence };

  explicit NameServer(Answer answer) : socket_(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)), answer_(answer) {
    auto any = *Address::numeric("127.0.0.1", 0);
    bind(socket_.get(), any.get(), any.size);
    any.size = sizeof any.storage;
    getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&any.storage), &any.size);
    port_ = any.port();
    thread_ = std::thread([this] { run(); });
  }
  ~NameServer() {
    over_.signal();
    thread_.join();
  }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

 private:
  void run() {
    PollSet set;
    set.add(socket_.get(), POLLIN);
    set.add(over_.fd(), POLLIN);
    while (set.wait(Deadline::never()) == Wake::Ready && set.ready(1) == 0) reply();
  }

  void reply() {
    char question[512];
    Address from;
    from.size = sizeof from.storage;
    auto size =
        recvfrom(socket_.get(), question, sizeof question, 0, reinterpret_cast<sockaddr*>(&from.storage), &from.size);
    if (size < 17 || answer_ == Silence) return;
    auto bytes = answered(std::string(question, static_cast<std::size_t>(size)));
    sendto(socket_.get(), bytes.data(), bytes.size(), 0, from.get(), from.size);
  }

  /// The question with the response bit and a code, and for A questions one record.
  std::string answered(std::string bytes) const {
    auto end = bytes.find('\0', 12) + 5;
    bool wants_v4 = bytes[end - 3] == 1;
    bytes.resize(end);
    bytes[2] = static_cast<char>(0x81);
    bytes[3] = static_cast<char>(0x80 | (answer_ == NoSuchName ? 3 : answer_ == Failure ? 2 : 0));
    bytes[10] = bytes[11] = 0;
    if (answer_ != Addresses || !wants_v4) return bytes;
    bytes[7] = 1;
    return bytes + std::string("\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\x7f\0\0\2", 16);
  }

  Fd socket_;
  Answer answer_;
  Event over_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

std::vector<std::string> ips(Result<std::vector<Address>> const& addresses) {
  std::vector<std::string> all;
  if (!addresses) return {failure(addresses)};
  for (auto const& address : *addresses) all.push_back(address.ip() + "/" + std::to_string(address.port()));
  return all;
}

Result<std::vector<Address>> ask(NameServer const& server, Deadline const& deadline = soon(),
                                 std::chrono::milliseconds timeout = std::chrono::seconds(10)) {
  return resolve("host.example", 443, timeout, deadline, server.address());
}

TEST(Names, DigitsNeedNoServer) {
  auto nobody = std::chrono::milliseconds(0);
  EXPECT_THAT(ips(resolve("192.0.2.1", 80, nobody, soon())), ElementsAre("192.0.2.1/80"));
  EXPECT_THAT(ips(resolve("2001:db8::1", 80, nobody, soon())), ElementsAre("2001:db8::1/80"));
}

TEST(Names, LocalhostNeedsNeitherFileNorServer) {
  EXPECT_THAT(ips(resolve("localhost", 80, {}, soon())), ElementsAre("127.0.0.1/80", "::1/80"));
  EXPECT_THAT(ips(resolve("sts.localhost", 80, {}, soon())), ElementsAre("127.0.0.1/80", "::1/80"));
}

TEST(Names, AreAskedOfTheServer) {
  NameServer server(NameServer::Addresses);
  EXPECT_THAT(ips(ask(server)), ElementsAre("127.0.0.2/443"));
}

TEST(Names, ThatDoNotExistAreSaidToBeSo) {
  NameServer server(NameServer::NoSuchName);
  EXPECT_THAT(failure(ask(server)), AllOf(StartsWith("NameNotResolved: cannot resolve host.example: "),
                                          HasSubstr("check the name and the DNS server")));
}

TEST(Names, AServerThatFailsIsNotWaitedForLong) {
  NameServer server(NameServer::Failure);
  EXPECT_THAT(failure(ask(server)), StartsWith("NameNotResolved: "));
}

TEST(Names, ASilentServerEndsWithTheTimeout) {
  NameServer server(NameServer::Silence);
  EXPECT_THAT(failure(ask(server, soon(), std::chrono::milliseconds(20))),
              AllOf(StartsWith("NameNotResolved: "), HasSubstr("no DNS server answered in 20 ms")));
}

TEST(Names, ASilentServerEndsWithTheCallsDeadline) {
  NameServer server(NameServer::Silence);
  EXPECT_THAT(failure(ask(server, Deadline::after(std::chrono::milliseconds(20)))),
              AllOf(StartsWith("DeadlineExceeded: "), HasSubstr("the address of host.example")));
}

TEST(Names, ALookupCanBeCalledOff) {
  NameServer server(NameServer::Silence);
  std::stop_source stop;
  std::thread caller([&] { stop.request_stop(); });
  EXPECT_THAT(failure(ask(server, Deadline::never().with_stop(stop.get_token()))), StartsWith("Cancelled: "));
  caller.join();
}

TEST(Names, ThatNoServerCouldKnowAreErrorsOfTheClient) {
  Client client;
  auto response = client.send(get(url_of("http", 80, "/", std::string(70, 'x') + ".example")), soon());
  EXPECT_THAT(failure(response), StartsWith("NameNotResolved: "));
}

}  // namespace
}  // namespace keks::net::test
