#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>
#include <keks/net/retry.hpp>

#include <algorithm>
#include <charconv>

#include "aws/iam_letters.hpp"
#include "aws/providers/http_json.hpp"
#include "aws/providers/imds_region.hpp"
#include "aws/providers/provider.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;

constexpr std::string_view kRoles = "/latest/meta-data/iam/security-credentials/";
constexpr seconds kPause{30};           // after which a service that gave nothing is asked again
constexpr minutes kStale{10};           // real instances have new keys long before the old ones are that near their end
constexpr minutes kStaleExtension{15};  // as far as the SDKs go

struct ImdsOptions {
  net::Url endpoint;
  bool v1_allowed = true;
  Tries tries{.count = 1, .timeout = seconds(1), .pause = milliseconds(100)};
};

/// A setting by variable, else by the profile.
std::optional<std::string> setting(Sources const& sources, std::string_view variable, std::string_view key) {
  if (auto value = sources.environment().get(variable)) return value;
  auto const* profile = sources.settings().profile();
  return profile ? profile->get(key) : std::nullopt;
}

bool is_true(std::optional<std::string> const& value) { return value && net::iequals(*value, "true"); }

Result<int> bounded(Sources const& sources, std::string_view variable, std::string_view key, int otherwise, int most) {
  auto text = setting(sources, variable, key);
  if (!text) return otherwise;
  int number = 0;
  auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error == std::errc() && end == text->data() + text->size() && number >= 1 && number <= most) return number;
  return fail(Code::InvalidArgument,
              format("{} ({}) must be a whole number from 1 to {}. Correct it.", variable, key, most));
}

Result<std::string> endpoint_text(Sources const& sources) {
  constexpr std::string_view variable = "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE";
  if (auto text = setting(sources, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint")) return *text;
  auto mode = setting(sources, variable, "ec2_metadata_service_endpoint_mode").value_or("IPv4");
  if (net::iequals(mode, "IPv4")) return "http://169.254.169.254";
  if (net::iequals(mode, "IPv6")) return "http://[fd00:ec2::254]";
  return fail(Code::InvalidArgument, format("{} must be IPv4 or IPv6. Correct it.", variable));
}

Result<ImdsOptions> read_options(Sources const& sources) {
  ImdsOptions options;
  KEKS_TRY(auto text, endpoint_text(sources));
  auto url = net::Url::parse(text);
  if (!url)
    return fail(url.error().with_message(format(
        "The endpoint of the instance metadata service cannot be used: {}. Correct it.", url.error().message())));
  options.endpoint = *std::move(url);
  while (options.endpoint.path.ends_with('/')) options.endpoint.path.pop_back();
  options.v1_allowed = !is_true(setting(sources, "AWS_EC2_METADATA_V1_DISABLED", "ec2_metadata_v1_disabled"));
  KEKS_TRY(auto timeout, bounded(sources, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout", 1, 60));
  options.tries.timeout = seconds(timeout);
  KEKS_TRY(options.tries.count,
           bounded(sources, "AWS_METADATA_SERVICE_NUM_ATTEMPTS", "metadata_service_num_attempts", 1, 10));
  return options;
}

/// The first line; instances have one role.
std::string_view first_line(std::string_view text) { return text.substr(0, text.find_first_of("\r\n")); }

bool is_role_name(std::string_view text) {
  return !text.empty() && text.size() <= 128 && std::ranges::all_of(text, is_iam_letter);
}

class Imds final : public CredentialsProvider {
 public:
  Imds(SharedSources sources, ImdsOptions options)
      : sources_(std::move(sources)), options_(std::move(options)), service_(asked(2)), token_service_(asked(3)) {}

  Result<Credentials> get(Deadline const& deadline) override {
    if (auto failure = recent_failure()) return fail(*failure);
    auto got = fetch(deadline);
    bool is_callers = deadline.expired() || deadline.stopped();
    if (!got && !is_callers) remember(got.error());
    return got;
  }

  void invalidate() override {
    std::lock_guard lock(mutex_);
    failure_.reset();
  }

  Result<std::string> region(Deadline const& deadline) const {
    KEKS_TRY(auto token, session_token(deadline));
    KEKS_TRY(auto reply, get_with(token, "/latest/dynamic/instance-identity/document", deadline));
    if (!reply.is_ok()) return fail(refusal(service_, reply, {token}, "Name the region instead."));
    KEKS_TRY(auto document, json_of(service_, reply));
    auto region = text_of(document, "region");
    if (!region.empty()) return std::string(region);
    return fail(Code::CredentialSourceFailed, "The instance metadata service knows no region. Name it.");
  }

 private:
  std::optional<Error> recent_failure() const {
    std::lock_guard lock(mutex_);
    auto age = sources_->clock.wall() - failed_at_;
    return failure_ && age >= seconds(0) && age < kPause ? failure_ : std::nullopt;
  }
  void remember(Error const& error) {
    std::lock_guard lock(mutex_);
    failure_ = error;
    failed_at_ = sources_->clock.wall();
  }

  /// The service with so many fifths of the time: where packets vanish, the token and the list after it together wait
  /// for one time-out. A service that is there answers within milliseconds.
  Asked asked(int fifths) const {
    auto tries = options_.tries;
    tries.timeout = tries.timeout * fifths / 5;
    return {sources_->transport(), sources_->clock, "The instance metadata service", tries};
  }

  net::Request request(std::string method, std::string_view path) const {
    net::Request request{.method = std::move(method), .url = options_.endpoint, .headers = {}, .body = {}};
    request.url.path += path;
    request.url.query.clear();
    return request;
  }

  Result<HttpReply> get_with(Secret const& token, std::string_view path, Deadline const& deadline) const {
    auto get = request("GET", path);
    if (!token.empty()) get.headers.add("X-aws-ec2-metadata-token", std::string(token.reveal()));
    auto reply = ask(service_, get, deadline);
    if (!reply) return fail(nobody(reply.error()));
    return reply;
  }

  /// Where nobody answers, this is most likely no instance of EC2, and that is no fault.
  Error nobody(Error const& error) const {
    if (error.code() != Code::CredentialSourceFailed) return error;
    return error.with_code(Code::NoCredentials)
        .with_message(format("No AWS credentials are configured, and no instance metadata service answers at {}. Sign "
                             "in, or configure some.",
                             options_.endpoint.authority()));
  }

  static Result<Secret> checked(Secret token) {
    if (is_header_value(token.reveal())) return token;
    return fail(Code::CredentialSourceFailed,
                "The instance metadata service gave a token with a control character in "
                "it. Check what answers at that address.");
  }

  /// A token of IMDSv2; an empty one means that v1 must do.
  Result<Secret> session_token(Deadline const& deadline) const {
    auto put = request("PUT", "/latest/api/token");
    put.headers.add("X-aws-ec2-metadata-token-ttl-seconds", "21600");
    auto reply = ask(token_service_, put, deadline);
    if (reply && reply->is_ok() && !reply->body.empty()) return checked(std::move(reply->body));
    if (deadline.expired() || deadline.stopped()) return reply ? Secret() : Result<Secret>(fail(reply.error()));
    if (reply && reply->status == 400)
      return fail(refusal(service_, *reply, {}, "Check what answers at that address."));
    if (options_.v1_allowed) return Secret();
    if (!reply) return fail(nobody(reply.error()));
    return fail(refusal(service_, *reply, {}, "It gave no token for IMDSv2, and IMDSv1 is disabled by configuration."));
  }

  Result<std::string> role_name(Secret const& token, Deadline const& deadline) const {
    KEKS_TRY(auto reply, get_with(token, kRoles, deadline));
    auto name = first_line(reply.body.reveal());
    if (reply.status == 404 || (reply.is_ok() && name.empty()))
      return fail(Code::NoCredentials,
                  "This instance has no role (its metadata lists none). Attach an instance profile, "
                  "or configure other credentials.");
    if (!reply.is_ok())
      return fail(
          refusal(service_, reply, {token}, "It should have told the role of this instance. Check its options."));
    if (is_role_name(name)) return std::string(name);
    // Not quoted: who answers every question alike has sent the keys.
    return fail(Code::CredentialSourceFailed,
                "What the instance metadata service named as role of this instance is no role name. "
                "Check what answers at that address.");
  }

  Result<Credentials> role_keys(Secret const& token, std::string const& role, Deadline const& deadline) const {
    KEKS_TRY(auto reply, get_with(token, std::string(kRoles) + role, deadline));
    auto advice = format("Check role {} and the instance profile that it is in.", role);
    if (!reply.is_ok()) return fail(refusal(service_, reply, {token}, advice));
    KEKS_TRY(auto object, json_of(service_, reply));
    if (!net::iequals(text_of(object, "Code"), "Success"))
      return fail(Code::CredentialSourceFailed, format("The instance metadata service has no credentials of role "
                                                       "{}{}. {}",
                                                       role, words_of(reply, {token}), advice));
    // An expiry in the past is a matter of the service, see `extended`.
    KEKS_TRY(auto keys, read_keys(object, kMetadataKeys, service_.what, WallTime::min()));
    if (!keys.expiration)
      return fail(Code::CredentialSourceFailed,
                  "The instance metadata service gave credentials without Expiration. "
                  "Check what answers at that address.");
    keys.source = "instance metadata, role " + role;
    return extended(std::move(keys));
  }

  /// Keys near or past their end mean that the service is in trouble; AWS goes on taking them, so they are used on
  /// ("static stability"), and asked for again in a few minutes.
  Credentials extended(Credentials keys) const {
    auto now = sources_->clock.wall();
    if (*keys.expiration > now + kStale) return keys;
    sources_->options.log(LogLevel::Warn, format("The credentials of the instance metadata service end at {}; they are "
                                                 "used on, as AWS advises.",
                                                 format_rfc3339(*keys.expiration)));
    auto jitter = minutes(2) + duration_cast<seconds>(minutes(8) * net::random_unit());
    keys.expiration = now + kStaleExtension + jitter;
    return keys;
  }

  Result<Credentials> fetch(Deadline const& deadline) const {
    KEKS_TRY(auto token, session_token(deadline));
    KEKS_TRY(auto role, role_name(token, deadline));
    return role_keys(token, role, deadline);
  }

  SharedSources sources_;
  ImdsOptions options_;
  Asked service_, token_service_;
  mutable std::mutex mutex_;
  std::optional<Error> failure_;
  WallTime failed_at_{};
};

/// Where to ask; `NoCredentials` where nobody may be asked.
Result<ImdsOptions> permitted(Sources const& sources) {
  auto const& env = sources.environment();
  if (env.get("AWS_LAMBDA_FUNCTION_NAME"))
    return fail(Code::NoCredentials, "AWS Lambda has no instance metadata (AWS_LAMBDA_FUNCTION_NAME is set)");
  if (is_true(env.get("AWS_EC2_METADATA_DISABLED")))
    return fail(Code::NoCredentials, "disabled by AWS_EC2_METADATA_DISABLED");
  return read_options(sources);
}

}  // namespace

Offer offer_imds(SharedSources const& sources) {
  KEKS_TRY(auto options, permitted(*sources));
  auto what = format("instance metadata at {}", options.endpoint.authority());
  return Configured{std::make_shared<Imds>(sources, std::move(options)), std::move(what)};
}

Result<std::string> imds_region(SharedSources const& sources, Deadline const& deadline) {
  KEKS_TRY(auto options, permitted(*sources));
  options.tries.count = 1;
  return Imds(sources, std::move(options)).region(deadline.at_most(seconds(1)));
}

}  // namespace keks::aws
