#pragma once

#include <keks/base/result.hpp>

#include <span>
#include <string>
#include <string_view>

namespace keks {

std::string hex(std::span<unsigned char const> bytes);  ///< lower case

std::string base64(std::string_view bytes);     ///< RFC 4648 section 4, padded
std::string base64url(std::string_view bytes);  ///< RFC 4648 section 5, no padding

/// Strict RFC 4648 section 4; white space (ASCII) between digits is skipped, as PEM and kubeconfigs wrap lines.
/// *Errors:* `InvalidArgument`.
Result<std::string> base64_decode(std::string_view text);
/// Strict section 5 without padding: no white space, unused trailing bits zero. *Errors:* `InvalidArgument`.
Result<std::string> base64url_decode(std::string_view text);

/// RFC 3986: all but `A-Z a-z 0-9 - _ . ~` as `%XX`, upper-case hex, as SigV4 wants it.
std::string percent_encode(std::string_view text);
/// As above, but `/` stays: for paths.
std::string percent_encode_path(std::string_view text);
/// *Errors:* `InvalidArgument` for a `%` without two hex digits. `+` stays `+`.
Result<std::string> percent_decode(std::string_view text);

/// Text that is safe on one line of a log: control characters (C0, DEL, C1, line separators, bidi overrides) and bytes
/// that are not UTF-8 come out as `\n`, `\t`, `\xHH` or `\u{HHHH}`; everything else unchanged. At most `limit` bytes of
/// input are shown, then `...`.
std::string escape_controls(std::string_view text, std::size_t limit = 4096);

}  // namespace keks
