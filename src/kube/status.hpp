#pragma once

#include <keks/base/clock.hpp>
#include <keks/base/error.hpp>
#include <keks/net/message.hpp>

#include <optional>
#include <string>

namespace keks::kube {

/// What was asked for, in words: `get`, `pods`, ` example-xxxxx in namespace default`.
struct Call {
  std::string verb;
  std::string plural;  ///< or a path
  std::string where;   ///< begins with a blank
  std::string host;
  std::string text() const { return verb + " " + plural + where; }
  std::string operation() const { return verb + " " + plural; }
};

/// A reply that is no success, with as much of its body as was read.
struct Refusal {
  int http_status;
  net::Headers headers;
  std::string body;
};

/// The server's `Status`, if `body` is one; a single member of the wrong type makes it none.
std::optional<ApiStatus> parse_status(std::string_view body);

/// What the server sent, else a Status made of the HTTP status with up to 2,048 bytes of the body as its cause
/// `UnexpectedServerResponse`.
ApiStatus api_status(Refusal const& refusal, Call const& call);

/// The refusal as an error: code by the Status's reason if it is a known one, else by its code; what failed, why and
/// what to do next as its message. `advice`: what `TokenSource::advice` says. `now`: to judge the `Date` header.
Error to_error(Refusal const& refusal, Call const& call, std::string const& advice, WallTime now);

}  // namespace keks::kube
