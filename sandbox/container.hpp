#pragma once

#include <string>

#include "sandbox/keys.hpp"
#include "sandbox/reply.hpp"

namespace keks::sandbox {

/// The endpoint that hands credentials to containers and to functions: one path, guarded by a token.
/// *Lifetime:* `keys` must outlive it.
/// Contract: https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html
class ContainerCredentials final : public Service {
 public:
  ContainerCredentials(KeyRing const& keys, std::string token) : keys_(keys), token_(std::move(token)) {}

  std::string const& token() const { return token_; }

  std::string_view point(net::ServerRequest const&) const override { return "aws.credentials"; }
  Reply answer(net::ServerRequest const& request, Plan const& plan, WallTime now) override;
  Reply refusal(net::ServerRequest const& request, Plan const& plan) override;
  std::string_view wrong_shape(net::ServerRequest const&) const override { return R"({"AccessKeyId":42})"; }

 private:
  KeyRing const& keys_;
  std::string token_;
};

}  // namespace keks::sandbox
