#pragma once

#include <expected>
#include <string>

#include "sandbox/aws_reply.hpp"
#include "sandbox/keys.hpp"

namespace keks::sandbox {

/// The one cluster that the sandbox's EKS knows.
struct ClusterFacts {
  std::string region, account, name, endpoint, ca_pem;
};

/// Amazon EKS: DescribeCluster and ListClusters. *Lifetime:* `keys` must outlive the service.
/// Contract: https://docs.aws.amazon.com/eks/latest/APIReference/
class EksService final : public Service {
 public:
  EksService(KeyRing const& keys, ClusterFacts facts) : keys_(keys), facts_(std::move(facts)) {}

  std::string_view point(net::ServerRequest const& request) const override;
  Reply answer(net::ServerRequest const& request, Plan const& plan, WallTime now) override;
  Reply refusal(net::ServerRequest const& request, Plan const& plan) override;
  std::string_view wrong_shape(net::ServerRequest const& request) const override;

 private:
  std::expected<Reply, AwsRefusal> act(net::ServerRequest const& request, Plan const& plan, WallTime now) const;
  std::string arn(std::string_view cluster) const;
  std::string description(Plan const& plan) const;

  KeyRing const& keys_;
  ClusterFacts facts_;
};

}  // namespace keks::sandbox
