#pragma once

#include <keks/net/server.hpp>

#include <mutex>

#include "net/connection.hpp"
#include "net/tls.hpp"

namespace keks::net {

/// One connection as the server's threads share it: whether it idles, whether its peer is still there.
/// *Threads:* safe.
class Guest {
 public:
  explicit Guest(int fd) : fd_(fd) {}

  void idle();
  void awake();
  /// The token of a new exchange; triggered already when the peer has gone or the server stops.
  std::stop_token begin();
  /// The descriptor is about to be closed.
  void leave();

  void peer_gone() { call_off(); }
  /// At once, or as soon as the exchange under way is over: a peer that has its reply must not see a difference.
  void close_when_idle();
  void stop() { call_off(); }

 private:
  void call_off();
  /// Marks the guest as called off. Returns the source of the exchange under way.
  std::stop_source take_off();

  std::mutex mutex_;
  int fd_;
  bool idle_ = false, called_off_ = false, unwanted_ = false;
  std::stop_source exchange_;
};

/// What every connection of a server works with.
struct Service {
  ServerOptions options;
  Handler handler;
  std::shared_ptr<ServerTlsContext> tls;
  std::stop_source stopping;
  std::atomic<std::uint64_t> connections{0}, handshakes{0}, requests{0};

  Deadline patience() const { return Deadline::after(options.head_timeout).with_stop(stopping.get_token()); }
};

/// Serves one accepted connection until it ends.
void serve(Service& service, Guest& guest, Fd fd, std::string peer);

}  // namespace keks::net
