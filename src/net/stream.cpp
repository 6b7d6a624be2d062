#include "net/stream.hpp"

#include <cerrno>

namespace keks::net {
namespace {

Attempt outcome(ssize_t moved, Attempt::Kind blocked) {
  if (moved > 0) return {Attempt::Done, static_cast<std::size_t>(moved), {}};
  if (moved == 0) return {Attempt::Closed, 0, {}};
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return {blocked, 0, {}};
  return {Attempt::Failed, 0, errno_text(errno)};
}

class PlainStream final : public Stream {
 public:
  using Stream::Stream;
  Attempt read(std::span<char> into) override {
    return outcome(recv(fd(), into.data(), into.size(), 0), Attempt::WantRead);
  }
  Attempt write(std::string_view bytes) override {
    return outcome(send(fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL), Attempt::WantWrite);
  }
  void end() override { shutdown(fd(), SHUT_WR); }
};

}  // namespace

std::unique_ptr<Stream> plain_stream(Fd fd) { return std::make_unique<PlainStream>(std::move(fd)); }

}  // namespace keks::net
