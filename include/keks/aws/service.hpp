#pragma once

#include <keks/aws/credentials.hpp>
#include <keks/aws/endpoint.hpp>
#include <keks/net/retry.hpp>
#include <keks/net/transport.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keks::aws {

/// What every AWS call needs. *Lifetime:* `transport` and `clock` must outlive the service object.
struct ServiceOptions {
  net::Transport& transport;
  Endpoint endpoint;
  std::shared_ptr<CredentialsProvider> credentials;  ///< null will do for calls that are not signed
  Clock const& clock = system_clock();
  /// The SDKs' standard mode: three attempts, on throttling, 5xx and broken connections.
  net::RetryPolicy retry = {
      .max_attempts = 3, .first_delay = std::chrono::milliseconds(50), .max_delay = std::chrono::milliseconds(20'000)};
  /// One attempt may take that long; a server that accepts and never answers does not use up the whole deadline.
  std::chrono::milliseconds attempt_timeout{10'000};
};

class Service;

struct AssumeRoleInput {
  std::string role_arn, session_name;
  std::string external_id = {};      ///< empty: none
  std::chrono::seconds duration{0};  ///< 900 s to 12 h; 0: STS's default of one hour
  std::string mfa_serial = {};       ///< empty: none
  Secret mfa_code = {};              ///< of that device; used up by one call
};

struct WebIdentityInput {
  std::string role_arn, session_name;
  Secret token;  ///< of the identity provider, as it issued it
  std::chrono::seconds duration{0};
};

struct CallerIdentity {
  std::string account, arn, user_id;
  /// How far STS's clock was ahead of ours when the answer came, by its `Date`; whole seconds, absent without one.
  std::optional<std::chrono::seconds> clock_skew = {};
};

/// AWS Security Token Service: the calls keks needs. A value; copies share what they learn of the clock's skew.
/// *Errors of all:* `StsUnreachable` (with the transport's reason), `AssumeRoleDenied`, `CredentialsExpired`,
/// `CredentialsRefused`, `AwsThrottled`, `AwsRefused`, `ReplyWrongShape`, `DeadlineExceeded`, `NoCredentials`.
/// *Threads:* safe to share. *Cancellation:* by the deadline.
/// Contract: https://docs.aws.amazon.com/STS/latest/APIReference/
class Sts {
 public:
  explicit Sts(ServiceOptions options);
  /// *Errors:* also `InvalidArgument` for a session name that is not 2 to 64 of `A-Z a-z 0-9 _ + = , . @ -`, and for a
  /// duration out of its range. Credentials that have expired on arrival are `ReplyWrongShape`.
  Result<Credentials> assume_role(AssumeRoleInput const& input, Deadline const& deadline);
  /// As above, but signed by nobody: the token says who asks.
  Result<Credentials> assume_role_with_web_identity(WebIdentityInput const& input, Deadline const& deadline);
  Result<CallerIdentity> get_caller_identity(Deadline const& deadline);

 private:
  std::shared_ptr<Service> service_;
};

/// Credentials of an assumed role, new at each call: put `cached_credentials` around it.
std::shared_ptr<CredentialsProvider> assume_role_credentials(std::shared_ptr<Sts> sts, AssumeRoleInput input);

struct Cluster {
  std::string name, arn, endpoint, status, version;
  std::string certificate_authority;  ///< PEM, decoded from `certificateAuthority.data`
  std::string authentication_mode;    ///< `accessConfig.authenticationMode`; may be empty
  std::string outpost_id = {};        ///< of a local cluster on Outposts, whose tokens name it; else empty
  // Who may connect to the endpoint, by `resourcesVpcConfig`; absent and empty where EKS does not say.
  std::optional<bool> endpoint_public_access = {}, endpoint_private_access = {};
  std::vector<std::string> public_access_cidrs = {};
};

/// Who may enter a cluster by EKS's own list.
/// Contract: https://docs.aws.amazon.com/eks/latest/APIReference/API_AccessEntry.html
struct AccessEntry {
  std::string principal_arn;  ///< role or user, with its path
  std::string username;       ///< may hold `{{SessionName}}` and its like
  std::vector<std::string> kubernetes_groups;
  std::string type;  ///< `STANDARD`, `EC2_LINUX`, ...
};

/// What an access entry may do beyond what RBAC gives its groups.
struct AccessPolicy {
  std::string policy_arn;
  std::string scope;  ///< `cluster` or `namespace`
  std::vector<std::string> namespaces;
};

/// Amazon EKS: what keks asks of its API.
/// *Errors:* `EksUnreachable`, `DescribeClusterDenied`, `ClusterNotFound`, `ClusterNotReady`, `AwsThrottled`, and the
/// rest as for `Sts`. Contract: https://docs.aws.amazon.com/eks/latest/APIReference/
class Eks {
 public:
  explicit Eks(ServiceOptions options);
  /// Any status. *Errors:* also `InvalidArgument` for a name that is no cluster name, `CaNotPem`
  /// for a certificate authority that is not base64.
  Result<Cluster> describe_cluster(std::string const& name, Deadline const& deadline);
  /// ACTIVE or UPDATING only, with endpoint and CA. *Errors:* also `ClusterNotReady`, `CaNotPem`.
  Result<Cluster> describe_ready_cluster(std::string const& name, Deadline const& deadline);
  Result<std::vector<std::string>> list_clusters(Deadline const& deadline);

  /// ARNs of all principals that have an entry. *Errors of these three:* `ClusterNotFound`; `AwsRefused` where the
  /// caller may not ask (the message names the permission), and where the cluster knows no access entries.
  Result<std::vector<std::string>> list_access_entries(std::string const& cluster, Deadline const& deadline);
  /// The entry of exactly that ARN; absent is no error.
  Result<std::optional<AccessEntry>> describe_access_entry(std::string const& cluster, std::string const& principal_arn,
                                                           Deadline const& deadline);
  Result<std::vector<AccessPolicy>> list_associated_access_policies(std::string const& cluster,
                                                                    std::string const& principal_arn,
                                                                    Deadline const& deadline);

 private:
  std::shared_ptr<Service> service_;
};

}  // namespace keks::aws
