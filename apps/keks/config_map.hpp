#pragma once

#include <keks/base/result.hpp>

#include <map>
#include <string>
#include <string_view>

namespace keks::cli {

using ConfigMapData = std::map<std::string, std::string, std::less<>>;

/// `data` of a ConfigMap as kubectl prints it, YAML or JSON; the bare data will do as well.
/// *Errors:* `ConfigMalformed`.
Result<ConfigMapData> config_map_data(std::string_view text);

/// The same of a file of at most 1 MiB. *Errors:* also `Io`; all name the file.
Result<ConfigMapData> read_config_map(std::string const& path);

}  // namespace keks::cli
