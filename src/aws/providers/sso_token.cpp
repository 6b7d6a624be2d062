#include "aws/providers/sso_token.hpp"

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>

#include <array>
#include <boost/json.hpp>

#include "aws/providers/token_file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;
namespace json = boost::json;

constexpr minutes kEarly{15};
constexpr std::string_view kLogin = "aws sso login";

std::string sha1_hex(std::string_view text) {
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest;
  SHA1(reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest.data());
  return hex(digest);
}

/// A kept sign-in, in the CLI's own document, whose unknown members stay.
class SignIn {
 public:
  /// *Errors:* `SignInNeeded`, without the command.
  static Result<SignIn> make(json::object document, std::string const& path) {
    auto expires = parse_token_time(text_of(document, "expiresAt"));
    if (text_of(document, "accessToken").empty() || !expires)
      return fail(Code::SignInNeeded, format("{} has no accessToken, or no expiresAt that is a time", path));
    return SignIn(std::move(document), *expires);
  }

  Secret access_token() const { return secret("accessToken"); }
  Secrets secrets() const { return {secret("accessToken"), secret("refreshToken"), secret("clientSecret")}; }
  WallTime expires() const { return expires_; }
  json::object const& document() const { return document_; }

  bool can_refresh(WallTime now) const {
    for (auto name : {"refreshToken", "clientId", "clientSecret"})
      if (text_of(document_, name).empty()) return false;
    auto registration = text_of(document_, "registrationExpiresAt");
    if (registration.empty()) return true;
    auto until = parse_token_time(registration);
    return until && *until > now;
  }

  std::string refresh_body() const {
    auto text = [&](std::string_view name) { return document_.at(name); };
    return json::serialize(json::object{{"grantType", "refresh_token"},
                                        {"clientId", text("clientId")},
                                        {"clientSecret", text("clientSecret")},
                                        {"refreshToken", text("refreshToken")}});
  }

  /// The sign-in with what a refresh brought, or nothing when that is no token.
  std::optional<SignIn> refreshed(json::object const& reply, WallTime now) const {
    auto const* lifetime = reply.if_contains("expiresIn");
    bool is_whole = !text_of(reply, "accessToken").empty() && lifetime && lifetime->is_int64();
    if (!is_whole || lifetime->get_int64() <= 0 || lifetime->get_int64() > seconds(hours(24 * 365)).count())
      return std::nullopt;
    auto document = document_;
    auto expires = now + seconds(lifetime->get_int64());
    document["accessToken"] = reply.at("accessToken");
    document["expiresAt"] = format_rfc3339(expires);
    if (!text_of(reply, "refreshToken").empty()) document["refreshToken"] = reply.at("refreshToken");
    return SignIn(std::move(document), expires);
  }

 private:
  Secret secret(std::string_view name) const { return Secret(std::string(text_of(document_, name))); }

  SignIn(json::object document, WallTime expires) : document_(std::move(document)), expires_(expires) {}
  json::object document_;
  WallTime expires_;
};

Result<SignIn> load(SsoConfig const& config, std::string const& path) {
  auto document = read_token_file(path);
  if (!document) return fail(document.error());
  if (!*document)
    return fail(Code::SignInNeeded, format("Nobody has signed in to {} yet (there is no {})", config.key(), path));
  return SignIn::make(**std::move(document), path);
}

Result<SignIn> refresh(Sources const& sources, SsoConfig const& config, SignIn const& old, Deadline const& deadline) {
  KEKS_TRY(auto url, sso_url(sources.settings(), "sso-oidc", config.region, "/token"));
  net::Request request{.method = "POST",
                       .url = std::move(url),
                       .headers = {{"Content-Type", "application/json"}},
                       .body = old.refresh_body(),
                       .replay = net::Request::Replay::No};
  Asked service{
      sources.transport(), sources.clock, "The token service of IAM Identity Center", {.timeout = seconds(10)}};
  KEKS_TRY(auto reply, ask(service, request, deadline));
  if (!reply.is_ok()) return fail(refusal(service, reply, old.secrets(), "Sign in again."));
  KEKS_TRY(auto object, json_of(service, reply));
  if (auto fresh = old.refreshed(object, sources.clock.wall())) return *fresh;
  return fail(Code::CredentialSourceFailed, "The token service of IAM Identity Center gave no token. Sign in again.");
}

/// What another program has kept meanwhile: two that refresh at once may get one token between them.
std::optional<SignIn> kept_by_another(SsoConfig const& config, std::string const& path, SignIn const& old) {
  auto now_there = load(config, path);
  if (now_there && now_there->expires() > old.expires()) return *now_there;
  return std::nullopt;
}

SignIn newest(Sources const& sources, SsoConfig const& config, std::string const& path, SignIn const& old,
              Deadline const& deadline) {
  auto turn = turn_to_refresh(path, deadline);
  if (auto other = kept_by_another(config, path, old)) return *other;
  if (auto fresh = refresh(sources, config, old, deadline)) {
    write_token_file(path, fresh->document(), sources.options.log);
    return *fresh;
  } else {
    sources.options.log(LogLevel::Warn,
                        format("The sign-in to {} was not refreshed. {}", config.key(), fresh.error().message()));
  }
  return kept_by_another(config, path, old).value_or(old);
}

}  // namespace

std::string sso_token_path(Settings const& settings, SsoConfig const& config) {
  return format("{}/{}.json", settings.expand("~/.aws/sso/cache"), sha1_hex(config.key()));
}

Result<net::Url> sso_url(Settings const& settings, std::string_view service, std::string const& region,
                         std::string_view path) {
  KEKS_TRY(auto options, settings.endpoint_options(region));
  KEKS_TRY(auto endpoint, settings.call_endpoint(service, options));
  auto url = std::move(endpoint.url);
  while (url.path.ends_with('/')) url.path.pop_back();
  url.path += path;
  return url;
}

Result<Secret> sso_access_token(Sources const& sources, SsoConfig const& config, Deadline const& deadline) {
  auto path = sso_token_path(sources.settings(), config);
  auto found = load(config, path);
  if (!found && found.error().code() == Code::SignInNeeded)
    return fail(sign_in_needed(found.error().message(), kLogin, config.profile));
  if (!found) return fail(found.error());
  auto now = sources.clock.wall();
  bool is_due = !config.session.empty() && found->expires() - now < kEarly && found->can_refresh(now);
  // While the old token holds, a slow token service may not use up the time that the caller has for its own work.
  auto patience = found->expires() > now ? deadline.at_most(deadline.remaining() / 2) : deadline;
  auto sign_in = is_due ? newest(sources, config, path, *found, patience) : *found;
  if (sign_in.expires() > now) return sign_in.access_token();
  if (deadline.expired() || deadline.stopped())
    return fail(Code::DeadlineExceeded, "The deadline passed while a sign-in was being refreshed.");
  return fail(sign_in_needed(format("The sign-in to {} ended at {}", config.key(), format_rfc3339(sign_in.expires())),
                             kLogin, config.profile));
}

}  // namespace keks::aws
