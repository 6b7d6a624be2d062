#include <keks/base/encoding.hpp>

#include <boost/json.hpp>

#include "aws/providers/sso_token.hpp"
#include "aws/providers/token_file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

constexpr KeyNames kSsoKeys{"accessKeyId", "secretAccessKey", "sessionToken", "expiration", ""};

Error malformed(std::string const& name, ConfigSection const& section, std::string_view why) {
  return {Code::ConfigMalformed,
          format("Profile {} ({}) is set up for IAM Identity Center, but {}.", name, section.where, why)};
}

/// Start URL and region of the session's section, which those of the profile, if any, must repeat.
Result<void> take_session(SsoConfig& config, ConfigSection const& profile, ConfigSection const* session) {
  if (!session)
    return fail(
        malformed(config.profile, profile,
                  format("there is no section [sso-session {}]. Add it, or run: aws configure sso", config.session)));
  KEKS_CHECK(session->check());
  for (auto [key, value] : {std::pair{"sso_start_url", &config.start_url}, {"sso_region", &config.region}}) {
    auto own = session->get(key);
    if (!value->empty() && own && *own != *value)
      return fail(malformed(
          config.profile, profile,
          format("{} is {} there and {} in [sso-session {}]. Remove one of them", key, *value, *own, config.session)));
    *value = own.value_or("");
  }
  return {};
}

Result<SsoConfig> read_config(Settings const& settings, std::string const& name, ConfigSection const& profile) {
  auto value = [&](std::string_view key) { return profile.get(key).value_or(""); };
  SsoConfig config{name,
                   value("sso_session"),
                   value("sso_start_url"),
                   value("sso_region"),
                   value("sso_account_id"),
                   value("sso_role_name")};
  if (!config.session.empty()) KEKS_CHECK(take_session(config, profile, settings.files().sso_session(config.session)));
  for (auto [key, text] : {std::pair{"sso_account_id", &config.account_id},
                           {"sso_role_name", &config.role_name},
                           {"sso_start_url", &config.start_url},
                           {"sso_region", &config.region}})
    if (text->empty())
      return fail(malformed(name, profile, format("{} is missing. Add it, or run: aws configure sso", key)));
  return config;
}

class Sso final : public CredentialsProvider {
 public:
  Sso(SharedSources sources, SsoConfig config) : sources_(std::move(sources)), config_(std::move(config)) {}

  Result<Credentials> get(Deadline const& deadline) override {
    KEKS_TRY(auto token, sso_access_token(*sources_, config_, deadline));
    KEKS_TRY(auto request, role_request(token));
    Asked portal{sources_->transport(),
                 sources_->clock,
                 "IAM Identity Center",
                 {.count = 3, .timeout = std::chrono::seconds(10), .pause = std::chrono::milliseconds(100)}};
    KEKS_TRY(auto reply, ask(portal, request, deadline));
    if (!reply.is_ok()) return fail(refused(portal, reply, token));
    KEKS_TRY(auto object, json_of(portal, reply));
    auto const* keys = object.if_contains("roleCredentials");
    auto const* members = keys ? keys->if_object() : nullptr;
    KEKS_TRY(auto credentials,
             read_keys(members ? *members : boost::json::object(), kSsoKeys, portal.what, sources_->clock.wall()));
    if (!credentials.expiration)
      return fail(Code::CredentialSourceFailed,
                  "IAM Identity Center gave credentials without expiration. Check what "
                  "answers in its place.");
    credentials.source = "sso role " + config_.role_name;
    credentials.account_id = config_.account_id;
    return credentials;
  }

 private:
  Result<net::Request> role_request(Secret const& token) const {
    if (!is_header_value(token.reveal()))
      return fail(sign_in_needed(format("The sign-in to {} is kept with a control character in it", config_.key()),
                                 "aws sso login", config_.profile));
    KEKS_TRY(auto url, sso_url(sources_->settings(), "sso", config_.region, "/federation/credentials"));
    url.query =
        format("role_name={}&account_id={}", percent_encode(config_.role_name), percent_encode(config_.account_id));
    return net::Request{
        .url = std::move(url), .headers = {{"x-amz-sso_bearer_token", std::string(token.reveal())}}, .body = {}};
  }

  Error refused(Asked const& portal, HttpReply const& reply, Secret const& token) const {
    if (reply.status == 401)
      return sign_in_needed(format("IAM Identity Center does not take the sign-in to {} any more", config_.key()),
                            "aws sso login", config_.profile)
          .with_http_status(reply.status);
    return refusal(
        portal, reply, {token},
        format("Check that role {} of account {} is assigned to you.", config_.role_name, config_.account_id));
  }

  SharedSources sources_;
  SsoConfig config_;
};

}  // namespace

Offer offer_sso(SharedSources const& sources, std::string const& name, ConfigSection const& profile) {
  if (!profile.get("sso_account_id") && !profile.get("sso_role_name"))
    return fail(Code::NoCredentials, "no sso_account_id and no sso_role_name");
  KEKS_TRY(auto config, read_config(sources->settings(), name, profile));
  auto what = format("sso role {} of account {}", config.role_name, config.account_id);
  return Configured{std::make_shared<Sso>(sources, std::move(config)), std::move(what)};
}

}  // namespace keks::aws
