#pragma once

#include <keks/base/result.hpp>

#include <boost/json/fwd.hpp>
#include <string>
#include <string_view>

namespace keks {

/// Where a reader of YAML wants it otherwise.
struct YamlRules {
  bool plain_is_text = false;  ///< unquoted numbers and truth values keep their letters; null is null
  bool one_document = false;   ///< a second document is an error
  bool last_key_wins = false;  ///< a key that comes twice is no error
};

/// The first document of a YAML 1.1 text as JSON, with the scalars that Kubernetes' YAML (sigs.k8s.io/yaml) knows:
/// unquoted, `null`, numbers and truth values, `yes`, `no`, `on`, `off`, `y` and `n` among them; quoted, always text.
/// Keys become text. Anchors and merge keys (`<<`) are resolved; a key that comes twice is an error, as is a nesting
/// beyond 64, or more than 1,000,000 nodes or 16 MiB of text once anchors are resolved. An empty text is null.
/// *Errors:* `ConfigMalformed` with the line; it shows keys at most, no values.
Result<boost::json::value> yaml_to_json(std::string_view text, YamlRules rules = {});

/// JSON as YAML, block style, keys in their order; strings are quoted wherever another reader might take them for
/// something else.
std::string json_to_yaml(boost::json::value const& value);

}  // namespace keks
