#pragma once

#include <keks/aws/service.hpp>
#include <keks/kube/client.hpp>
#include <keks/net/client.hpp>

#include <memory>
#include <optional>
#include <string>

namespace keks::kube {

/// Where an EKS cluster's API server is, and whom to trust there.
struct EksFacts {
  net::Url endpoint;
  net::Trust trust;
};

/// A client and the connections behind it.
struct EksConnection {
  Client client;
  net::Url endpoint;
  std::shared_ptr<net::Client> transport;
};

/// The steps of `Client::eks`, one by one, for programs that order them themselves: those that prepare before there
/// is a deadline, ask EKS and STS at the same time from two threads, or keep the parts while they are warm.
///
/// *Threads:* safe to share. *Lifetime:* connections made here may outlive it.
class EksConnector {
 public:
  /// Checks the options and reads what they name; asks nobody. The environment may hold `AWS_ENDPOINT_URL`,
  /// `AWS_ENDPOINT_URL_STS`, `AWS_ENDPOINT_URL_EKS` (for calls, never for tokens), `AWS_CA_BUNDLE` or
  /// `SSL_CERT_FILE` (instead of the embedded Amazon roots), `KEKS_ENDPOINT` and `KEKS_CA` (base64 PEM), and the
  /// credentials. *Errors:* `ClusterUnset`, `RegionUnset`, `RoleArnMalformed`, `CaNotPem`, `Io`, `InvalidArgument`.
  static Result<EksConnector> make(EksOptions options);

  /// The facts that `KEKS_ENDPOINT` and `KEKS_CA` gave; empty: EKS has to be asked.
  std::optional<EksFacts> const& known_facts() const;
  /// The known facts, else DescribeCluster's. *Errors:* those of `aws::Eks::describe_ready_cluster`.
  Result<EksFacts> facts(Deadline const& deadline) const;

  /// The caller's own credentials, or the assumed role's, kept until 5 minutes before they expire.
  aws::CredentialsProvider& credentials() const;
  bool assumes_role() const;
  /// What a token needs besides credentials.
  iam::TokenInput const& token_input() const;

  /// Makes the TLS context for AWS ahead of time, if AWS will be asked over TLS. *Errors:* `CaNotPem`, `TlsFailed`.
  Result<void> prepare() const;
  /// Opens nothing yet; the token source is this connector's, shared by all its connections.
  EksConnection connect(EksFacts const& facts) const;

 private:
  struct Core;
  explicit EksConnector(std::shared_ptr<Core> core) : core_(std::move(core)) {}
  std::shared_ptr<Core> core_;
};

}  // namespace keks::kube
