#pragma once

#include <keks/aws/session.hpp>
#include <keks/kube/client.hpp>
#include <keks/net/client.hpp>

#include <memory>
#include <optional>
#include <string>

namespace keks::kube {

/// Where a cluster is, and which certificate authority vouches for it.
struct ClusterFacts {
  net::Url endpoint;
  net::Trust trust;
};

/// The pieces that `Client::eks` puts together, for programs that choose the moment of each step: what can be checked
/// and prepared early is done by `prepare`, the two questions to AWS (`describe` and `credentials()->get`) may be
/// asked at the same time, and `connect` makes the client without asking anyone.
///
/// A value; copies share credentials and connections. *Threads:* safe to share.
class EksAccess {
 public:
  /// Checks the configuration and loads trust anchors; asks nobody. `aws` carries the calls to AWS; null: a
  /// `net::Client` of its own (see `aws::Session::make`).
  /// *Errors:* `ClusterUnset`, `RegionUnset`, `RoleArnMalformed`, `InvalidArgument`, `CaNotPem` (`KEKS_CA`, a bundle),
  /// `Io` (a bundle), `ProfileNotFound`, `ConfigMalformed`. *Lifetime:* `clock` must outlive the object and all that it
  /// hands out.
  static Result<EksAccess> prepare(EksOptions options, Clock const& clock = system_clock(),
                                   std::shared_ptr<net::Transport> aws = nullptr);
  /// The same by a session that is there already: of `options`, only cluster and role are looked at.
  static Result<EksAccess> prepare(EksOptions const& options, aws::Session session,
                                   Clock const& clock = system_clock());

  /// Makes the TLS context for AWS ahead of its first use, if AWS will be asked over TLS. *Errors:* `TlsFailed`.
  Result<void> prepare_tls() const;
  /// The facts named by `KEKS_ENDPOINT` and `KEKS_CA` (base64 of PEM), if they are.
  std::optional<ClusterFacts> const& configured() const;
  /// The configured facts, else what DescribeCluster says. *Errors:* those of `aws::Eks::describe_ready_cluster`.
  Result<ClusterFacts> describe(Deadline const& deadline) const;
  /// The credentials found, or the assumed role's, kept (see `aws::cached_credentials`).
  std::shared_ptr<aws::CredentialsProvider> credentials() const;
  /// What a token for the cluster needs besides credentials.
  iam::TokenInput const& token_input() const;

  struct Connected {
    Client client;
    std::shared_ptr<net::Client> transport;  ///< the client's own, to connect early and for its counters
  };
  /// A client for the cluster at `facts`; nothing is sent.
  Connected connect(ClusterFacts const& facts) const;

 private:
  struct Parts;
  explicit EksAccess(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<Parts> parts_;
};

}  // namespace keks::kube
