#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keks {

/// Everything that can go wrong in keks, as one closed list.
///
/// The list is closed so that callers can decide with a `switch`, and so that every entry has one name
/// (`to_string`, in CamelCase) that logs, metrics and Lambda's `errorType` share. Most callers should ask the
/// `Error` its questions (`is_retryable()`, `is_forbidden()`, ...) instead of matching codes.
enum class Code : std::uint8_t {
  // The caller's own input.
  InvalidArgument,   ///< An argument breaks its documented rule. Correct the call.
  ClusterUnset,      ///< No cluster was named. Set it.
  RegionUnset,       ///< No AWS region is configured. Set one.
  RoleArnMalformed,  ///< The role to assume is not a role ARN. Correct it.
  CaNotPem,          ///< A certificate authority is not base64 PEM, or holds no certificate. Correct it.
  EventNotJson,      ///< The Lambda event is not JSON. Correct the caller.
  EventWrongShape,   ///< The Lambda event is JSON, but not what the handler takes. Correct the caller.
  UnknownHandler,    ///< `_HANDLER` names no handler of this program. Use a listed one.
  Io,                ///< A file, pipe or process of this machine failed. See the message.
  // Identity.
  NoCredentials,    ///< No AWS credentials were found. Provide some; the message lists the places looked at.
  ProfileNotFound,  ///< The profile named is in neither shared file. Correct the name, or add it.
  ConfigMalformed,  ///< A configuration file breaks its format, or its settings contradict. The message names the line.
  CredentialSourceFailed,  ///< A configured source (process, container, metadata, token file) failed. See the message.
  SignInNeeded,            ///< A kept sign-in (SSO, `aws login`) is absent or has ended. Sign in again.
  MfaNeeded,               ///< A role wants an MFA code and nobody can be asked for one. Run it on a terminal.
  CredentialsExpired,      ///< AWS says that the credentials have expired. Get new ones.
  CredentialsRefused,      ///< AWS does not know the key, or the signature does not match. Check key, secret and clock.
  AssumeRoleDenied,        ///< STS refuses AssumeRole. Allow it in the caller's policy and the role's trust policy.
  TokenTooLarge,           ///< The bearer token would exceed 4,095 bytes. Use a shorter session token.
  // AWS.
  DescribeClusterDenied,  ///< EKS refuses DescribeCluster. Allow eks:DescribeCluster on the cluster.
  ClusterNotFound,        ///< EKS has no such cluster in that region and account.
  ClusterNotReady,        ///< The cluster is neither ACTIVE nor UPDATING. Wait, or look why it failed.
  AwsThrottled,           ///< AWS throttled the call on every try. Call less often, or later.
  AwsRefused,             ///< AWS answered with another error. See its code and message.
  StsUnreachable,         ///< No reply from STS. Check route, endpoint and security group.
  EksUnreachable,         ///< No reply from the EKS API. Check route, endpoint and security group.
  // The way to the server.
  NameNotResolved,   ///< The host name has no address. Check the name and DNS.
  ConnectTimedOut,   ///< TCP did not connect in time. Check routes and security groups.
  ConnectFailed,     ///< TCP was refused or reset while connecting. Check port and address.
  TlsUntrusted,      ///< The server's certificate is not signed by the CA given. Check CA and endpoint.
  TlsWrongName,      ///< The certificate is for another host name. Check the endpoint.
  TlsFailed,         ///< TLS failed otherwise. See the message.
  ConnectionLost,    ///< The connection broke before a reply began.
  ReplyTruncated,    ///< The connection broke, or the body ended, in the middle of a reply.
  ReplyMalformed,    ///< The reply is no HTTP, or breaks it.
  ReplyTooLarge,     ///< The reply passes the limit set for it.
  ReplyNotJson,      ///< The body should be JSON and is not.
  ReplyWrongShape,   ///< The body is JSON of another shape than the call promises.
  DeadlineExceeded,  ///< The caller's deadline passed. The message says what was being waited for.
  Cancelled,         ///< The caller's stop token was triggered.
  // The API server's refusals.
  BadRequest,        ///< 400.
  Unauthorized,      ///< 401: the token is not accepted, or its identity is not mapped.
  Forbidden,         ///< 403: RBAC says no.
  NotFound,          ///< 404.
  Conflict,          ///< 409.
  Gone,              ///< 410: a continue token or resource version has expired. List again.
  Invalid,           ///< 422.
  TooManyRequests,   ///< 429 to the end of all tries.
  ServerError,       ///< 5xx to the end of all tries.
  UnexpectedStatus,  ///< Any other HTTP status.
};

/// The code's stable name, letters only: `ClusterNotFound`.
std::string_view to_string(Code code);

/// The API server's `Status` object, kept whole.
/// Contract: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/status/
struct ApiStatus {
  struct Cause {
    std::string reason, message, field;
  };
  int code = 0;
  std::string status, reason, message, continue_token;
  std::string name, group, kind, uid;  ///< `details` of the object the refusal is about
  std::optional<std::int64_t> retry_after_seconds;
  bool has_details = false;
  std::vector<Cause> causes;
};

/// An error as a value: a code, a message for people, and what is known of the circumstances.
///
/// The message is one sentence or two: what failed, on what, and what to do next. It may contain text that a
/// server sent; whoever prints it escapes control characters (`escape_controls`). It never contains a secret.
/// *Threads:* a value; copies share immutable state.
class Error {
 public:
  Error(Code code, std::string message);

  Code code() const { return code_; }
  std::string const& message() const { return message_; }

  Error with_message(std::string message) const;
  Error with_code(Code code) const;
  Error with_operation(std::string operation) const;  ///< e.g. `sts:AssumeRole`, `list pods`
  Error with_host(std::string host) const;
  Error with_http_status(int status) const;
  Error with_aws(std::string aws_code, std::string request_id) const;
  Error with_retry_after(std::chrono::milliseconds delay) const;
  Error with_status(ApiStatus status) const;

  std::string const& operation() const;
  std::string const& host() const;
  int http_status() const;              ///< 0 when no HTTP reply is behind this error
  std::string const& aws_code() const;  ///< e.g. `AccessDenied`
  std::string const& aws_request_id() const;
  ApiStatus const* api_status() const;  ///< null unless the API server sent one
  std::optional<std::chrono::milliseconds> retry_after() const;

  /// The same call may succeed when it is made again later, unchanged.
  bool is_retryable() const;
  bool is_unauthorized() const { return code_ == Code::Unauthorized; }
  bool is_forbidden() const { return code_ == Code::Forbidden; }
  bool is_not_found() const { return code_ == Code::NotFound; }
  bool is_conflict() const { return code_ == Code::Conflict; }
  bool is_gone() const { return code_ == Code::Gone; }
  /// A deadline of ours passed: the call's, or the one for connecting.
  bool is_timeout() const { return code_ == Code::DeadlineExceeded || code_ == Code::ConnectTimedOut; }

 private:
  struct Context;
  Context& edit();
  Context const& context() const;

  Code code_;
  std::string message_;
  std::shared_ptr<Context> context_;
};

}  // namespace keks
