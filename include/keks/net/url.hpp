#pragma once

#include <keks/base/result.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace keks::net {

/// An absolute http or https URL, in the parts that a client needs.
struct Url {
  std::string scheme;      ///< `http` or `https`, lower case
  std::string host;        ///< as written, lower case; an IPv6 address without its brackets
  std::uint16_t port = 0;  ///< never 0 after `parse`: 80 or 443 when the text names none
  std::string path = "/";  ///< percent-encoded as written, at least `/`
  std::string query;       ///< percent-encoded as written, without `?`; may be empty

  /// At most 8,192 bytes. User info and fragments are refused: neither belongs in an endpoint.
  /// *Errors:* `InvalidArgument`, naming what is wrong.
  static Result<Url> parse(std::string_view text);

  bool is_tls() const { return scheme == "https"; }
  std::string target() const { return query.empty() ? path : path + "?" + query; }
  std::string authority() const;  ///< the `Host` header: brackets for IPv6, port unless it is the scheme's default
  std::string origin() const;     ///< `https://host:port`, port always written: the key of a connection pool
  std::string text() const;
};

}  // namespace keks::net
