#include "apps/keks/authenticator_cache.hpp"

#include <sys/stat.h>
#include <unistd.h>
#include <keks/base/json.hpp>
#include <keks/base/time.hpp>

#include <boost/json.hpp>

#include "apps/keks/cache.hpp"
#include "base/file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"
#include "base/yaml.hpp"

namespace keks::cli {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20;

Json const* member(Json const* value, std::string_view name) {
  return value && value->is_object() ? value->get_object().if_contains(name) : nullptr;
}

std::string text_of(Json const& entry, std::string_view name) {
  auto const* value = member(&entry, name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<aws::Credentials> credentials_of(Json const& entry, WallTime after) {
  auto const* ends = member(&entry, "canexpire");
  auto end = parse_rfc3339(text_of(entry, "expires"));
  if (!ends || !ends->is_bool() || !ends->get_bool() || !end || *end <= after) return std::nullopt;
  aws::Credentials out{text_of(entry, "accesskeyid"),          Secret(text_of(entry, "secretaccesskey")),
                       Secret(text_of(entry, "sessiontoken")), *end,
                       "the cache of aws-iam-authenticator",   text_of(entry, "accountid")};
  if (out.access_key_id.empty() || out.secret_access_key.empty()) return std::nullopt;
  return out;
}

std::string file_of(Environment const& environment) {
  if (auto path = environment.get("AWS_IAM_AUTHENTICATOR_CACHE_FILE")) return *path;
  auto home = environment.get("HOME");
  return home ? *home + "/.kube/cache/aws-iam-authenticator/credentials.yaml" : "";
}

/// Nothing: there is no such file.
Result<std::optional<std::string>> read_private(std::string const& path) {
  struct stat status{};
  if (path.empty() || stat(path.c_str(), &status) != 0) return std::nullopt;
  if ((status.st_mode & 077) != 0 || status.st_uid != geteuid())
    return fail(Code::Io, "others may read or write it: chmod 600 it");
  return read_if_there(path, kMaxFile);
}

Result<std::optional<aws::Credentials>> look_up(Arguments const& args, std::string const& path) {
  KEKS_TRY(auto text, read_private(path));
  if (!text) return std::nullopt;
  auto profile = args.get("profile").value_or(args.environment.get("AWS_PROFILE").value_or("default"));
  return read_authenticator_cache(*text, args.get_or("cluster-id", ""), profile, args.get_or("role", ""),
                                  system_clock().wall() + kFreshCredentials);
}

}  // namespace

Result<std::optional<aws::Credentials>> read_authenticator_cache(std::string_view text, std::string_view cluster,
                                                                 std::string_view profile, std::string_view role,
                                                                 WallTime after) {
  auto yaml = yaml_to_json(text);
  if (!yaml) return fail(Code::ConfigMalformed, "it is no YAML");
  auto const* profiles = member(member(&*yaml, "clusters"), cluster);
  auto const* entry = member(member(profiles, profile), role);
  return entry ? credentials_of(*entry, after) : std::nullopt;
}

std::optional<aws::Credentials> authenticator_credentials(Arguments const& args, Log const& log) {
  auto path = file_of(args.environment);
  auto found = look_up(args, path);
  if (found) return *std::move(found);
  log(LogLevel::Warn, format("The cache of aws-iam-authenticator, {}, is not used: {}", path, found.error().message()));
  return std::nullopt;
}

}  // namespace keks::cli
