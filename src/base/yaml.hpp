#pragma once

#include <keks/base/result.hpp>

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

namespace keks {

/// The first document of a YAML 1.1 text as JSON, with the scalars that Kubernetes' YAML knows: `null`, `true`,
/// numbers. Anchors are resolved; a key that comes twice is an error, as is a nesting beyond 64, or more than 1,000,000
/// nodes once anchors are resolved. An empty text is null. *Errors:* `ConfigMalformed` with the line.
Result<boost::json::value> yaml_to_json(std::string_view text);

/// JSON as YAML, block style, keys in their order; strings are quoted wherever another reader might take them for
/// something else.
std::string json_to_yaml(boost::json::value const& value);

}  // namespace keks
