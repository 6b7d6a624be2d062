#include "apps/keks/kubeconfig_merge.hpp"

#include <keks/base/encoding.hpp>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <functional>

#include "base/format.hpp"
#include "base/try.hpp"
#include "base/yaml.hpp"

namespace keks::cli {
namespace {

namespace json = boost::json;

/// The first line that `wanted` takes, from 1; 1 when there is none.
std::size_t line_where(std::string_view text, std::function<bool(std::string_view)> const& wanted) {
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto end = std::min(text.find('\n'), text.size());
    if (wanted(text.substr(0, end))) return number;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 1;
}

bool is_content(std::string_view line) {
  auto first = line.find_first_not_of(" \t\r");
  return first != std::string_view::npos && line[first] != '#' && !line.starts_with("---");
}

std::unexpected<Error> malformed(std::size_t line, std::string reason) {
  return fail(Code::ConfigMalformed, format("line {}: {}", line, reason));
}

/// A tree has no lines: the one where the key stands in the way that everybody writes it.
std::unexpected<Error> malformed_at(std::string_view text, std::string_view key, std::string reason) {
  auto line = line_where(text, [&](std::string_view l) {
    if (l.starts_with('"') || l.starts_with('\'')) l.remove_prefix(1);
    return l.starts_with(key);
  });
  return malformed(line, std::move(reason));
}

Result<void> check_list(json::object const& config, std::string_view key, std::string_view text) {
  auto const* list = config.if_contains(key);
  if (!list || list->is_null()) return {};
  if (!list->is_array()) return malformed_at(text, key, format("{} is no list", key));
  if (!std::ranges::all_of(list->get_array(), [](json::value const& item) { return item.is_object(); }))
    return malformed_at(text, key, format("{} has an entry that is no mapping", key));
  return {};
}

Result<void> check_head(json::object const& config, std::string_view key, std::string_view text) {
  auto const* value = config.if_contains(key);
  if (!value || !(value->is_array() || value->is_object())) return {};
  return malformed_at(text, key, format("{} is no text", key));
}

/// Of a manifest, say, that was named by mistake, kubectl could make nothing afterwards.
Result<void> check_type(json::object const& config, std::string_view key, std::string_view wanted,
                        std::string_view text) {
  auto const* value = config.if_contains(key);
  if (!value || value->is_null()) return {};
  if (value->is_string() && (value->get_string().empty() || value->get_string() == wanted)) return {};
  return malformed_at(text, key, format("{} is not {}", key, wanted));
}

json::object new_kubeconfig() {
  return {{"apiVersion", "v1"}, {"clusters", json::array()},     {"contexts", json::array()}, {"current-context", ""},
          {"kind", "Config"},   {"preferences", json::object()}, {"users", json::array()}};
}

/// kubectl takes a number for the text that it is.
bool is_named(json::value const& entry, std::string_view name) {
  auto const* found = entry.is_object() ? entry.get_object().if_contains("name") : nullptr;
  if (!found) return false;
  return found->is_string() ? found->get_string() == name : json::serialize(*found) == name;
}

/// The object of that key, made where none is.
json::object& object_in(json::object& parent, std::string_view key) {
  auto& value = parent[key];
  if (!value.is_object()) value = json::object();
  return value.get_object();
}

/// What stands under `kind` in the entry named so of `list`; a new entry at its end where there is none.
json::object& body_of(json::object& config, std::string_view list, std::string_view kind, std::string_view name) {
  auto& value = config[list];
  if (!value.is_array()) value = json::array();
  auto& entries = value.get_array();
  auto found = std::ranges::find_if(entries, [&](json::value const& entry) { return is_named(entry, name); });
  if (found != entries.end()) return object_in(found->get_object(), kind);
  auto& made = entries.emplace_back(json::object()).get_object();
  // In the order of the alphabet, as kubectl writes it.
  if (kind > "name") made["name"] = name;
  made[kind] = json::object();
  made["name"] = name;
  return made[kind].get_object();
}

void erase(json::object& object, std::span<std::string_view const> keys) {
  for (auto key : keys) object.erase(key);
}

void put_cluster(json::object& cluster, KubeconfigEntry const& entry) {
  static constexpr std::array<std::string_view, 2> contradicting{"certificate-authority", "insecure-skip-tls-verify"};
  erase(cluster, contradicting);
  cluster["certificate-authority-data"] = base64(entry.certificate_authority);
  cluster["server"] = entry.server;
  if (!entry.proxy_url.empty()) cluster["proxy-url"] = entry.proxy_url;
}

/// A profile of earlier times would choose another identity than the plugin's arguments do.
void drop_profile(json::object& plugin) {
  auto* env = plugin.if_contains("env");
  if (!env || !env->is_array()) return;
  auto& variables = env->get_array();
  auto kept = std::remove_if(variables.begin(), variables.end(),
                             [](json::value const& variable) { return is_named(variable, "AWS_PROFILE"); });
  variables.erase(kept, variables.end());
  if (variables.empty()) plugin.erase("env");
}

void put_user(json::object& user, KubeconfigEntry const& entry) {
  static constexpr std::array<std::string_view, 9> contradicting{
      "auth-provider", "client-certificate", "client-certificate-data",
      "client-key",    "client-key-data",    "password",
      "token",         "tokenFile",          "username"};
  erase(user, contradicting);
  auto& plugin = object_in(user, "exec");
  drop_profile(plugin);
  plugin["apiVersion"] = "client.authentication.k8s.io/v1beta1";
  plugin["args"] = json::array(entry.args.begin(), entry.args.end());
  plugin["command"] = entry.command;
  plugin["interactiveMode"] = "IfAvailable";
  plugin["provideClusterInfo"] = false;
}

}  // namespace

Result<json::object> read_kubeconfig(std::string_view text) {
  KEKS_TRY(auto config, yaml_to_json(text, {.one_document = true}));
  if (config.is_null()) return new_kubeconfig();
  if (!config.is_object()) return malformed(line_where(text, is_content), "it is no mapping");
  for (auto key : {"clusters", "contexts", "users"}) KEKS_CHECK(check_list(config.get_object(), key, text));
  for (auto key : {"apiVersion", "kind", "current-context"}) KEKS_CHECK(check_head(config.get_object(), key, text));
  KEKS_CHECK(check_type(config.get_object(), "apiVersion", "v1", text));
  KEKS_CHECK(check_type(config.get_object(), "kind", "Config", text));
  return std::move(config.get_object());
}

bool has_entry(json::object const& config, std::string_view list, std::string_view name) {
  auto const* entries = config.if_contains(list);
  return entries && entries->is_array() &&
         std::ranges::any_of(entries->get_array(), [&](json::value const& entry) { return is_named(entry, name); });
}

json::object with_entry(json::object config, KubeconfigEntry const& entry) {
  config.emplace("apiVersion", "v1");
  config.emplace("kind", "Config");
  put_cluster(body_of(config, "clusters", "cluster", entry.cluster), entry);
  put_user(body_of(config, "users", "user", entry.user), entry);
  auto& context = body_of(config, "contexts", "context", entry.context);
  context["cluster"] = entry.cluster;
  context["user"] = entry.user;
  config["current-context"] = entry.context;
  return config;
}

}  // namespace keks::cli
