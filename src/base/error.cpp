#include <keks/base/error.hpp>

#include <iterator>
#include <utility>

namespace keks {
namespace {

// In the order of the enum; error_test.cpp holds the two together.
constexpr std::string_view kNames[] = {"InvalidArgument",
                                       "ClusterUnset",
                                       "RegionUnset",
                                       "RoleArnMalformed",
                                       "CaNotPem",
                                       "EventNotJson",
                                       "EventWrongShape",
                                       "UnknownHandler",
                                       "Io",
                                       "NoCredentials",
                                       "ProfileNotFound",
                                       "ConfigMalformed",
                                       "CredentialSourceFailed",
                                       "SignInNeeded",
                                       "MfaNeeded",
                                       "CredentialsExpired",
                                       "CredentialsRefused",
                                       "AssumeRoleDenied",
                                       "TokenTooLarge",
                                       "DescribeClusterDenied",
                                       "ClusterNotFound",
                                       "ClusterNotReady",
                                       "AwsThrottled",
                                       "AwsRefused",
                                       "StsUnreachable",
                                       "EksUnreachable",
                                       "NameNotResolved",
                                       "ConnectTimedOut",
                                       "ConnectFailed",
                                       "TlsUntrusted",
                                       "TlsWrongName",
                                       "TlsFailed",
                                       "ConnectionLost",
                                       "ReplyTruncated",
                                       "ReplyMalformed",
                                       "ReplyTooLarge",
                                       "ReplyNotJson",
                                       "ReplyWrongShape",
                                       "DeadlineExceeded",
                                       "Cancelled",
                                       "BadRequest",
                                       "Unauthorized",
                                       "Forbidden",
                                       "NotFound",
                                       "Conflict",
                                       "Gone",
                                       "Invalid",
                                       "TooManyRequests",
                                       "ServerError",
                                       "UnexpectedStatus"};
static_assert(std::size(kNames) == static_cast<std::size_t>(Code::UnexpectedStatus) + 1);

}  // namespace

std::string_view to_string(Code code) { return kNames[static_cast<std::size_t>(code)]; }

struct Error::Context {
  std::string operation, host, aws_code, aws_request_id;
  int http_status = 0;
  std::optional<std::chrono::milliseconds> retry_after;
  std::optional<ApiStatus> status;
};

Error::Error(Code code, std::string message) : code_(code), message_(std::move(message)) {}

Error::Context& Error::edit() {
  context_ = context_ ? std::make_shared<Context>(*context_) : std::make_shared<Context>();
  return *context_;
}

Error::Context const& Error::context() const {
  static Context const none;
  return context_ ? *context_ : none;
}

Error Error::with_message(std::string message) const {
  Error e = *this;
  e.message_ = std::move(message);
  return e;
}
Error Error::with_code(Code code) const {
  Error e = *this;
  e.code_ = code;
  return e;
}
Error Error::with_operation(std::string operation) const {
  Error e = *this;
  e.edit().operation = std::move(operation);
  return e;
}
Error Error::with_host(std::string host) const {
  Error e = *this;
  e.edit().host = std::move(host);
  return e;
}
Error Error::with_http_status(int status) const {
  Error e = *this;
  e.edit().http_status = status;
  return e;
}
Error Error::with_aws(std::string aws_code, std::string request_id) const {
  Error e = *this;
  auto& c = e.edit();
  c.aws_code = std::move(aws_code);
  c.aws_request_id = std::move(request_id);
  return e;
}
Error Error::with_retry_after(std::chrono::milliseconds delay) const {
  Error e = *this;
  e.edit().retry_after = delay;
  return e;
}
Error Error::with_status(ApiStatus status) const {
  Error e = *this;
  e.edit().status = std::move(status);
  return e;
}

std::string const& Error::operation() const { return context().operation; }
std::string const& Error::host() const { return context().host; }
int Error::http_status() const { return context().http_status; }
std::string const& Error::aws_code() const { return context().aws_code; }
std::string const& Error::aws_request_id() const { return context().aws_request_id; }
std::optional<std::chrono::milliseconds> Error::retry_after() const { return context().retry_after; }
ApiStatus const* Error::api_status() const {
  auto const& status = context().status;
  return status ? &*status : nullptr;
}

bool Error::is_retryable() const {
  switch (code_) {
    case Code::AwsThrottled:
    case Code::TooManyRequests:
    case Code::ServerError:
    case Code::ConnectionLost:
    case Code::ConnectFailed:
    case Code::ConnectTimedOut:
    case Code::NameNotResolved:
    case Code::StsUnreachable:
    case Code::EksUnreachable:
      return true;
    default:
      return false;
  }
}

}  // namespace keks
