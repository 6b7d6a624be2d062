#include "net/reply.hpp"

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::net {
namespace {

Error malformed(std::string const& host, std::string const& why) {
  return Error(
             Code::ReplyMalformed,
             format("{} sent a reply that breaks HTTP: {}; check the port, and whether it is http or https", host, why))
      .with_host(host);
}

Error truncated(std::string const& host, std::string_view where, std::string const& why) {
  return Error(Code::ReplyTruncated, format("{} broke off in the middle of the reply's {}{}{}; try again", host, where,
                                            why.empty() ? "" : ": ", why))
      .with_host(host);
}

Error fault_error(Fault const& fault, std::string const& host, std::string_view where) {
  return fault.kind == Fault::Truncated ? truncated(host, where, {}) : malformed(host, fault.why);
}

/// The rest of a reply, read from its connection as the caller pulls.
class ReplyBody final : public Body {
 public:
  ReplyBody(std::unique_ptr<Connection> connection, std::unique_ptr<MessageReader> reader, bool reusable)
      : connection_(std::move(connection)), reader_(std::move(reader)), reusable_(reusable) {}
  ~ReplyBody() override {
    if (connection_ && drain()) release();
  }
  void return_to(std::weak_ptr<Pool> pool, std::string origin) {
    pool_ = std::move(pool);
    origin_ = std::move(origin);
  }

  Result<std::string_view> read(Deadline const& deadline) override {
    if (failure_) return fail(*failure_);
    auto piece = next(deadline);
    // A wait that was called off can be taken up again; anything else has ended the stream.
    if (!piece && piece.error().code() != Code::DeadlineExceeded && piece.error().code() != Code::Cancelled) {
      failure_ = piece.error();
      connection_.reset();
    }
    return piece;
  }

 private:
  Result<std::string_view> next(Deadline const& deadline) {
    for (;;) {
      if (!connection_ || reader_->done()) return release(), std::string_view();
      auto found = connection_->feed(*reader_);
      if (!found) return fail(fault_error(found.error(), connection_->peer(), "body"));
      if (!reader_->piece().empty()) return reader_->piece();
      if (*found) continue;
      KEKS_TRY(auto attempt, connection_->fill(deadline, "the rest of the reply from"));
      if (attempt.kind != Attempt::Done) KEKS_CHECK(end(attempt));
    }
  }

  Result<void> end(Attempt const& attempt) {
    if (attempt.kind == Attempt::Failed) return fail(truncated(connection_->peer(), "body", attempt.why));
    reusable_ = false;
    if (auto ended = reader_->end(); !ended) return fail(fault_error(ended.error(), connection_->peer(), "body"));
    return {};
  }

  /// Reads what little is left without waiting. True when the reply is complete.
  bool drain() {
    constexpr std::size_t most = 16 * 1024;
    for (std::size_t read = 0; !reader_->done();) {
      auto found = connection_->feed(*reader_);
      if (!found) return false;
      if (*found) continue;
      auto attempt = connection_->fill_now();
      read += attempt.size;
      if (attempt.kind != Attempt::Done || read > most) return false;
    }
    return true;
  }

  void release() {
    auto connection = std::move(connection_);
    auto pool = pool_.lock();
    if (!connection || !pool || !reusable_ || !reader_->keep_alive()) return;
    connection->was_used = true;
    pool->put(origin_, std::move(connection));
  }

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<MessageReader> reader_;
  bool reusable_;
  std::weak_ptr<Pool> pool_;
  std::string origin_;
  std::optional<Error> failure_;
};

}  // namespace

Result<void> Call::take(Attempt const& attempt) {
  auto const& host = connection_->peer();
  if (attempt.kind != Attempt::Done) {
    if (got_some_) return fail(truncated(host, "head", attempt.why));
    auto how = attempt.why.empty() ? "it was closed" : attempt.why;
    return fail(
        Error(Code::ConnectionLost,
              format("the connection to {} broke before a reply came: {}; try again if the call may be made twice",
                     host, how))
            .with_host(host));
  }
  got_some_ = true;
  auto fed = connection_->feed(*reader_);
  if (!fed) return fail(fault_error(fed.error(), host, "head"));
  return {};
}

Result<void> Call::write_or_listen(std::string_view& bytes, Deadline const& deadline) {
  auto attempt = connection_->stream().write(bytes);
  if (attempt.kind == Attempt::Done) return bytes.remove_prefix(attempt.size), Result<void>();
  // The peer may have replied before it closed.
  sending_failed_ = !attempt.waits();
  if (sending_failed_) return {};
  auto events = static_cast<short>(attempt.events() | POLLIN);
  KEKS_CHECK(wait_for(connection_->stream().fd(), events, deadline, {"room to send to", connection_->peer()}));
  auto heard = connection_->fill_now();
  return heard.waits() ? Result<void>() : take(heard);
}

Result<void> Call::send(std::string_view bytes, Deadline const& deadline) {
  while (!bytes.empty() && !sending_failed_ && !reader_->has_head()) {
    KEKS_CHECK(check(deadline, {"room to send to", connection_->peer()}));
    KEKS_CHECK(write_or_listen(bytes, deadline));
  }
  sent_all_ = bytes.empty();
  return {};
}

Result<void> Call::run(std::string_view head, std::string_view body, Deadline const& deadline) {
  // One segment, and one TLS record, for what is small.
  constexpr std::size_t small = 16 * 1024;
  std::string joined(head);
  bool join = head.size() + body.size() <= small;
  if (join) joined += body;
  KEKS_CHECK(send(joined, deadline));
  if (!join) KEKS_CHECK(send(body, deadline));
  while (!reader_->has_head()) {
    KEKS_TRY(auto attempt, connection_->fill(deadline, "the reply head from"));
    KEKS_CHECK(take(attempt));
  }
  return {};
}

Response Call::response(std::weak_ptr<Pool> pool, std::string origin) && {
  Response response{reader_->head().status, std::move(reader_->head().headers), nullptr};
  auto body = std::make_unique<ReplyBody>(std::move(connection_), std::move(reader_), sent_all_);
  body->return_to(std::move(pool), std::move(origin));
  response.body = std::move(body);
  return response;
}

}  // namespace keks::net
