#include "net/serve.hpp"

#include <charconv>

#include "base/try.hpp"
#include "net/exchange.hpp"

namespace keks::net {

void Guest::idle() {
  std::lock_guard lock(mutex_);
  idle_ = true;
  if (unwanted_ && fd_ >= 0) shutdown(fd_, SHUT_RDWR);
}

void Guest::awake() {
  std::lock_guard lock(mutex_);
  idle_ = false;
}

std::stop_token Guest::begin() {
  std::lock_guard lock(mutex_);
  exchange_ = std::stop_source();
  if (called_off_) exchange_.request_stop();
  return exchange_.get_token();
}

void Guest::leave() {
  std::lock_guard lock(mutex_);
  fd_ = -1;
}

void Guest::close_when_idle() {
  std::lock_guard lock(mutex_);
  unwanted_ = true;
  if (idle_ && fd_ >= 0) shutdown(fd_, SHUT_RDWR);
}

std::stop_source Guest::take_off() {
  std::lock_guard lock(mutex_);
  called_off_ = true;
  return exchange_;
}

// Outside of the lock: callbacks run here.
void Guest::call_off() { take_off().request_stop(); }

namespace {

using After = ServedExchange::After;

/// Why a request is not served: the status to answer with, or none when the peer is gone.
struct Refused {
  int status = 0;
};
template <class T>
using Served = std::expected<T, Refused>;

Refused refused(Fault const& fault) { return {fault.kind == Fault::HeadTooLarge ? 431 : 400}; }

class Session {
 public:
  Session(Service& service, Guest& guest, std::unique_ptr<Stream> stream, std::string peer)
      : service_(service), guest_(guest), connection_(std::move(stream), std::move(peer)) {}

  void run() {
    After after = After::KeepAlive;
    while (after == After::KeepAlive && !service_.stopping.stop_requested()) after = serve_one();
    if (after == After::Reset) connection_.stream().abort();
  }

 private:
  After serve_one() {
    auto reader = request_reader({.bytes = service_.options.max_head});
    if (!await_first_byte()) return After::Close;
    auto body = read_request(*reader);
    if (!body) return refuse(body.error().status);
    ++service_.requests;
    ServedExchange exchange(connection_, std::move(reader->head()), std::move(*body), reader->keep_alive(),
                            guest_.begin(), [this] { return service_.patience(); });
    return handle(exchange);
  }

  After handle(ServedExchange& exchange) {
    try {
      service_.handler(exchange);
    } catch (...) {  // NOLINT(bugprone-empty-catch)
      // The handler is the user's; what it throws ends its exchange, not the server.
    }
    return exchange.conclude();
  }

  bool await_first_byte() {
    if (!connection_.buffer().bytes().empty()) return true;
    guest_.idle();
    auto attempt = connection_.fill(service_.patience(), "a request from");
    guest_.awake();
    return attempt && attempt->kind == Attempt::Done;
  }

  Served<std::string> read_request(MessageReader& reader) {
    auto deadline = service_.patience();
    std::string body;
    bool invited = false;
    while (!reader.done()) {
      auto fed = connection_.feed(reader);
      if (!fed) return std::unexpected(refused(fed.error()));
      body += reader.piece();
      if (int status = objection(reader, body.size()); status != 0) return std::unexpected(Refused{status});
      if (*fed) continue;
      if (!std::exchange(invited, reader.has_head())) invite(reader);
      auto attempt = connection_.fill(deadline, "the rest of a request from");
      if (!attempt || attempt->kind != Attempt::Done) return std::unexpected(Refused{});
    }
    return body;
  }

  /// The status that refuses the request for what is known of it so far, or 0.
  int objection(MessageReader const& reader, std::size_t body_size) const {
    if (!reader.has_head()) return 0;
    auto const& head = reader.head();
    if (head.version == 11 && !head.headers.has("Host")) return 400;
    auto length = head.headers.get("Content-Length");
    std::uint64_t announced = 0;
    std::from_chars(length.data(), length.data() + length.size(), announced);
    return std::max<std::uint64_t>(announced, body_size) > service_.options.max_body ? 413 : 0;
  }

  /// Some clients send the body only when they are told to.
  void invite(MessageReader const& reader) {
    if (!reader.has_head() || !iequals(reader.head().headers.get("Expect"), "100-continue")) return;
    std::ignore = connection_.write("HTTP/1.1 100 Continue\r\n\r\n", service_.patience(), "room to reply to");
  }

  After refuse(int status) {
    if (status == 0) return After::Close;
    auto head = reply_head(status, {{"Content-Type", "text/plain"}}, {Framing::Length, 0}, false);
    std::ignore = connection_.write(head, service_.patience(), "room to reply to");
    connection_.stream().end();
    linger();
    return After::Close;
  }

  /// Closing with bytes unread resets the connection, and the reply on its way with it.
  void linger() {
    constexpr std::size_t most = 1024 * 1024;
    auto deadline = service_.patience().at_most(std::chrono::seconds(1));
    for (std::size_t read = 0; read < most;) {
      connection_.buffer().used(connection_.buffer().bytes().size());
      auto attempt = connection_.fill(deadline, "the end of a request from");
      if (!attempt || attempt->kind != Attempt::Done) return;
      read += attempt->size;
    }
  }

  Service& service_;
  Guest& guest_;
  Connection connection_;
};

std::unique_ptr<Stream> open_stream(Service& service, Fd fd, std::string const& peer) {
  if (!service.tls) return plain_stream(std::move(fd));
  auto stream = service.tls->accept(std::move(fd), peer, service.patience());
  if (!stream) return nullptr;
  ++service.handshakes;
  return std::move(*stream);
}

}  // namespace

void serve(Service& service, Guest& guest, Fd fd, std::string peer) {
  if (auto stream = open_stream(service, std::move(fd), peer)) {
    Session session(service, guest, std::move(stream), std::move(peer));
    session.run();
    guest.leave();
  }
}

}  // namespace keks::net
