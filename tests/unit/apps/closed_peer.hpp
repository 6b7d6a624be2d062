#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <vector>

namespace keks {

/// A port of loopback that answers nothing: it listens, and its queue is full.
class ClosedPeer {
 public:
  ClosedPeer() {
    int listener = add();
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    bind(listener, reinterpret_cast<sockaddr const*>(&address_), sizeof address_);
    socklen_t size = sizeof address_;
    getsockname(listener, reinterpret_cast<sockaddr*>(&address_), &size);
    listen(listener, 0);
    for (int i = 0; i < 4; ++i) connect(add(), reinterpret_cast<sockaddr const*>(&address_), sizeof address_);
  }
  ~ClosedPeer() {
    for (int fd : fds_) close(fd);
  }
  ClosedPeer(ClosedPeer const&) = delete;
  ClosedPeer& operator=(ClosedPeer const&) = delete;

  std::uint16_t port() const { return ntohs(address_.sin_port); }

 private:
  int add() {
    // The listener never accepts, so whether it blocks does not matter.
    fds_.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    return fds_.back();
  }
  std::vector<int> fds_;
  sockaddr_in address_{};
};

}  // namespace keks
