#pragma once

#include <boost/json/value.hpp>
#include <string_view>

namespace keks {

/// What an unquoted word means to Kubernetes' YAML (sigs.k8s.io/yaml, which reads YAML 1.1): null, a truth value
/// (`y`, `yes`, `on` and their kin as well), a number (octal by a leading 0; not in base 60), else the text. Dates stay
/// text. `.inf` and `.nan` are the doubles that JSON cannot write.
boost::json::value resolve_plain(std::string_view text);

}  // namespace keks
