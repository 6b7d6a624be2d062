#include "net/exchange.hpp"

namespace keks::net {

ServedExchange::ServedExchange(Connection& connection, Head head, std::string body, bool keep_alive,
                               std::stop_token stop, std::function<Deadline()> io)
    : connection_(connection),
      request_{std::move(head.method), std::move(head.target), std::move(head.headers), std::move(body)},
      version_(head.version),
      stop_(std::move(stop)),
      io_(std::move(io)),
      after_(keep_alive ? After::KeepAlive : After::Close) {}

bool ServedExchange::send(std::string_view bytes) {
  if (peer_gone_) return false;
  auto attempt = connection_.write(bytes, io_(), "room to reply to");
  peer_gone_ = !attempt || attempt->kind != Attempt::Done;
  if (peer_gone_) after_ = After::Close;
  return !peer_gone_;
}

bool ServedExchange::is_bodyless(int status) const {
  return request_.method == "HEAD" || status == 204 || status == 304 || status < 200;
}

/// The handler may ask for the connection to end.
void ServedExchange::heed(Headers const& headers) {
  if (iequals(headers.get("Connection"), "close")) after_ = After::Close;
}

void ServedExchange::reply(int status, Headers headers, std::string_view body) {
  if (stage_ != Stage::Fresh) return;
  stage_ = Stage::Done;
  heed(headers);
  bool no_length = status == 204 || status < 200;
  Framing framing{no_length ? Framing::None : Framing::Length, body.size()};
  auto bytes = reply_head(status, headers, framing, after_ == After::KeepAlive);
  if (!is_bodyless(status)) bytes += body;
  send(bytes);
}

void ServedExchange::start(int status, Headers headers) {
  if (stage_ != Stage::Fresh) return;
  stage_ = Stage::Streaming;
  heed(headers);
  discards_body_ = is_bodyless(status);
  auto kind = discards_body_ ? Framing::None : version_ == 10 ? Framing::UntilClose : Framing::Chunked;
  if (kind == Framing::UntilClose) after_ = After::Close;
  send(reply_head(status, headers, {kind, 0}, after_ == After::KeepAlive));
}

bool ServedExchange::write(std::string_view bytes) {
  if (stage_ != Stage::Streaming) return false;
  // An empty chunk would end the body.
  if (bytes.empty() || discards_body_) return !peer_gone_;
  return version_ == 10 ? send(bytes) : send(chunk(bytes));
}

void ServedExchange::finish() {
  if (stage_ != Stage::Streaming) return;
  stage_ = Stage::Done;
  if (version_ != 10 && !discards_body_) send("0\r\n\r\n");
}

void ServedExchange::abort() {
  stage_ = Stage::Done;
  after_ = After::Reset;
}

void ServedExchange::close() {
  stage_ = Stage::Done;
  after_ = After::Close;
}

void ServedExchange::write_raw(std::string_view bytes) {
  // Nobody knows what was promised to the peer.
  if (stage_ == Stage::Fresh) close();
  send(bytes);
}

ServedExchange::After ServedExchange::conclude() {
  if (stage_ == Stage::Fresh) reply(500, {{"Content-Type", "text/plain"}}, "the handler gave no reply\n");
  // A body without its end must look like one.
  if (stage_ == Stage::Streaming) after_ = After::Reset;
  return after_;
}

}  // namespace keks::net
