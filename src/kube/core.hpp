#pragma once

#include <keks/kube/client.hpp>

#include <string>

#include "kube/status.hpp"

namespace keks::kube {

/// What the copies of a client share: sending, with the token, the replay after a 401 and the retries.
struct Client::Core {
  ClientOptions options;

  /// A reply of 2xx, its body unread.
  struct Reply : net::Response {
    keks::Secret token;  ///< that the request carried
  };
  /// `call.host` is filled in here.
  Result<Reply> send(net::Request request, Call call, Deadline const& deadline) const;

 private:
  struct Sending;
  Result<Reply> attempt(Sending& sending) const;
  Result<Reply> send_once(Sending& sending, keks::Secret const& token) const;
  Error refused(net::Response& response, Sending const& sending, keks::Secret const& token) const;
};

/// A refusal's body without the token that the request carried: some servers send back what they got.
std::string without_token(std::string_view body, keks::Secret const& token);

/// Adds to an error of reading a body what it was in the middle of.
Error interrupted(Error const& error, Call const& call, std::string const& interruption);

/// Feeds a body to a reader as it comes. Null when the reader had enough before the end.
template <class Reader>
auto read_all(net::Response& response, Reader& reader, Call const& call, Deadline const& deadline)
    -> Result<std::optional<std::remove_cvref_t<decltype(*reader.finish())>>> {
  for (;;) {
    auto piece = response.body->read(deadline);
    if (!piece) return fail(interrupted(piece.error(), call, reader.interruption()));
    if (piece->empty()) break;
    auto more = reader.feed(*piece);
    if (!more) return fail(std::move(more).error().with_operation(call.operation()));
    if (!*more) return std::nullopt;
  }
  auto end = reader.finish();
  if (!end) return fail(std::move(end).error().with_operation(call.operation()));
  return *std::move(end);
}

}  // namespace keks::kube
