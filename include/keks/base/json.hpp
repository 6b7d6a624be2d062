#pragma once

#include <keks/base/result.hpp>

#include <string>
#include <string_view>

namespace boost::json {
class value;
}

namespace keks {

/// The dynamic JSON type. Include <boost/json.hpp> where its members are used.
using Json = boost::json::value;

/// Parses one JSON text, nested at most 256 deep. *Errors:* `ReplyNotJson`, with the position.
Result<Json> parse_json(std::string_view text);
std::string to_text(Json const& value);
/// `"text"` with the quotes, escaped.
std::string json_quote(std::string_view text);

}  // namespace keks
