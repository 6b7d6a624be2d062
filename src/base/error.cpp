#include <keks/base/error.hpp>

#include <array>
#include <utility>

namespace keks {

std::string_view to_string(Code code) {
  switch (code) {
    case Code::InvalidArgument:
      return "InvalidArgument";
    case Code::ClusterUnset:
      return "ClusterUnset";
    case Code::RegionUnset:
      return "RegionUnset";
    case Code::RoleArnMalformed:
      return "RoleArnMalformed";
    case Code::CaNotPem:
      return "CaNotPem";
    case Code::EventNotJson:
      return "EventNotJson";
    case Code::EventWrongShape:
      return "EventWrongShape";
    case Code::UnknownHandler:
      return "UnknownHandler";
    case Code::Io:
      return "Io";
    case Code::NoCredentials:
      return "NoCredentials";
    case Code::CredentialsExpired:
      return "CredentialsExpired";
    case Code::CredentialsRefused:
      return "CredentialsRefused";
    case Code::AssumeRoleDenied:
      return "AssumeRoleDenied";
    case Code::TokenTooLarge:
      return "TokenTooLarge";
    case Code::HostNotVerifiable:
      return "HostNotVerifiable";
    case Code::DescribeClusterDenied:
      return "DescribeClusterDenied";
    case Code::ClusterNotFound:
      return "ClusterNotFound";
    case Code::ClusterNotReady:
      return "ClusterNotReady";
    case Code::AwsThrottled:
      return "AwsThrottled";
    case Code::AwsRefused:
      return "AwsRefused";
    case Code::StsUnreachable:
      return "StsUnreachable";
    case Code::EksUnreachable:
      return "EksUnreachable";
    case Code::NameNotResolved:
      return "NameNotResolved";
    case Code::ConnectTimedOut:
      return "ConnectTimedOut";
    case Code::ConnectFailed:
      return "ConnectFailed";
    case Code::TlsUntrusted:
      return "TlsUntrusted";
    case Code::TlsWrongName:
      return "TlsWrongName";
    case Code::TlsFailed:
      return "TlsFailed";
    case Code::ConnectionLost:
      return "ConnectionLost";
    case Code::ReplyTruncated:
      return "ReplyTruncated";
    case Code::ReplyMalformed:
      return "ReplyMalformed";
    case Code::ReplyTooLarge:
      return "ReplyTooLarge";
    case Code::ReplyNotJson:
      return "ReplyNotJson";
    case Code::ReplyWrongShape:
      return "ReplyWrongShape";
    case Code::DeadlineExceeded:
      return "DeadlineExceeded";
    case Code::Cancelled:
      return "Cancelled";
    case Code::BadRequest:
      return "BadRequest";
    case Code::Unauthorized:
      return "Unauthorized";
    case Code::Forbidden:
      return "Forbidden";
    case Code::NotFound:
      return "NotFound";
    case Code::Conflict:
      return "Conflict";
    case Code::Gone:
      return "Gone";
    case Code::Invalid:
      return "Invalid";
    case Code::TooManyRequests:
      return "TooManyRequests";
    case Code::ServerError:
      return "ServerError";
    case Code::UnexpectedStatus:
      return "UnexpectedStatus";
  }
  return "UnexpectedStatus";
}

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
