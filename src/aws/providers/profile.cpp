#include <keks/base/encoding.hpp>

#include <algorithm>
#include <charconv>
#include <ranges>

#include "aws/providers/keys.hpp"
#include "aws/providers/role.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;

struct Profile {
  std::string name;
  ConfigSection const* section;

  std::optional<std::string> get(std::string_view key) const { return section->get(key); }
  bool has(std::string_view key) const { return get(key).has_value(); }
  bool has_keys() const { return has("aws_access_key_id") || has("aws_secret_access_key"); }
  bool has_role() const { return has("role_arn") && !has("web_identity_token_file"); }
  std::string text() const { return format("profile {} ({})", escape_controls(name, 200), section->where); }
};

std::unexpected<Error> wrong(Profile const& profile, std::string_view what) {
  return fail(Code::ConfigMalformed, format("{} {}", profile.text(), what));
}

/// Half a role, which both SDKs refuse whatever else the profile holds.
Result<void> check_role(Profile const& profile) {
  if (profile.has("role_arn")) return {};
  if (profile.section->values.contains("role_arn"))
    return wrong(profile, "has a role_arn without a value. Name the role, or remove the key.");
  if (profile.has("web_identity_token_file"))
    return wrong(profile, "has web_identity_token_file but no role_arn. Add the role, or remove it.");
  return {};
}

Result<Profile> find(Sources const& sources, std::string const& name) {
  KEKS_TRY(auto const* section, sources.settings().files().need_profile(name));
  Profile profile{name, section};
  KEKS_CHECK(check_role(profile));
  return profile;
}

Result<seconds> duration_of(Profile const& profile) {
  auto text = profile.get("duration_seconds");
  if (!text) return seconds(0);
  std::string_view digits = *text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  int value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  bool is_whole = error == std::errc() && end == digits.data() + digits.size();
  if (!is_whole || value < 900 || value > 43'200)
    return wrong(profile, "has a duration_seconds that is no whole number from 900 to 43200. Correct it.");
  return seconds(value);
}

Result<AssumeRoleInput> role_of(Profile const& profile, Clock const& clock) {
  auto value = [&](std::string_view key) { return profile.get(key).value_or(""); };
  if (!value("role_arn").starts_with("arn:"))
    return wrong(profile, "has a role_arn that is no ARN such as arn:aws:iam::111122223333:role/name. Correct it.");
  KEKS_TRY(auto duration, duration_of(profile));
  AssumeRoleInput role{value("role_arn"), profile.get("role_session_name").value_or(default_session_name(clock))};
  role.external_id = value("external_id");
  role.duration = duration;
  role.mfa_serial = value("mfa_serial");
  return role;
}

Offer offer_keys(Profile const& profile) {
  auto named = [&](char const* name) { return NamedValue{name, profile.get(name)}; };
  KEKS_TRY(auto keys, take_keys({named("aws_access_key_id"), named("aws_secret_access_key"), named("aws_session_token"),
                                 profile.text()},
                                format("profile {}", profile.name)));
  keys.account_id = profile.get("aws_account_id").value_or("");
  return Configured{fixed_credentials(std::move(keys)), format("the keys of profile {}", profile.name)};
}

Offer offer_named(SharedSources const& sources, Profile const& profile, std::string_view source) {
  if (source == "Environment") return offer_environment(sources);
  if (source == "EcsContainer") return offer_container(sources);
  if (source == "Ec2InstanceMetadata") return offer_imds(sources);
  return wrong(
      profile,
      "has a credential_source that is none of Environment, EcsContainer and Ec2InstanceMetadata. Correct it.");
}

Offer offer_credential_source(SharedSources const& sources, Profile const& profile, std::string_view source) {
  auto offer = offer_named(sources, profile, source);
  if (!offer && offer.error().code() == Code::NoCredentials)
    return wrong(profile, format("has credential_source = {}, which has no credentials: {}. Provide them there.",
                                 source, offer.error().message()));
  return offer;
}

/// Settings that mean something only beside a role.
Offer offer_nothing(Profile const& profile) {
  for (auto key : {"source_profile", "credential_source"})
    if (profile.has(key)) return wrong(profile, format("has {} but no role_arn. Add the role, or remove it.", key));
  return fail(Code::NoCredentials, format("{} holds no credentials", profile.text()));
}

/// The way from the profile in use, by the roles on it, to what signs the first call.
class Way {
 public:
  explicit Way(SharedSources const& sources) : sources_(sources) {}

  Offer walk(Profile profile) {
    KEKS_TRY(auto offer, start(std::move(profile)));
    for (auto& role : std::views::reverse(roles_)) {
      KEKS_TRY(auto assumed, offer_role(sources_, std::move(role), std::move(offer), region_));
      offer = std::move(assumed);
    }
    return offer;
  }

 private:
  /// Notes the roles until it comes to a profile that needs none. The keys of a source profile beat its own role, as
  /// in the AWS CLI.
  Offer start(Profile profile) {
    while (profile.has_role() && (roles_.empty() || !profile.has_keys())) {
      KEKS_CHECK(note(profile));
      auto source = profile.get("credential_source"), name = profile.get("source_profile");
      if (source.has_value() == name.has_value())
        return wrong(profile, "has a role_arn and wants one of source_profile and credential_source. Set one of them.");
      if (source) return offer_credential_source(sources_, profile, *source);
      KEKS_TRY(profile, source_of(profile, *name));
    }
    note_region(profile);
    auto offer = offer_own(profile);
    if (!offer && offer.error().code() == Code::NoCredentials && !roles_.empty())
      return wrong(profile, "is the source of a role and holds no credentials. Add some, or name another source.");
    return offer;
  }

  Result<void> note(Profile const& profile) {
    KEKS_TRY(auto role, role_of(profile, sources_->clock));
    roles_.push_back(std::move(role));
    visited_.push_back(profile.name);
    note_region(profile);
    return {};
  }
  void note_region(Profile const& profile) {
    if (region_.empty()) region_ = profile.get("region").value_or("");
  }

  Result<Profile> source_of(Profile const& profile, std::string const& name) {
    auto source = find(*sources_, name);
    if (!source && source.error().code() == Code::ProfileNotFound)
      return wrong(profile,
                   format("has source_profile = {}, which is no profile. Correct it.", escape_controls(name, 200)));
    if (source && !source->has_keys() && std::ranges::count(visited_, name) != 0)
      return wrong(profile, format("has source_profile = {}, which leads round in a circle. Let one of the profiles "
                                   "hold keys.",
                                   escape_controls(name, 200)));
    return source;
  }

  Offer offer_own(Profile const& profile) {
    if (profile.has("web_identity_token_file") && profile.has("role_arn"))
      return offer_role_of_token(sources_, {*profile.get("role_arn"), profile.get("role_session_name").value_or(""),
                                            *profile.get("web_identity_token_file"), region_});
    if (profile.has_keys()) return offer_keys(profile);
    for (auto offer_of : {offer_sso, offer_login, offer_process}) {
      auto offer = offer_of(sources_, profile.name, *profile.section);
      if (offer || offer.error().code() != Code::NoCredentials) return offer;
    }
    return offer_nothing(profile);
  }

  SharedSources const& sources_;
  std::vector<AssumeRoleInput> roles_;
  std::vector<std::string> visited_;
  std::string region_;
};

}  // namespace

Offer offer_profile(SharedSources const& sources) {
  auto const& name = sources->settings().profile_name();
  auto profile = find(*sources, name);
  if (!profile && profile.error().code() == Code::ProfileNotFound)
    return fail(Code::NoCredentials, format("the shared files have no profile {}", name));
  if (!profile) return fail(profile.error());
  return Way(sources).walk(*std::move(profile));
}

}  // namespace keks::aws
