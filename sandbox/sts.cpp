#include "sandbox/sts.hpp"

#include <keks/base/json.hpp>
#include <keks/base/time.hpp>
#include <keks/iam/arn.hpp>

#include <algorithm>
#include <charconv>
#include <expected>

#include "base/ascii.hpp"
#include "base/format.hpp"
#include "base/try.hpp"
#include "sandbox/hosts.hpp"

namespace keks::sandbox {
namespace {

template <class T>
using Checked = std::expected<T, AwsRefusal>;

auto refuse(int status, std::string code, std::string message) {
  return std::unexpected(AwsRefusal{status, std::move(code), std::move(message)});
}

bool wants_json(net::ServerRequest const& request) {
  return request.headers.get("accept").find("application/json") != std::string_view::npos;
}

/// The parameters of the call: in the query of a GET, in the form of a POST.
Parameters parameters_of(net::ServerRequest const& request) {
  auto parsed = request.method == "POST" ? Parameters::parse(request.body, Parameters::Plus::Blank)
                                         : Parameters::parse(request.query(), Parameters::Plus::Literal);
  return parsed ? *std::move(parsed) : Parameters();
}

AwsRefusal refusal_of(SignatureError error) {
  switch (error.fault) {
    case SignatureFault::Missing:
      return {403, "MissingAuthenticationToken", std::move(error.message)};
    case SignatureFault::Incomplete:
      return {400, "IncompleteSignature", std::move(error.message)};
    case SignatureFault::UnknownKey:
      return {403, "InvalidClientTokenId", std::move(error.message)};
    case SignatureFault::ExpiredToken:
      return {403, "ExpiredToken", std::move(error.message)};
    case SignatureFault::Expired:
      return {400, "RequestExpired", std::move(error.message)};
    case SignatureFault::Mismatch:
      break;
  }
  return {403, "SignatureDoesNotMatch", std::move(error.message)};
}

auto invalid(std::string_view member, std::string_view value, std::string_view rule) {
  return refuse(400, "ValidationError",
                format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must {}",
                       value.substr(0, 128), member, rule));
}

/// Whether `text` is made of letters, digits, `_` and `others` alone.
bool made_of(std::string_view text, std::string_view others) {
  return std::ranges::all_of(
      text, [&](char c) { return is_alnum(c) || c == '_' || others.find(c) != std::string_view::npos; });
}

Checked<void> check_text(Parameters const& parameters, std::string_view name, std::string_view member,
                         std::size_t least, std::size_t most, std::string_view characters) {
  auto value = parameters.get(name);
  if (value.size() < least || value.size() > most)
    return invalid(member, value, format("have length between {} and {}", least, most));
  if (!made_of(value, characters))
    return invalid(member, value, format("satisfy regular expression pattern: [\\w{}]*", characters));
  return {};
}

Checked<std::chrono::seconds> duration_of(Parameters const& parameters) {
  auto text = parameters.get("DurationSeconds");
  if (text.empty()) return std::chrono::hours(1);
  int seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 900)
    return invalid("durationSeconds", text, "have value greater than or equal to 900");
  if (seconds > 43'200) return invalid("durationSeconds", text, "have value less than or equal to 43200");
  return std::chrono::seconds(seconds);
}

Checked<void> check_assume_role(Parameters const& parameters) {
  KEKS_CHECK(check_text(parameters, "RoleArn", "roleArn", 20, 2048, ":/+=,.@-"));
  KEKS_CHECK(check_text(parameters, "RoleSessionName", "roleSessionName", 2, 64, "+=,.@-"));
  if (parameters.has("ExternalId")) KEKS_CHECK(check_text(parameters, "ExternalId", "externalId", 2, 1224, "+=,.@:/-"));
  return {};
}

auto access_denied(std::string_view action, Caller const& caller, std::string const& resource, Plan const& plan) {
  auto message = format("User: {} is not authorized to perform: sts:{}", caller.arn, action);
  if (!resource.empty()) message += " on resource: " + resource;
  return refuse(403, "AccessDenied", plan.option("message", message));
}

Reply assumed_role(KeyRing const& keys, Parameters const& parameters, WallTime expiration_at, bool json) {
  auto arn = session_arn(parameters.get("RoleArn"), parameters.get("RoleSessionName"));
  auto credentials = keys.mint(arn, expiration_at);
  auto id = caller_of(arn, credentials.access_key_id).user_id;
  auto secret = credentials.secret_access_key.reveal(), token = credentials.session_token.reveal();
  auto expiration = *credentials.expiration;
  auto xml = format(
      "    <AssumedRoleUser>\n      <AssumedRoleId>{}</AssumedRoleId>\n      <Arn>{}</Arn>\n    </AssumedRoleUser>\n"
      "    <Credentials>\n      <AccessKeyId>{}</AccessKeyId>\n      <SecretAccessKey>{}</SecretAccessKey>\n"
      "      <SessionToken>{}</SessionToken>\n      <Expiration>{}</Expiration>\n    </Credentials>\n",
      id, xml_escape(arn), credentials.access_key_id, secret, token, format_rfc3339(expiration));
  auto seconds = std::chrono::floor<std::chrono::seconds>(expiration.time_since_epoch()).count();
  auto document = format(
      R"({{"AssumedRoleUser":{{"Arn":{},"AssumedRoleId":{}}},"Credentials":{{"AccessKeyId":"{}","Expiration":{}.0,)"
      R"("SecretAccessKey":"{}","SessionToken":"{}"}},"PackedPolicySize":null,"SourceIdentity":null}})",
      json_quote(arn), json_quote(id), credentials.access_key_id, seconds, secret, token);
  return query_reply(parameters.get("Action"), xml, document, json);
}

Reply caller_identity(Caller const& caller, bool json) {
  auto xml = format("    <Arn>{}</Arn>\n    <UserId>{}</UserId>\n    <Account>{}</Account>\n", xml_escape(caller.arn),
                    xml_escape(caller.user_id), caller.account);
  auto document = format(R"({{"Account":{},"Arn":{},"UserId":{}}})", json_quote(caller.account), json_quote(caller.arn),
                         json_quote(caller.user_id));
  return query_reply("GetCallerIdentity", xml, document, json);
}

AwsRefusal planned_refusal(Plan const& plan) {
  if (plan.is("throttle")) return {400, "Throttling", "Rate exceeded"};
  if (plan.is("expired")) return {403, "ExpiredToken", "The security token included in the request is expired"};
  switch (plan.status()) {
    case 403:
      return {403, "AccessDenied", "Access denied"};
    case 429:
      return {429, "Throttling", "Rate exceeded"};
    case 503:
      return {503, "ServiceUnavailable", "The service is unavailable. Please retry."};
    default:
      return plan.status() < 500 ? AwsRefusal{plan.status(), "ValidationError", "The request is not valid"}
                                 : AwsRefusal{plan.status(), "InternalFailure", "An internal error occurred"};
  }
}

}  // namespace

std::string_view StsService::point(net::ServerRequest const& request) const {
  auto action = parameters_of(request).get("Action");
  if (action == "AssumeRoleWithWebIdentity") return "sts.web-identity";
  return action == "AssumeRole" ? "sts.assume" : action == "GetCallerIdentity" ? "sts.identity" : "aws.other";
}

Reply StsService::answer(net::ServerRequest const& request, Plan const& plan, WallTime now) {
  auto reply = act(request, plan, now);
  return reply ? *std::move(reply) : query_refusal(reply.error(), wants_json(request));
}

std::expected<Reply, AwsRefusal> StsService::act(net::ServerRequest const& request, Plan const& plan, WallTime now) {
  if (auto parameters = parameters_of(request); parameters.get("Action") == "AssumeRoleWithWebIdentity")
    return assume_with_web_identity(parameters, plan, now, wants_json(request));
  auto lookup = [&](auto id, auto token) { return keys_.find(id, token); };
  auto region = sts_region(request.headers.get("host"), region_);
  auto caller = verify_signature(request, {region, "sts"}, lookup, now);
  if (!caller) return std::unexpected(refusal_of(std::move(caller.error())));
  auto parameters = parameters_of(request);
  auto action = parameters.get("Action");
  if (action == "AssumeRole") return assume_role(parameters, *caller, plan, now, wants_json(request));
  if (action != "GetCallerIdentity")
    return refuse(400, "InvalidAction",
                  format("Could not find operation {} for version 2011-06-15", action.substr(0, 64)));
  if (plan.is("deny")) return access_denied(action, *caller, "", plan);
  return caller_identity(*caller, wants_json(request));
}

std::expected<Reply, AwsRefusal> StsService::assume_role(Parameters const& parameters, Caller const& caller,
                                                         Plan const& plan, WallTime now, bool json) {
  KEKS_CHECK(check_assume_role(parameters));
  KEKS_TRY(auto duration, duration_of(parameters));
  auto role = parameters.get("RoleArn");
  if (plan.is("deny") || std::ranges::find(roles_, role) == roles_.end())
    return access_denied("AssumeRole", caller, role, plan);
  return assumed_role(keys_, parameters, now + duration, json);
}

std::expected<Reply, AwsRefusal> StsService::assume_with_web_identity(Parameters const& parameters, Plan const& plan,
                                                                      WallTime now, bool json) {
  KEKS_CHECK(check_assume_role(parameters));
  KEKS_TRY(auto duration, duration_of(parameters));
  auto role = parameters.get("RoleArn");
  if (plan.is("deny") || std::ranges::find(roles_, role) == roles_.end())
    return refuse(403, "AccessDenied",
                  plan.option("message", "Not authorized to perform sts:AssumeRoleWithWebIdentity"));
  if (parameters.get("WebIdentityToken") != kWebIdentityToken)
    return refuse(400, "InvalidIdentityToken", "The ID Token provided is not a valid JWT.");
  return assumed_role(keys_, parameters, now + duration, json);
}

Reply StsService::refusal(net::ServerRequest const& request, Plan const& plan) {
  auto refusal = planned_refusal(plan);
  refusal.message = plan.option("message", refusal.message);
  return query_refusal(refusal, wants_json(request));
}

std::string_view StsService::wrong_shape(net::ServerRequest const& request) const {
  return wants_json(request) ? "42" : "<Surprise xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"/>";
}

}  // namespace keks::sandbox
