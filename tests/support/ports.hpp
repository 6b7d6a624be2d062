#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <cstdint>
#include <vector>

#include "base/fd.hpp"

namespace keks::test {

/// A port of 127.0.0.1 that is ours while this lives, and refuses every connection: nobody listens there. A server may
/// take it over with `SO_REUSEADDR`, as ours do.
class RefusingPort {
 public:
  RefusingPort() : socket_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int on = 1;
    setsockopt(socket_.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    bind(socket_.get(), reinterpret_cast<sockaddr const*>(&address_), sizeof address_);
    socklen_t size = sizeof address_;
    getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address_), &size);
  }

  std::uint16_t port() const { return ntohs(address_.sin_port); }

 protected:
  Fd socket_;
  sockaddr_in address_{};
};

/// A port of 127.0.0.1 where packets vanish: it listens, and its queue of connections is full.
class BlackHole : RefusingPort {
 public:
  BlackHole() {
    listen(socket_.get(), 0);
    for (int i = 0; i < 4; ++i) {
      waiting_.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
      connect(waiting_.back().get(), reinterpret_cast<sockaddr const*>(&address_), sizeof address_);
    }
  }
  using RefusingPort::port;

 private:
  std::vector<Fd> waiting_;
};

}  // namespace keks::test
