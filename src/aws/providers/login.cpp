#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>

#include <boost/json.hpp>

#include "aws/providers/dpop.hpp"
#include "aws/providers/http_json.hpp"
#include "aws/providers/provider.hpp"
#include "aws/providers/sso_token.hpp"
#include "aws/providers/token_file.hpp"
#include "aws/sha256.hpp"
#include "base/ascii.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;
namespace json = boost::json;

constexpr minutes kEarly{5};
constexpr std::string_view kLogin = "aws login";
constexpr std::string_view kKeys = "accessToken";
constexpr KeyNames kLoginKeys{"accessKeyId", "secretAccessKey", "sessionToken", "expiresAt", "accountId"};

std::string token_path(Settings const& settings, std::string_view session) {
  auto folder = settings.environment().get("AWS_LOGIN_CACHE_DIRECTORY");
  return format("{}/{}.json", settings.expand(folder.value_or("~/.aws/login/cache")),
                hex(Sha256().add(trimmed(session)).finish()));
}

class Login final : public CredentialsProvider {
 public:
  Login(SharedSources sources, std::string profile, std::string const& session)
      : sources_(std::move(sources)),
        profile_(std::move(profile)),
        path_(token_path(sources_->settings(), session)),
        service_{sources_->transport(), sources_->clock, "AWS Sign-In", {.timeout = seconds(10)}} {}

  Result<Credentials> get(Deadline const& deadline) override {
    auto got = newest(deadline);
    if (!got && got.error().code() == Code::SignInNeeded)
      return fail(sign_in_needed(got.error().message(), kLogin, profile_).with_http_status(got.error().http_status()));
    return got;
  }

 private:
  /// *Errors:* `SignInNeeded`, without the command.
  Result<json::object> load() const {
    KEKS_TRY(auto document, read_token_file(path_));
    if (!document) return fail(Code::SignInNeeded, format("Nobody has signed in yet (there is no {})", path_));
    for (auto name : {"refreshToken", "dpopKey", "clientId"})
      if (text_of(*document, name).empty()) return fail(Code::SignInNeeded, format("{} has no {}", path_, name));
    return *std::move(document);
  }

  /// The keys in a document, whether they have expired or not.
  Result<Credentials> keys_in(json::object const& document) const {
    auto const* keys = document.if_contains(kKeys);
    if (!keys || !keys->is_object()) return fail(Code::SignInNeeded, format("{} has no {}", path_, kKeys));
    auto credentials = read_keys(keys->get_object(), kLoginKeys, path_, WallTime::min());
    if (!credentials || !credentials->expiration || credentials->account_id.empty())
      return fail(Code::SignInNeeded, format("{} holds no whole credentials", path_));
    credentials->source = "login";
    return credentials;
  }

  Result<Credentials> newest(Deadline const& deadline) const {
    KEKS_TRY(auto document, load());
    KEKS_TRY(auto kept, keys_in(document));
    auto now = sources_->clock.wall();
    if (*kept.expiration - now >= kEarly) return kept;
    // While the old keys hold, a slow service may not use up the time that the caller has for its own work.
    auto patience = *kept.expiration > now ? deadline.at_most(deadline.remaining() / 2) : deadline;
    auto turn = turn_to_refresh(path_, patience);
    if (auto other = kept_by_another(kept)) return *other;
    auto fresh = refresh(document, patience);
    if (fresh) return fresh;
    if (auto other = kept_by_another(kept)) return *other;
    if (*kept.expiration <= now) return fresh;
    sources_->options.log(LogLevel::Warn,
                          format("The sign-in of profile {} was not refreshed. {}", profile_, fresh.error().message()));
    return kept;
  }

  /// What another program has kept meanwhile: two that refresh at once may get one answer between them.
  std::optional<Credentials> kept_by_another(Credentials const& old) const {
    auto document = load();
    if (!document) return std::nullopt;
    auto keys = keys_in(*document);
    if (!keys || *keys->expiration <= *old.expiration) return std::nullopt;
    return *keys;
  }

  Result<net::Request> refresh_request(json::object const& document) const {
    auto region = sources_->settings().region(sources_->options.region);
    KEKS_TRY(auto url, sso_url(sources_->settings(), "signin", region, "/v1/token"));
    Secret key(std::string(text_of(document, "dpopKey")));
    KEKS_TRY(auto proof, dpop_proof(key, "POST", url.text(), sources_->clock.wall(), random_uuid()));
    json::object body{{"clientId", document.at("clientId")},
                      {"grantType", "refresh_token"},
                      {"refreshToken", document.at("refreshToken")}};
    return net::Request{.method = "POST",
                        .url = std::move(url),
                        .headers = {{"Content-Type", "application/json"}, {"DPoP", std::move(proof)}},
                        .body = json::serialize(body),
                        .replay = net::Request::Replay::No};
  }

  Error refused(HttpReply const& reply, Secrets const& secrets) const {
    auto advice = "Allow signin:CreateOAuth2Token in the policy of this user, and see whether the sign-in was ended.";
    auto error = refusal(service_, reply, secrets, advice);
    auto words = words_of(reply, secrets);
    bool is_over = words.find("TOKEN_EXPIRED") != words.npos || words.find("USER_CREDENTIALS_CHANGED") != words.npos;
    if (!is_over && reply.status != 401) return error;
    return error.with_code(Code::SignInNeeded).with_message("AWS Sign-In does not take the kept sign-in any more");
  }

  Result<Credentials> refresh(json::object document, Deadline const& deadline) const {
    KEKS_TRY(auto request, refresh_request(document));
    KEKS_TRY(auto reply, ask(service_, request, deadline));
    if (!reply.is_ok()) return fail(refused(reply, {Secret(std::string(text_of(document, "refreshToken")))}));
    KEKS_TRY(auto object, json_of(service_, reply));
    KEKS_CHECK(take(document, object));
    write_token_file(path_, document, sources_->options.log);
    return keys_in(document);
  }

  /// Puts what a refresh brought into the document; the rest of it stays.
  Result<void> take(json::object& document, json::object const& reply) const {
    auto const* keys = reply.if_contains(kKeys);
    auto const* lifetime = reply.if_contains("expiresIn");
    bool is_whole = keys && keys->is_object() && lifetime && lifetime->is_int64() && lifetime->get_int64() > 0 &&
                    lifetime->get_int64() <= seconds(hours(24 * 365)).count();
    for (auto name : {kLoginKeys.id, kLoginKeys.secret, kLoginKeys.token})
      is_whole = is_whole && !text_of(keys->get_object(), name).empty();
    if (!is_whole)
      return fail(Code::CredentialSourceFailed, "AWS Sign-In answered a refresh without keys. Sign in again.");
    auto& kept = document[kKeys].as_object();
    for (auto name : {kLoginKeys.id, kLoginKeys.secret, kLoginKeys.token}) kept[name] = keys->get_object().at(name);
    kept[kLoginKeys.expiration] = format_rfc3339(sources_->clock.wall() + seconds(lifetime->get_int64()));
    if (!text_of(reply, "refreshToken").empty()) document["refreshToken"] = reply.at("refreshToken");
    return {};
  }

  SharedSources sources_;
  std::string profile_, path_;
  Asked service_;
};

}  // namespace

Offer offer_login(SharedSources const& sources, std::string const& name, ConfigSection const& profile) {
  auto session = profile.get("login_session");
  if (!session) return fail(Code::NoCredentials, "no login_session");
  return Configured{std::make_shared<Login>(sources, name, *session), format("login {}", *session)};
}

}  // namespace keks::aws
