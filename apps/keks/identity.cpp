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

std::string fingerprint_of(aws::Settings const& settings) {
  auto const& environment = settings.environment();
  auto profile = settings.profile_is_explicit() ? settings.profile_name() : "";
  return fingerprint({environment, profile, settings.files().digest(), sign_ins(environment), host_name()});
}

std::string role_key(std::string const& fingerprint, std::string const& region, aws::AssumeRoleInput const& role) {
  return cache_key({"role", fingerprint, region, role.role_arn, role.session_name, role.external_id,
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

/// The cache of one session, and the fingerprint, which is taken when the session is made.
struct Keeping {
  std::shared_ptr<Cache> cache;
  std::string fingerprint{};
};

std::shared_ptr<aws::CredentialsProvider> kept(Arguments const& args, Keeping& keeping, aws::KeptSource source) {
  if (keeping.fingerprint.empty()) keeping.fingerprint = fingerprint_of(source.settings);
  if (source.role) {
    auto key = role_key(keeping.fingerprint, source.region.region, *source.role);
    return kept_on_disk(keeping.cache, std::move(key), std::move(source.provider));
  }
  auto const& steps = source.chain->steps();
  if (is_at_hand(steps, source.settings.profile())) return std::move(source.provider);
  return kept_on_disk(keeping.cache, cache_key({"chain", keeping.fingerprint}), std::move(source.provider),
                      theirs(args, steps, source.settings.profile_name()));
}

/// What the session's providers are wrapped in: those that must be asked for keep what they got on disk.
aws::Keeper keeper(Arguments const& args, std::shared_ptr<Keeping> const& keeping) {
  return [=](aws::KeptSource source) {
    return aws::cached_credentials(kept(args, *keeping, std::move(source)), system_clock());
  };
}

/// None: it is not asked for, or has no place.
Result<std::shared_ptr<Cache>> cache_of(Arguments const& args) {
  KEKS_TRY(bool wanted, wants_cache(args));
  if (!wanted) return nullptr;
  auto folder = cache_folder(args.environment);
  if (!folder.empty()) return std::make_shared<Cache>(std::move(folder), log_of(args));
  log_of(args)(LogLevel::Warn, "Going on without the cache: HOME is not set. Set it, or KEKS_CACHE_DIR.");
  return nullptr;
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
  KEKS_TRY(auto cache, cache_of(args));
  auto keeping = std::make_shared<Keeping>(cache);
  aws::SessionOptions options{.environment = args.environment,
                              .profile = args.get_or("profile", ""),
                              .region = args.get_or("region", ""),
                              .mfa_prompt = mfa_prompt(args.environment),
                              .log = log_of(args)};
  if (cache) options.keep = keeper(args, keeping);
  KEKS_TRY(auto session, aws::Session::make(std::move(options)));
  return Identity{std::move(session), std::move(cache), keeping->fingerprint};
}

Result<aws::Session> session_of(Arguments const& args) {
  KEKS_TRY(auto identity, identity_of(args));
  return identity.session;
}

}  // namespace keks::cli
