#pragma once

#include <keks/net/transport.hpp>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

namespace keks::net {

/// Whom TLS trusts. Exactly the certificates given, never the system's bundle unless asked for by its file.
struct Trust {
  /// PEM, one or more certificates. Empty: the Amazon roots built into keks.
  std::string ca_pem;

  static Trust amazon_roots() { return {}; }
  /// *Errors:* `CaNotPem`, when the text holds no certificate or one that does not parse.
  static Result<Trust> pem(std::string text);
  /// *Errors:* `Io`, `CaNotPem`; both name the file.
  static Result<Trust> file(std::string const& path);
};

struct ClientOptions {
  Trust trust;
  std::chrono::milliseconds connect_timeout{5'000};  ///< for TCP, and again for TLS; the deadline may be nearer
  std::chrono::milliseconds keep_idle{90'000};       ///< an idle connection older than this is not used again
  std::size_t max_idle_per_origin = 4;
  std::size_t max_head = 64 * 1024;  ///< of a reply, bytes
  std::string user_agent;            ///< empty: `keks/<version>`
};

/// What a client did so far. *Threads:* exact once no call is under way.
struct ClientCounters {
  std::atomic<std::uint64_t> lookups{0}, dials{0}, handshakes{0}, requests{0}, replays{0};
};

/// HTTP/1.1 over TCP and TLS 1.2/1.3, with a pool of kept connections per origin.
///
/// Name resolution honours the deadline (c-ares), no thread is started. A kept connection that proves dead before
/// a byte of the reply came is replaced once and the request sent again (see `Request::replay`). TLS contexts and
/// trust anchors are prepared once, on first use or by `prepare()`.
/// *Threads:* safe to share. *Lifetime:* responses may outlive the client.
class Client final : public Transport {
 public:
  explicit Client(ClientOptions options = {});
  ~Client() override;
  Client(Client const&) = delete;
  Client& operator=(Client const&) = delete;

  Result<Response> send(Request const& request, Deadline const& deadline) override;

  /// Makes the TLS context now. *Errors:* `CaNotPem`, `TlsFailed`.
  Result<void> prepare();
  /// Resolves, connects, shakes hands, and keeps the connection for the next request to that origin.
  Result<void> connect(Url const& url, Deadline const& deadline);

  ClientCounters const& counters() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

/// The linked OpenSSL's version text, e.g. `OpenSSL 3.0.17 1 Jul 2025`.
std::string openssl_version();

}  // namespace keks::net
