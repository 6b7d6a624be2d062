#pragma once

#include <keks/net/message.hpp>

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace keks::net {

/// Why bytes are no HTTP message that is taken.
struct Fault {
  enum Kind : std::uint8_t { Malformed, HeadTooLarge, Truncated } kind;
  std::string why;
};

struct HeadLimits {
  std::size_t bytes = 64 * 1024;
  std::size_t fields = 256;
};

/// The head of a message of either kind.
struct Head {
  int status = 0;              ///< replies
  std::string method, target;  ///< requests
  int version = 11;            ///< 10 or 11
  Headers headers;
};

/// Reads one HTTP/1.x message from bytes as they come. It does no I/O.
class MessageReader {
 public:
  virtual ~MessageReader() = default;

  /// Uses bytes from the front of `bytes` (not empty) and says how many; 0 when it needs more than these.
  /// Once the head is in, each call finds at most one piece of the body. Must not be called when `done()`.
  virtual std::expected<std::size_t, Fault> feed(std::string_view bytes) = 0;
  /// The stream has ended. A fault when the message has not.
  virtual std::expected<void, Fault> end() = 0;

  virtual bool has_head() const = 0;
  virtual bool done() const = 0;
  /// Another message may follow on the same connection. Needs the head.
  virtual bool keep_alive() const = 0;

  Head& head() { return head_; }
  Head const& head() const { return head_; }
  /// The body bytes that the last `feed` found, in the memory it was given.
  std::string_view piece() const { return piece_; }
  void forget_piece() { piece_ = {}; }

 protected:
  Head head_;
  std::string_view piece_;
};

/// Interim replies (1xx but 101) are skipped. A reply to HEAD has no body.
std::unique_ptr<MessageReader> reply_reader(bool to_head, HeadLimits limits);
std::unique_ptr<MessageReader> request_reader(HeadLimits limits);

/// A request's head. *Errors:* `InvalidArgument` for what HTTP does not allow.
Result<std::string> request_head(Request const& request, std::string_view user_agent);

/// How a reply's body ends.
struct Framing {
  enum Kind : std::uint8_t { Length, Chunked, UntilClose, None } kind = Length;
  std::size_t length = 0;
};
/// A reply's head, with `Date` and the fields that frame the body; the caller's own framing fields are dropped.
/// Values are cut at the first control character.
std::string reply_head(int status, Headers const& headers, Framing framing, bool keep_alive);
/// `bytes` as one chunk.
std::string chunk(std::string_view bytes);
std::string_view status_text(int status);

}  // namespace keks::net
