#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>

#include <algorithm>

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
  constexpr std::string_view others = "_+=,.@-";
  return name.size() >= 2 && name.size() <= 64 && std::ranges::all_of(name, [&](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                  others.find(c) != others.npos;
         });
}

Result<void> check(AssumeRoleInput const& input) {
  if (input.role_arn.empty()) return fail(Code::InvalidArgument, "AssumeRole needs the ARN of a role. Name one.");
  if (!is_session_name(input.session_name))
    return fail(Code::InvalidArgument,
                format("\"{}\" is no session name for AssumeRole: it takes 2 to 64 of letters, digits and _+=,.@- . "
                       "Correct it.",
                       input.session_name.substr(0, 80)));
  bool in_range = input.duration >= minutes(15) && input.duration <= hours(12);
  if (input.duration != seconds(0) && !in_range)
    return fail(Code::InvalidArgument, format("A session of {} s is out of the range of AssumeRole: 900 to 43200. "
                                              "Correct it.",
                                              input.duration.count()));
  return {};
}

Operation assume_role_of(AssumeRoleInput const& input) {
  return {"AssumeRole",
          {{"AccessDenied", Code::AssumeRoleDenied,
            format("Allow sts:AssumeRole on {} in the policy of the caller, and name the caller in the trust policy of "
                   "that role.",
                   input.role_arn)}}};
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

Result<Credentials> read_credentials(Service const& service, XmlLeaves const& leaves, std::string const& role_arn) {
  constexpr std::string_view operation = "AssumeRole";
  Required value(leaves, "AssumeRoleResponse/AssumeRoleResult/Credentials");
  Credentials got{
      value("AccessKeyId"), Secret(value("SecretAccessKey")), Secret(value("SessionToken")), {}, "role " + role_arn};
  auto expiration = parse_rfc3339(value("Expiration"));
  if (!value.missing().empty()) return fail(lacks(service, operation, value.missing()));
  if (!expiration) return fail(service.wrong_reply(Code::ReplyWrongShape, operation, expiration.error().message()));
  got.expiration = *expiration;
  return got;
}

net::Request post(Service const& service, Form form) {
  auto request = service.request("POST", "/");
  request.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  request.body = form.take();
  return request;
}

}  // namespace

Sts::Sts(ServiceOptions options) : service_(std::make_shared<Service>(std::move(options), kSts)) {}

Result<Credentials> Sts::assume_role(AssumeRoleInput const& input, Deadline const& deadline) {
  KEKS_CHECK(check(input));
  auto operation = assume_role_of(input);
  Form form(operation.name);
  form.add("RoleArn", input.role_arn).add("RoleSessionName", input.session_name);
  if (input.duration != seconds(0)) form.add("DurationSeconds", std::to_string(input.duration.count()));
  if (!input.external_id.empty()) form.add("ExternalId", input.external_id);

  KEKS_TRY(auto body, service_->call(operation, post(*service_, std::move(form)), deadline));
  KEKS_TRY(auto leaves, read(*service_, operation.name, body));
  return read_credentials(*service_, leaves, input.role_arn);
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
