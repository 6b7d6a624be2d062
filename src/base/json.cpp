#include <keks/base/json.hpp>

#include <boost/json.hpp>

#include "base/format.hpp"

namespace keks {

Result<Json> parse_json(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 256;
  boost::json::stream_parser parser({}, options);
  boost::system::error_code error;
  auto read = parser.write_some(text, error);
  if (!error && read < text.size() && text.find_first_not_of(" \t\r\n", read) != std::string_view::npos)
    return fail(Code::ReplyNotJson, format("text after the JSON value, at byte {}", read));
  if (!error) parser.finish(error);
  if (error) return fail(Code::ReplyNotJson, format("not JSON: {} at byte {}", error.message(), read));
  return parser.release();
}

std::string to_text(Json const& value) { return boost::json::serialize(value); }

std::string json_quote(std::string_view text) { return boost::json::serialize(boost::json::string_view(text)); }

}  // namespace keks
