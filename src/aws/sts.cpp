#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>

#include <algorithm>

#include "aws/iam_letters.hpp"
#include "aws/service.hpp"
#include "aws/xml.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;

Refusal read_refusal(net::Headers const& headers, std::string_view body) {
  std::string header_id(headers.get("x-amzn-RequestId"));
  auto leaves = XmlLeaves::read(body);
  if (!leaves) return {{}, {}, std::move(header_id)};
  auto get = [&](std::string_view path) { return std::string(leaves->get(path)); };
  auto id = get("ErrorResponse/RequestId");
  return {get("ErrorResponse/Error/Code"), get("ErrorResponse/Error/Message"), id.empty() ? header_id : id};
}

constexpr Protocol kSts{"sts", "STS", Code::StsUnreachable, read_refusal};

/// A form body of the Query protocol.
class Form {
 public:
  explicit Form(std::string_view action) { add("Action", action).add("Version", "2011-06-15"); }
  Form& add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    text_.append(name).append("=").append(percent_encode(value));
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

bool is_session_name(std::string_view name) {
  return name.size() >= 2 && name.size() <= 64 && std::ranges::all_of(name, is_iam_letter);
}

Result<void> check(std::string_view operation, std::string_view role_arn, std::string_view session_name,
                   seconds duration) {
  if (role_arn.empty()) return fail(Code::InvalidArgument, format("{} needs the ARN of a role. Name one.", operation));
  if (!is_session_name(session_name))
    return fail(Code::InvalidArgument,
                format("\"{}\" is no session name for {}: it takes 2 to 64 of letters, digits and "
                       "_+=,.@- . Correct it.",
                       session_name.substr(0, 80), operation));
  if (duration != seconds(0) && !(duration >= minutes(15) && duration <= hours(12)))
    return fail(Code::InvalidArgument, format("A session of {} s is out of the range of {}: 900 to 43200. Correct it.",
                                              duration.count(), operation));
  return {};
}

Operation assume_role_of(AssumeRoleInput const& input) {
  auto mfa = input.mfa_serial.empty() ? "" : " If the role wants an MFA code, check device and code.";
  return {"AssumeRole",
          {{"AccessDenied", Code::AssumeRoleDenied,
            format("Allow sts:AssumeRole on {} in the policy of the caller, and name the caller in the trust policy of "
                   "that role.{}",
                   input.role_arn, mfa)}},
          true,
          {input.mfa_code}};
}

Operation web_identity_of(WebIdentityInput const& input) {
  auto trust =
      format("Check the trust policy of {}: identity provider, audience and subject of the token.", input.role_arn);
  auto token = "Check that the token file holds a token of that identity provider, and is kept up to date.";
  return {"AssumeRoleWithWebIdentity",
          {{"AccessDenied", Code::AssumeRoleDenied, trust},
           {"IDPRejectedClaim", Code::AssumeRoleDenied, trust},
           {"InvalidIdentityToken", Code::CredentialsRefused, token},
           {"ExpiredTokenException", Code::CredentialsExpired, token}},
          false,
          {input.token}};
}

/// Leaves that must be there; remembers the first one that is not.
class Required {
 public:
  Required(XmlLeaves const& leaves, std::string_view below) : leaves_(leaves), below_(below) {}
  std::string operator()(std::string_view name) {
    auto path = format("{}/{}", below_, name);
    auto value = leaves_.get(path);
    if (value.empty() && missing_.empty()) missing_ = path;
    return std::string(value);
  }
  std::string const& missing() const { return missing_; }

 private:
  XmlLeaves const& leaves_;
  std::string_view below_;
  std::string missing_;
};

Result<XmlLeaves> read(Service const& service, std::string_view operation, Secret const& body) {
  auto leaves = XmlLeaves::read(body.reveal());
  if (!leaves) return fail(service.wrong_reply(Code::ReplyWrongShape, operation, leaves.error().message()));
  return leaves;
}

Error lacks(Service const& service, std::string_view operation, std::string_view path) {
  return service.wrong_reply(Code::ReplyWrongShape, operation, format("HTTP 200 without {}", path));
}

/// The account of an ARN, or nothing.
std::string account_of(std::string_view arn) {
  for (int colons = 0; colons < 4; ++colons) {
    auto colon = arn.find(':');
    if (colon == arn.npos) return {};
    arn.remove_prefix(colon + 1);
  }
  return std::string(arn.substr(0, arn.find(':')));
}

Result<Credentials> read_credentials(Service const& service, std::string_view operation, XmlLeaves const& leaves,
                                     std::string const& role_arn) {
  auto result = format("{0}Response/{0}Result", operation), below = result + "/Credentials";
  Required value(leaves, below);
  Credentials got{
      value("AccessKeyId"), Secret(value("SecretAccessKey")), Secret(value("SessionToken")), {}, "role " + role_arn};
  auto expiration = parse_rfc3339(value("Expiration"));
  if (!value.missing().empty()) return fail(lacks(service, operation, value.missing()));
  if (!expiration) return fail(service.wrong_reply(Code::ReplyWrongShape, operation, expiration.error().message()));
  if (*expiration <= service.now())
    return fail(service.wrong_reply(Code::ReplyWrongShape, operation,
                                    format("its credentials ended at {}, which the clock of this machine says is over",
                                           format_rfc3339(*expiration))));
  got.expiration = *expiration;
  got.account_id = account_of(leaves.get(result + "/AssumedRoleUser/Arn"));
  return got;
}

net::Request post(Service const& service, Form form) {
  auto request = service.request("POST", "/");
  request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  request.body = form.take();
  return request;
}

Form role_form(std::string_view operation, auto const& input) {
  Form form(operation);
  form.add("RoleArn", input.role_arn).add("RoleSessionName", input.session_name);
  if (input.duration != seconds(0)) form.add("DurationSeconds", std::to_string(input.duration.count()));
  return form;
}

Result<Credentials> ask_for_role(Service& service, Operation const& operation, Form form, std::string const& role_arn,
                                 Deadline const& deadline) {
  KEKS_TRY(auto body, service.call(operation, post(service, std::move(form)), deadline));
  KEKS_TRY(auto leaves, read(service, operation.name, body));
  return read_credentials(service, operation.name, leaves, role_arn);
}

}  // namespace

Sts::Sts(ServiceOptions options) : service_(std::make_shared<Service>(std::move(options), kSts)) {}

Result<Credentials> Sts::assume_role(AssumeRoleInput const& input, Deadline const& deadline) {
  auto operation = assume_role_of(input);
  KEKS_CHECK(check(operation.name, input.role_arn, input.session_name, input.duration));
  auto form = role_form(operation.name, input);
  if (!input.external_id.empty()) form.add("ExternalId", input.external_id);
  if (!input.mfa_serial.empty()) form.add("SerialNumber", input.mfa_serial).add("TokenCode", input.mfa_code.reveal());
  return ask_for_role(*service_, operation, std::move(form), input.role_arn, deadline);
}

Result<Credentials> Sts::assume_role_with_web_identity(WebIdentityInput const& input, Deadline const& deadline) {
  auto operation = web_identity_of(input);
  KEKS_CHECK(check(operation.name, input.role_arn, input.session_name, input.duration));
  auto form = role_form(operation.name, input);
  form.add("WebIdentityToken", input.token.reveal());
  return ask_for_role(*service_, operation, std::move(form), input.role_arn, deadline);
}

Result<CallerIdentity> Sts::get_caller_identity(Deadline const& deadline) {
  constexpr std::string_view operation = "GetCallerIdentity";
  KEKS_TRY(auto answer, service_->ask({operation}, post(*service_, Form(operation)), deadline));
  KEKS_TRY(auto leaves, read(*service_, operation, answer.body));
  Required value(leaves, "GetCallerIdentityResponse/GetCallerIdentityResult");
  CallerIdentity identity{value("Account"), value("Arn"), value("UserId"), answer.skew};
  if (!value.missing().empty()) return fail(lacks(*service_, operation, value.missing()));
  return identity;
}

namespace {

class AssumedRole final : public CredentialsProvider {
 public:
  AssumedRole(std::shared_ptr<Sts> sts, AssumeRoleInput input) : sts_(std::move(sts)), input_(std::move(input)) {}
  Result<Credentials> get(Deadline const& deadline) override { return sts_->assume_role(input_, deadline); }

 private:
  std::shared_ptr<Sts> sts_;
  AssumeRoleInput input_;
};

}  // namespace

std::shared_ptr<CredentialsProvider> assume_role_credentials(std::shared_ptr<Sts> sts, AssumeRoleInput input) {
  return std::make_shared<AssumedRole>(std::move(sts), std::move(input));
}

}  // namespace keks::aws
