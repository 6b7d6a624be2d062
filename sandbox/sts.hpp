#pragma once

#include <expected>
#include <string>
#include <vector>

#include "sandbox/aws_reply.hpp"
#include "sandbox/keys.hpp"
#include "sandbox/query.hpp"
#include "sandbox/reply.hpp"

namespace keks::sandbox {

/// The Security Token Service: AssumeRole and GetCallerIdentity, signed or presigned, and AssumeRoleWithWebIdentity,
/// which nobody signs; in XML or JSON.
/// Contract: https://docs.aws.amazon.com/STS/latest/APIReference/
class StsService final : public Service {
 public:
  /// *Lifetime:* `keys` must outlive the service.
  StsService(KeyRing const& keys, std::string region, std::vector<std::string> roles)
      : keys_(keys), region_(std::move(region)), roles_(std::move(roles)) {}

  std::string_view point(net::ServerRequest const& request) const override;
  Reply answer(net::ServerRequest const& request, Plan const& plan, WallTime now) override;
  Reply refusal(net::ServerRequest const& request, Plan const& plan) override;
  std::string_view wrong_shape(net::ServerRequest const& request) const override;

 private:
  std::expected<Reply, AwsRefusal> act(net::ServerRequest const& request, Plan const& plan, WallTime now);
  std::expected<Reply, AwsRefusal> assume_role(Parameters const& parameters, Caller const& caller, Plan const& plan,
                                               WallTime now, bool json);

  std::expected<Reply, AwsRefusal> assume_with_web_identity(Parameters const& parameters, Plan const& plan,
                                                            WallTime now, bool json);

  KeyRing const& keys_;
  std::string region_;
  std::vector<std::string> roles_;
};

}  // namespace keks::sandbox
