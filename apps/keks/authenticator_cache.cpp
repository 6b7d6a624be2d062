#include "apps/keks/authenticator_cache.hpp"

#include <keks/base/json.hpp>
#include <keks/base/time.hpp>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <filesystem>

#include "apps/keks/cache.hpp"
#include "base/file.hpp"
#include "base/format.hpp"
#include "base/json_text.hpp"
#include "base/try.hpp"
#include "base/yaml.hpp"

namespace keks::cli {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20;

using Object = boost::json::object;

/// Null: there is no such object.
Object const* member(Object const* object, std::string_view name) {
  auto const* found = object ? object->if_contains(name) : nullptr;
  return found ? found->if_object() : nullptr;
}

/// Without a profile that tool keeps under `default` what it finds elsewhere, too: another identity than the profile's.
bool is_of_a_profile(std::string_view source) {
  constexpr std::array<std::string_view, 4> others{"EnvConfigCredentials", "WebIdentityCredentials",
                                                   "CredentialsEndpointProvider", "EC2RoleProvider"};
  return std::ranges::find(others, source) == others.end();
}

std::optional<aws::Credentials> credentials_of(Object const& entry, WallTime after) {
  if (!is_of_a_profile(text_of(entry, "source"))) return std::nullopt;
  auto const* ends = entry.if_contains("canexpire");
  auto end = parse_rfc3339(text_of(entry, "expires"));
  if (!ends || !ends->is_bool() || !ends->get_bool() || !end || *end <= after) return std::nullopt;
  auto text = [&](std::string_view name) { return std::string(text_of(entry, name)); };
  aws::Credentials out{text("accesskeyid"),
                       Secret(text("secretaccesskey")),
                       Secret(text("sessiontoken")),
                       *end,
                       "the cache of aws-iam-authenticator",
                       text("accountid")};
  if (out.access_key_id.empty() || out.secret_access_key.empty()) return std::nullopt;
  return out;
}

std::string file_of(Environment const& environment) {
  if (auto path = environment.get("AWS_IAM_AUTHENTICATOR_CACHE_FILE")) return *path;
  auto home = environment.get("HOME");
  return home ? *home + "/.kube/cache/aws-iam-authenticator/credentials.yaml" : "";
}

/// Written after the file: what is kept there may be of a profile that was another then.
bool is_newer(std::string const& shared, std::string const& file) {
  std::error_code absent;
  auto ours = std::filesystem::last_write_time(file, absent);
  auto theirs = std::filesystem::last_write_time(shared, absent);
  return !absent && theirs > ours;
}

bool is_outdated(std::string const& file, Environment const& environment) {
  return is_newer(aws::Settings::config_path(environment), file) ||
         is_newer(aws::Settings::credentials_path(environment), file);
}

Result<std::optional<aws::Credentials>> look_up(Arguments const& args, std::string const& profile) {
  auto path = file_of(args.environment);
  if (path.empty() || is_outdated(path, args.environment)) return std::nullopt;
  KEKS_TRY(auto text, read_private(path, kMaxFile));
  if (!text) return std::nullopt;
  auto found = read_authenticator_cache(*text, args.get_or("cluster-id", ""), profile, args.get_or("role", ""),
                                        system_clock().wall() + kFreshCredentials);
  if (!found) return fail(found.error().with_message(format("{}: {}", path, found.error().message())));
  return found;
}

}  // namespace

Result<std::optional<aws::Credentials>> read_authenticator_cache(std::string_view text, std::string_view cluster,
                                                                 std::string_view profile, std::string_view role,
                                                                 WallTime after) {
  auto yaml = yaml_to_json(text);
  if (!yaml) return fail(Code::ConfigMalformed, "it is no YAML");
  auto const* profiles = member(member(yaml->if_object(), "clusters"), cluster);
  auto const* entry = member(member(profiles, profile), role);
  return entry ? credentials_of(*entry, after) : std::nullopt;
}

std::optional<aws::Credentials> authenticator_credentials(Arguments const& args, std::string const& profile,
                                                          Log const& log) {
  auto found = look_up(args, profile);
  if (found) return *std::move(found);
  log(LogLevel::Warn, format("Going on without the cache of aws-iam-authenticator: {}", found.error().message()));
  return std::nullopt;
}

}  // namespace keks::cli
