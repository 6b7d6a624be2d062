#include "net/reply.hpp"

#include "scripted.hpp"
#include "support.hpp"

namespace keks::net::test {
namespace {

/// Cannot write before it has read, as TLS may be, on a socket that has room for bytes.
class WantsToRead final : public Stream {
 public:
  WantsToRead(Fd fd, int& writes) : Stream(std::move(fd)), writes_(writes) {}
  Attempt read(std::span<char>) override { return {Attempt::WantRead, 0, {}}; }
  Attempt write(std::string_view) override { return ++writes_, Attempt{Attempt::WantRead, 0, {}}; }
  void end() override {}

 private:
  int& writes_;
};

TEST(Call, WaitsForWhatTheWriteWantsAndDoesNotSpin) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()), 0);
  Fd ours(ends[0]), theirs(ends[1]);
  int writes = 0;
  auto stream = std::make_unique<WantsToRead>(std::move(ours), writes);
  Call call(std::make_unique<Connection>(std::move(stream), "peer"), reply_reader(false, {}));
  auto sent = call.run("GET / HTTP/1.1\r\n\r\n", "", Deadline::after(std::chrono::milliseconds(10)));
  EXPECT_EQ(sent.error().code(), Code::DeadlineExceeded);
  EXPECT_EQ(writes, 1);
}

TEST(Buffer, WipesWhatItHeld) {
  Buffer buffer;
  auto room = buffer.room();
  std::string_view const secret = "canary";
  secret.copy(room.data(), secret.size());
  buffer.filled(secret.size());
  buffer.used(secret.size());
  buffer.wipe();
  EXPECT_EQ(std::string_view(room.data(), secret.size()), std::string(secret.size(), '\0'));
  EXPECT_TRUE(buffer.bytes().empty());
}

}  // namespace
}  // namespace keks::net::test
