#pragma once

#include <keks/net/message.hpp>

namespace keks::net {

/// The one seam between keks and the network: tests and users put their own in.
/// *Threads:* implementations must allow concurrent calls.
class Transport {
 public:
  virtual ~Transport() = default;

  /// Sends one request and returns when the reply's head is in.
  /// *Errors:* `NameNotResolved`, `ConnectTimedOut`, `ConnectFailed`, `Tls*`, `ConnectionLost` (no byte of a reply
  /// came), `ReplyMalformed`, `ReplyTruncated` (inside the head), `DeadlineExceeded`, `Cancelled`,
  /// `InvalidArgument`. Each names the host. No redirect is followed.
  /// *Cancellation:* by the deadline and its stop token.
  virtual Result<Response> send(Request const& request, Deadline const& deadline) = 0;
};

}  // namespace keks::net
