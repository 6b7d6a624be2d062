#pragma once

#include <keks/base/deadline.hpp>
#include <keks/base/result.hpp>
#include <keks/net/url.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keks::net {

/// HTTP fields in the order they were added; names compare without case.
class Headers {
 public:
  using Field = std::pair<std::string, std::string>;
  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  /// The first field of that name, or an empty view: absent and empty are alike.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const;
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string name, std::string value);  ///< replaces every field of that name
  void remove(std::string_view name);
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }
  std::size_t size() const { return fields_.size(); }

 private:
  std::vector<Field> fields_;
};

bool iequals(std::string_view a, std::string_view b);  ///< ASCII, without case

/// One request. `Host`, `Content-Length`, `Connection` and `User-Agent` are the transport's to write.
/// *Errors of sending:* a field name or value that HTTP does not allow is `InvalidArgument` and nothing is sent.
struct Request {
  std::string method = "GET";
  Url url;
  Headers headers;
  std::string body;
  /// The request may go out a second time when a kept connection turns out dead before a byte of the reply came.
  /// True for the calls that change nothing twice; unset means: by the method (GET, HEAD, PUT, DELETE, OPTIONS).
  enum class Replay { ByMethod, Yes, No } replay = Replay::ByMethod;
};

/// A reply's body, pulled piece by piece. Nothing is collected unless the caller collects it.
///
/// Destroying a body that was not read to its end closes its connection (or reads on, when little is left).
/// *Threads:* one at a time.
class Body {
 public:
  virtual ~Body() = default;
  /// The next bytes, at most 64 KiB; empty at the end. *Lifetime:* the view holds until the next call.
  /// *Errors:* `ReplyTruncated`, `ReplyMalformed`, `DeadlineExceeded`, `Cancelled`.
  virtual Result<std::string_view> read(Deadline const& deadline) = 0;
};

/// A reply: what came before the body, and the body still to be read. Any status is a reply; only the absence of
/// one is an error of the transport.
struct Response {
  int status = 0;
  Headers headers;
  std::unique_ptr<Body> body;
};

/// Reads the rest of the body. *Errors:* those of `Body::read`; `ReplyTooLarge` beyond `limit` bytes.
Result<std::string> collect(Response& response, std::size_t limit, Deadline const& deadline);

/// A response with its body in memory: for fakes and for replies made up locally.
Response make_response(int status, Headers headers, std::string body);

}  // namespace keks::net
