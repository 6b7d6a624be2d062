#include "apps/keks/config_map.hpp"

#include <boost/json.hpp>

#include "base/file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"
#include "base/yaml.hpp"

namespace keks::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxFile = 1 << 20;

/// The members of `data`; of the whole where it is no object of Kubernetes. Null: it has none.
json::object const* data_of(json::object const& whole) {
  if (auto const* data = whole.if_contains("data")) return data->if_object();
  return whole.contains("kind") ? nullptr : &whole;
}

}  // namespace

Result<ConfigMapData> config_map_data(std::string_view text) {
  KEKS_TRY(auto document, yaml_to_json(text));
  auto const* whole = document.if_object();
  if (!whole) return fail(Code::ConfigMalformed, "it holds no ConfigMap; kubectl get configmap -o yaml prints one");
  ConfigMapData out;
  auto const* data = data_of(*whole);
  if (!data) return out;
  for (auto const& [name, section] : *data) {
    if (!section.is_string())
      return fail(Code::ConfigMalformed, format("{} is no text; begin it with |", std::string_view(name)));
    out.emplace(name, section.get_string());
  }
  return out;
}

Result<ConfigMapData> read_config_map(std::string const& path) {
  KEKS_TRY(auto text, read_file(path, kMaxFile));
  auto data = config_map_data(text);
  if (!data) return fail(data.error().with_message(format("{}: {}", path, data.error().message())));
  return data;
}

}  // namespace keks::cli
