#pragma once

#include "net/connection.hpp"
#include "net/pool.hpp"

namespace keks::net {

/// One request on one connection, up to the reply's head. Bytes out, bytes in, and what went wrong.
class Call {
 public:
  Call(std::unique_ptr<Connection> connection, std::unique_ptr<MessageReader> reader)
      : connection_(std::move(connection)), reader_(std::move(reader)) {}

  /// Sends and waits for the head. A reply that begins before all is sent ends the sending.
  /// *Errors:* `ConnectionLost`, `ReplyTruncated`, `ReplyMalformed`, `DeadlineExceeded`, `Cancelled`.
  Result<void> run(std::string_view head, std::string_view body, Deadline const& deadline);

  /// The reply, with a body that goes on reading from the connection. Call it once, after `run`.
  Response response(std::weak_ptr<Pool> pool, std::string origin) &&;

 private:
  Result<void> send(std::string_view bytes, Deadline const& deadline);
  Result<void> write_or_listen(std::string_view& bytes, Deadline const& deadline);
  Result<void> take(Attempt const& attempt);

  std::unique_ptr<Connection> connection_;
  std::unique_ptr<MessageReader> reader_;
  bool got_some_ = false, sending_failed_ = false, sent_all_ = false;
};

}  // namespace keks::net
