#pragma once

#include <keks/aws/chain.hpp>
#include <keks/aws/service.hpp>
#include <keks/iam/mapping.hpp>
#include <keks/kube/client.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace keks::cli::doctor {

/// What came of one question; absent: it was not asked, since what it needs was not there.
template <class T>
using Fact = std::optional<Result<T>>;

template <class T>
T const* known(Fact<T> const& fact) {
  return fact && *fact ? &**fact : nullptr;
}
inline bool known(Fact<void> const& fact) { return fact && *fact; }

/// What is set on this machine, and which setting won.
struct Local {
  std::string profile;                          ///< in use
  std::string profile_by;                       ///< `--profile`, `AWS_PROFILE`; empty: nobody named one
  std::string region, region_by;                ///< empty: none
  std::vector<std::string> redirected = {};     ///< `sts to http://127.0.0.1:4566`
  std::vector<aws::ChainStep> places = {};      ///< where credentials could come from
  std::optional<std::string> endpoint_by = {};  ///< the variable that names the API server instead of EKS
};

/// Credentials, without any secret.
struct Held {
  std::string source;
  std::optional<WallTime> expiration;
};

/// Where the API server is.
struct Server {
  net::Url url;
  std::string by;  ///< `DescribeCluster`, `KEKS_ENDPOINT`
};

/// EKS's own list, as far as it has to do with the caller.
struct Entries {
  std::vector<iam::Mapping> all;           ///< of principals that were not looked at closer only the ARN
  std::string type = {};                   ///< of the entry that is the caller's
  std::vector<std::string> policies = {};  ///< access policies associated with it
};

struct AwsAuth {
  std::string from;  ///< a file, or the cluster
  bool absent = false;
  iam::Mappings mappings = {};
};

/// All that was found out on the way from this machine to the API server.
struct Facts {
  std::string cluster;
  std::string role = {};  ///< to assume; empty: none
  WallTime now = {};

  Fact<Local> local = {};
  Fact<void> prepared = {};  ///< cluster, role and region fit together
  Fact<Held> credentials = {};
  Fact<aws::CallerIdentity> own = {};
  Fact<Held> role_credentials = {};
  Fact<aws::CallerIdentity> as_role = {};
  Fact<aws::Cluster> described = {};
  std::vector<std::string> other_clusters = {};  ///< of that account and region, when this one is not among them
  Fact<Entries> entries = {};
  Fact<AwsAuth> aws_auth = {};

  Fact<Server> server = {};
  Fact<std::vector<std::string>> addresses = {};
  Fact<void> tcp = {}, tls = {};
  Fact<kube::UserInfo> user = {};  ///< who the API server says one is
  Fact<void> pods = {};            ///< whether pods may be listed

  /// The identity that the token speaks for.
  Fact<aws::CallerIdentity> const& caller() const { return role.empty() ? own : as_role; }
  Fact<Held> const& token_credentials() const { return role.empty() ? credentials : role_credentials; }
};

}  // namespace keks::cli::doctor
