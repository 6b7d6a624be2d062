#pragma once

#include <keks/base/result.hpp>
#include <keks/net/message.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace keks::net {

/// A request as a server sees it: `target` is path and query as sent, the body is whole.
struct ServerRequest {
  std::string method, target;
  Headers headers;
  std::string body;
  std::string path() const { return target.substr(0, target.find('?')); }
  std::string query() const {
    auto q = target.find('?');
    return q == std::string::npos ? std::string() : target.substr(q + 1);
  }
};

/// One request and its reply, in the handler's hands. Either `reply()`, or `start()`, `write()`..., `finish()`; or
/// one of the ways to misbehave that tests need.
/// *Threads:* the handler's thread only, except `stop_token()`.
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual ServerRequest const& request() const = 0;
  /// Triggered when the server stops or the peer has closed its side.
  virtual std::stop_token stop_token() const = 0;

  virtual void reply(int status, Headers headers, std::string_view body) = 0;
  /// Begins a chunked reply. `write` returns false when the peer has gone.
  virtual void start(int status, Headers headers) = 0;
  virtual bool write(std::string_view bytes) = 0;
  virtual void finish() = 0;

  virtual void abort() = 0;                            ///< closes with a TCP reset
  virtual void close() = 0;                            ///< closes cleanly after what was written
  virtual void write_raw(std::string_view bytes) = 0;  ///< bytes as they are, HTTP or not
};

using Handler = std::function<void(Exchange&)>;

struct ServerTls {
  std::string certificate_pem;  ///< leaf first, then its chain
  std::string key_pem;
};

struct ServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one
  std::optional<ServerTls> tls;
  std::size_t max_head = 64 * 1024;                ///< beyond: 431
  std::size_t max_body = 8 * 1024 * 1024;          ///< beyond: 413
  std::size_t max_connections = 256;               ///< beyond: accepted and closed
  std::chrono::milliseconds head_timeout{30'000};  ///< for the request to arrive; a kept connection may idle as long
};

/// Exact once no exchange is under way.
struct ServerCounters {
  std::uint64_t connections = 0, handshakes = 0, requests = 0;
};

/// An HTTP/1.1 server with one thread a connection, one of two parts of keks that start threads (the other is
/// `lambda::RuntimeOptions::on_terminate`). TCP_NODELAY is set; head and body leave in one write. Malformed requests
/// get 400 and the connection is closed. *Threads:* all members may be called from any thread; the handler runs in many
/// at once. *Lifetime:* the destructor stops and joins; handlers that wait must watch `Exchange::stop_token`.
class Server {
 public:
  /// *Errors:* `Io` (the address is taken or not ours), `TlsFailed` (certificate or key).
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Handler handler);
  ~Server();

  std::uint16_t port() const;
  std::string const& address() const;
  ServerCounters counters() const;
  /// What a load balancer does to kept connections; one with an exchange under way is closed after it.
  void close_idle_connections();
  void stop();

 private:
  struct Impl;
  explicit Server(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace keks::net
