#include "apps/keks/identity.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "apps/keks/authenticator_cache.hpp"
#include "apps/keks/logging.hpp"
#include "apps/keks/prompt.hpp"
#include "base/file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20;
constexpr std::size_t kMostSignIns = 1000;

Result<bool> wants_cache(Arguments const& args) {
  if (auto given = args.flags.find("cache"); given != args.flags.end()) return given->second;
  auto variable = args.environment.get("KEKS_CACHE");
  if (!variable) return false;
  auto truth = parse_truth(*variable);
  return truth ? truth : fail(truth.error().with_message(format("KEKS_CACHE: {}", truth.error().message())));
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

/// The bytes of a shared file. What is wrong with one is for the session to say.
std::string shared_file(std::string const& path) {
  return path.empty() ? "" : read_if_there(path, kMaxFile).value_or(std::nullopt).value_or("");
}

/// The names and times of the sign-ins that the AWS CLI keeps in `folder`.
std::string sign_ins_in(std::filesystem::path const& folder) {
  std::set<std::string> found;
  std::error_code unreadable;
  for (std::filesystem::directory_iterator at(folder, unreadable), end; at != end && found.size() < kMostSignIns;
       at.increment(unreadable)) {
    auto time = at->last_write_time(unreadable).time_since_epoch().count();
    found.insert(format("{} {}", at->path().string(), time));
  }
  std::string text;
  for (auto const& one : found) text += one + "\n";
  return text;
}

std::string sign_ins(Environment const& environment) {
  auto home = environment.get("HOME").value_or("");
  auto logins = environment.get("AWS_LOGIN_CACHE_DIRECTORY").value_or(home + "/.aws/login/cache");
  return sign_ins_in(home + "/.aws/sso/cache") + "\n" + sign_ins_in(logins);
}

/// Empty: there is no home.
std::string cache_folder(Environment const& environment) {
  if (auto folder = environment.get("KEKS_CACHE_DIR")) return *folder;
  auto home = environment.get("HOME");
  return home ? *home + "/.kube/cache/keks" : "";
}

std::string fingerprint_of(Arguments const& args) {
  auto const& environment = args.environment;
  return fingerprint({environment, args.get_or("profile", ""), shared_file(aws::Settings::config_path(environment)),
                      shared_file(aws::Settings::credentials_path(environment)), sign_ins(environment), host_name()});
}

std::string role_key(Arguments const& args, std::string const& fingerprint, std::string const& region,
                     aws::AssumeRoleInput const& role) {
  auto environment_region = aws::region_from(region, args.environment).value_or("");
  return cache_key({"role", fingerprint, environment_region, role.role_arn, role.session_name, role.external_id,
                    std::to_string(role.duration.count())});
}

std::string_view chosen(std::vector<aws::ChainStep> const& steps) {
  auto found = std::ranges::find(steps, aws::ChainStep::Outcome::Chosen, &aws::ChainStep::outcome);
  return found == steps.end() ? std::string_view() : std::string_view(found->provider);
}

/// What aws-iam-authenticator has kept of a profile. It tells identities apart by nothing else, so those of other
/// places are not looked for there.
std::function<std::optional<aws::Credentials>()> theirs(Arguments const& args, std::vector<aws::ChainStep> const& steps,
                                                        std::string const& profile) {
  if (!is_of_profile(steps)) return {};
  return [args, profile] { return authenticator_credentials(args, profile, log_of(args)); };
}

/// What the session's providers are wrapped in: those that must be asked for keep what they got on disk.
aws::Keeper keeper(Arguments const& args, Identity const& identity, std::string const& region,
                   std::shared_ptr<aws::Settings const> const& settings) {
  using Provider = std::shared_ptr<aws::CredentialsProvider>;
  return [=](Provider source, aws::AssumeRoleInput const* role) -> Provider {
    auto const* chain = role ? nullptr : dynamic_cast<aws::Chain const*>(source.get());
    if (role) {
      source = kept_on_disk(identity.cache, role_key(args, identity.fingerprint, region, *role), std::move(source));
    } else if (chain && !is_at_hand(chain->steps(), settings->profile())) {
      source = kept_on_disk(identity.cache, cache_key({"chain", identity.fingerprint}), std::move(source),
                            theirs(args, chain->steps(), settings->profile_name()));
    }
    return aws::cached_credentials(std::move(source), system_clock());
  };
}

bool is_static(aws::ConfigSection const& profile) {
  return profile.get("aws_access_key_id") && !profile.get("role_arn");
}

}  // namespace

bool is_of_profile(std::vector<aws::ChainStep> const& steps) { return chosen(steps).starts_with("profile "); }

bool is_at_hand(std::vector<aws::ChainStep> const& steps, aws::ConfigSection const* profile) {
  if (is_of_profile(steps)) return profile && is_static(*profile);
  return chosen(steps) != "web identity";
}

Result<Identity> identity_of(Arguments const& args) {
  KEKS_TRY(bool wanted, wants_cache(args));
  if (!wanted) return Identity{};
  auto folder = cache_folder(args.environment);
  if (!folder.empty()) return Identity{std::make_shared<Cache>(std::move(folder), log_of(args)), fingerprint_of(args)};
  log_of(args)(LogLevel::Warn, "Going on without the cache: HOME is not set. Set it, or KEKS_CACHE_DIR.");
  return Identity{};
}

Result<aws::Session> session_in(Arguments const& args, Identity const& identity, std::string const& region) {
  aws::SessionOptions options{.environment = args.environment,
                              .profile = args.get_or("profile", ""),
                              .region = region,
                              .mfa_prompt = mfa_prompt(args.environment),
                              .log = log_of(args)};
  if (identity.cache) {
    KEKS_TRY(auto settings, aws::Settings::load(options.environment, options.profile));
    options.keep = keeper(args, identity, region, std::make_shared<aws::Settings const>(std::move(settings)));
  }
  return aws::Session::make(std::move(options));
}

Result<aws::Session> session_of(Arguments const& args) {
  KEKS_TRY(auto identity, identity_of(args));
  return session_in(args, identity, args.get_or("region", ""));
}

}  // namespace keks::cli
