#pragma once

#include <keks/base/clock.hpp>
#include <keks/base/result.hpp>
#include <keks/net/server.hpp>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keks::sandbox {

/// One planned misbehaviour, from text `POINT=ACTION[:option=value...]`, e.g. `kube.list=429:retry-after=1:times=2`.
/// Points: `sts.assume sts.identity sts.web-identity eks.describe eks.list eks.access aws.credentials kube.list
/// kube.get kube.api kube.version kube.review kube.configmap kube.tls kube.* aws.*`. Actions: an HTTP status (400 to
/// 599), `deny`, `throttle`, `reset`, `stall`, `truncate` (in the middle of an item), `close`, `skew[:seconds=N]` (this
/// server's clock is N seconds ahead, 3600 unless said: in the Date header and in its judgement of signatures),
/// `not-json`, `wrong-shape`, `expired` (kube.list: 410 on continue; AWS: the credentials are), `wrong-name`,
/// `wrong-ca` (kube.tls, from the start only), `status:value=CREATING`, `bad-ca`, `access[:value=CIDR]` (eks.describe:
/// public to that network alone; without a value private), `slow` (nothing but its delay). Options: `times=N` (then
/// well again; default: for ever), `after=N` (requests that pass first), `retry-after=S`, `message=TEXT` (the rest of
/// the text, colons included), `delay=MS`.
struct Fault {
  std::string point, action;
  std::map<std::string, std::string, std::less<>> options;
  static Result<Fault> parse(std::string_view text);  ///< *Errors:* `InvalidArgument`, listing what exists.
};

struct Identity {
  std::string access_key_id, secret_access_key, arn;  ///< a user, or a role's session
  std::string session_token{};                        ///< empty: a role's session is given one, a user has none
};

/// From IAM identity to Kubernetes: a mapping and a tiny allow-list that stands in for RBAC.
struct Mapping {
  std::string arn;  ///< role or user ARN, canonical (a role, not its session)
  std::string username;
  std::vector<std::string> groups;
};

/// Which lists count, as `accessConfig.authenticationMode` has it.
enum class AccessMode { ApiAndConfigMap, Api, ConfigMap };

/// One of EKS's access entries.
struct AccessEntry {
  std::string arn;         ///< of a role, with its path, or of a user
  std::string username{};  ///< may hold templates; empty: EKS's default
  std::vector<std::string> groups{};
  std::vector<std::string> policies{};  ///< `AmazonEKSViewPolicy`; told, and not enforced
  bool stale = false;  ///< the role was deleted and made anew since: EKS shows the entry, and it does not count
};

/// `data` of the ConfigMap aws-auth.
using AwsAuthData = std::map<std::string, std::string, std::less<>>;

/// What `AssumeRoleWithWebIdentity` takes for the token of a pod.
inline constexpr char kWebIdentityToken[] = "keks-sandbox-web-identity-token";

struct Options {
  std::string region = "eu-west-1";
  std::string cluster = "sandbox";
  std::string account = "111122223333";
  std::size_t pods = 31;
  std::size_t pod_bytes = 0;           ///< pad each pod's JSON to about this size; 0: as it is (~3.5 kB)
  std::size_t page_limit = 0;          ///< the API server pages at this size even when not asked to; 0: never
  bool tables = true;                  ///< answers `Table` when asked; false: like a server that cannot
  std::vector<Identity> identities{};  ///< empty: one, the function's role session
  std::vector<std::string> roles{};    ///< ARNs that AssumeRole may give out; empty: one, `role/keks-ops`
  /// Access entries, or lines of aws-auth where the mode knows no entries. Empty, and no other list given: the
  /// identities and roles above, allowed to get and list pods.
  std::vector<Mapping> mappings{};
  AccessMode access_mode = AccessMode::ApiAndConfigMap;
  std::vector<AccessEntry> access_entries{};
  std::optional<AwsAuthData> aws_auth{};  ///< absent: no such ConfigMap
  std::vector<Fault> faults{};
  // Where to listen, and how.
  std::string aws_address = "127.0.0.1";
  std::uint16_t aws_port = 0, kube_port = 0;
  bool aws_tls = false;
  bool container_credentials = false;  ///< the environment names the credentials' endpoint, not the keys
  bool aws_only = false;               ///< no API server: `cluster_endpoint` and `cluster_ca` name another one
  std::string cluster_endpoint{}, cluster_ca_pem{};
  Clock const* clock = &system_clock();  ///< must outlive the sandbox
};

struct Counters {
  net::ServerCounters aws, kube;
  /// By point: `sts.assume`, `eks.describe`, `kube.list`, `kube.get`; `aws.other` and `kube.other` are the rest.
  std::map<std::string, std::uint64_t, std::less<>> requests;
};

/// STS, EKS and an API server in this process, on loopback. Signatures are verified for real; tokens are resolved
/// through the sandbox's own STS. *Threads:* safe to share. *Lifetime:* the destructor stops everything.
class Sandbox {
 public:
  static Result<std::unique_ptr<Sandbox>> start(Options options);
  ~Sandbox();

  /// What a client of it needs: AWS_ENDPOINT_URL_STS, AWS_ENDPOINT_URL_EKS, AWS_ACCESS_KEY_ID,
  /// AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN (if the first identity is a role's session), AWS_REGION,
  /// AWS_DEFAULT_REGION, `cluster`, `region`, `arn` (the first role), KEKS_SANDBOX_CLUSTER, KEKS_SANDBOX_ENDPOINT (the
  /// API server's URL), with `container_credentials` AWS_CONTAINER_CREDENTIALS_FULL_URI and
  /// AWS_CONTAINER_AUTHORIZATION_TOKEN in the place of the keys, and with `aws_tls` AWS_CA_BUNDLE, a file that lives as
  /// long as the sandbox.
  std::map<std::string, std::string> environment() const;
  std::string kube_url() const;
  std::string ca_pem() const;  ///< of the API server, and of the AWS side with `aws_tls`
  Counters counters() const;
  void set_faults(std::vector<Fault> faults);
  void add_pod(std::string ns, std::string name);
  void remove_pod(std::string const& ns, std::string const& name);
  void drop_connections();  ///< closes idle kept connections, as a load balancer does

 private:
  struct Impl;
  explicit Sandbox(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace keks::sandbox
