#pragma once

#include <keks/net/client.hpp>
#include <keks/net/server.hpp>

#include <memory>

#include "net/stream.hpp"

namespace keks::net {

/// Whom a handshake is with, and how long it may take.
struct Peer {
  std::string host;
  std::uint16_t port = 0;
  std::chrono::milliseconds timeout{0};
};

/// What the TLS connections of one client share: the context, the trust anchors, and sessions to resume.
/// *Threads:* safe to share. Streams keep what they need of it alive.
class ClientTls {
 public:
  /// *Errors:* `CaNotPem`, `TlsFailed`.
  static Result<std::shared_ptr<ClientTls>> make(Trust const& trust);
  virtual ~ClientTls() = default;

  /// Makes a TLS stream of a connected socket.
  /// *Errors:* `TlsUntrusted`, `TlsWrongName`, `TlsFailed`, `ConnectTimedOut` (after `peer.timeout`),
  /// `DeadlineExceeded`, `Cancelled`.
  virtual Result<std::unique_ptr<Stream>> handshake(Fd fd, Peer const& peer, Deadline const& deadline) = 0;
};

/// The same for a server. *Threads:* safe to share.
class ServerTlsContext {
 public:
  /// *Errors:* `TlsFailed`, naming certificate or key.
  static Result<std::shared_ptr<ServerTlsContext>> make(ServerTls const& tls);
  virtual ~ServerTlsContext() = default;

  /// *Errors:* `TlsFailed`, `DeadlineExceeded`, `Cancelled`.
  virtual Result<std::unique_ptr<Stream>> accept(Fd fd, std::string const& peer, Deadline const& deadline) = 0;
};

}  // namespace keks::net
