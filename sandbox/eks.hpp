#pragma once

#include <expected>
#include <string>

#include "sandbox/access.hpp"
#include "sandbox/aws_reply.hpp"
#include "sandbox/keys.hpp"

namespace keks::sandbox {

/// The one cluster that the sandbox's EKS knows.
struct ClusterFacts {
  std::string region, account, name, endpoint, ca_pem;
};

/// What a path below `/clusters/NAME/access-entries` names.
struct AccessRoute {
  std::string cluster, principal;  ///< no principal: all of them
  bool policies = false;
  /// The operation: `DescribeAccessEntry`.
  std::string_view action() const;
  static std::optional<AccessRoute> parse(std::string_view path);
};

/// Amazon EKS: DescribeCluster and ListClusters, and the reading side of access entries. *Lifetime:* `keys` and
/// `access` must outlive the service. Contract: https://docs.aws.amazon.com/eks/latest/APIReference/
class EksService final : public Service {
 public:
  EksService(KeyRing const& keys, AccessList const& access, ClusterFacts facts)
      : keys_(keys), access_(access), facts_(std::move(facts)) {}

  std::string_view point(net::ServerRequest const& request) const override;
  Reply answer(net::ServerRequest const& request, Plan const& plan, WallTime now) override;
  Reply refusal(net::ServerRequest const& request, Plan const& plan) override;
  std::string_view wrong_shape(net::ServerRequest const& request) const override;

 private:
  std::expected<Reply, AwsRefusal> act(net::ServerRequest const& request, Plan const& plan, WallTime now) const;
  std::expected<Reply, AwsRefusal> describe(std::string const& name, Plan const& plan) const;
  std::expected<Reply, AwsRefusal> access(AccessRoute const& route, net::ServerRequest const& request) const;
  std::expected<Reply, AwsRefusal> list_entries(net::ServerRequest const& request) const;
  std::string entry_text(AccessEntry const& entry) const;
  std::string policies_text(AccessEntry const& entry) const;
  std::string arn(std::string_view cluster) const;
  std::string description(Plan const& plan) const;

  KeyRing const& keys_;
  AccessList const& access_;
  ClusterFacts facts_;
};

}  // namespace keks::sandbox
