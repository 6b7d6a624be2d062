#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "net/socket.hpp"

namespace keks::net::test {

/// The raw end of a TCP connection, for peers that need not speak HTTP.
class RawPeer {
 public:
  explicit RawPeer(Fd fd) : fd_(std::move(fd)) {
    // A test that waits longer has failed already.
    timeval limit{20, 0};
    setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd_.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  }
  static RawPeer connect(std::uint16_t port) {
    auto address = *Address::numeric("127.0.0.1", port);
    Fd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ::connect(fd.get(), address.get(), address.size);
    return RawPeer(std::move(fd));
  }

  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      auto sent = send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Everything up to and with `end`, or up to the end of the stream.
  std::string hear(std::string_view end = "\r\n\r\n") {
    std::string heard;
    char c = 0;
    while (!heard.ends_with(end) && recv(fd_.get(), &c, 1, 0) == 1) heard += c;
    return heard;
  }
  std::string hear_all() {
    std::string heard, piece(64 * 1024, '\0');
    for (ssize_t size = 1; size > 0; heard.append(piece, 0, static_cast<std::size_t>(std::max<ssize_t>(size, 0))))
      size = recv(fd_.get(), piece.data(), piece.size(), 0);
    return heard;
  }
  void end() { shutdown(fd_.get(), SHUT_WR); }
  void reset() {
    reset_on_close(fd_.get());
    fd_ = Fd();
  }

 private:
  Fd fd_;
};

/// Listens on loopback and plays one script a connection, in order; later connections are closed at once.
class ScriptedServer {
 public:
  using Script = std::function<void(RawPeer&)>;

  explicit ScriptedServer(std::vector<Script> scripts) : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto any = *Address::numeric("127.0.0.1", 0);
    bind(listener_.get(), any.get(), any.size);
    listen(listener_.get(), 16);
    any.size = sizeof any.storage;
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&any.storage), &any.size);
    port_ = any.port();
    thread_ = std::thread([this, scripts = std::move(scripts)] { play(scripts); });
  }
  explicit ScriptedServer(Script script) : ScriptedServer(std::vector<Script>{std::move(script)}) {}
  ~ScriptedServer() {
    shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  std::uint16_t port() const { return port_; }

 private:
  void play(std::vector<Script> const& scripts) {
    for (std::size_t i = 0;; ++i) {
      Fd fd(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!fd) return;
      RawPeer peer(std::move(fd));
      if (i < scripts.size()) scripts[i](peer);
    }
  }

  Fd listener_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

/// A script that reads one request's head, answers with these bytes and closes.
inline ScriptedServer::Script answer(std::string bytes) {
  return [bytes = std::move(bytes)](RawPeer& peer) {
    peer.hear();
    peer.say(bytes);
  };
}

}  // namespace keks::net::test
