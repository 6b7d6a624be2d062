#pragma once

#include <keks/net/server.hpp>

#include "net/connection.hpp"

namespace keks::net {

/// A server's view of one exchange on one connection.
class ServedExchange final : public Exchange {
 public:
  /// How the connection goes on after the exchange.
  enum class After : std::uint8_t { KeepAlive, Close, Reset };

  /// `io` bounds each write. The connection must outlive this object.
  ServedExchange(Connection& connection, Head head, std::string body, bool keep_alive, std::stop_token stop,
                 std::function<Deadline()> io);

  ServerRequest const& request() const override { return request_; }
  std::stop_token stop_token() const override { return stop_; }
  void reply(int status, Headers headers, std::string_view body) override;
  void start(int status, Headers headers) override;
  bool write(std::string_view bytes) override;
  void finish() override;
  void abort() override;
  void close() override;
  void write_raw(std::string_view bytes) override;

  /// Ends what the handler left open, and says how the connection goes on.
  After conclude();

 private:
  enum class Stage : std::uint8_t { Fresh, Streaming, Done };
  bool send(std::string_view bytes);
  void heed(Headers const& headers);
  bool is_bodyless(int status) const;

  Connection& connection_;
  ServerRequest request_;
  int version_;
  std::stop_token stop_;
  std::function<Deadline()> io_;
  Stage stage_ = Stage::Fresh;
  After after_;
  bool discards_body_ = false, peer_gone_ = false;
};

}  // namespace keks::net
