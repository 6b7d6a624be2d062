#pragma once

#include <keks/aws/service.hpp>
#include <keks/base/clock.hpp>
#include <keks/iam/arn.hpp>

#include <optional>
#include <string>

#include "apps/keks/command.hpp"

namespace keks::cli {

/// What `whoami` tells: what STS says of the caller, and what a cluster makes of it.
struct Caller {
  aws::CallerIdentity identity;
  std::string canonical_arn;  ///< of the role, not of its session; as given where it is no such ARN
  std::string pathless_arn;   ///< the same without the role's path: how aws-auth wants it
  std::string session_name;   ///< of an assumed role; else empty
  std::string source;         ///< where the credentials came from
  std::optional<WallTime> expiration;
};
Caller caller_of(aws::CallerIdentity identity, aws::Credentials const& credentials);

std::string caller_text(Caller const& caller);  ///< aligned lines, each ended
std::string caller_json(Caller const& caller);  ///< one line; the keys are always the same, null where there is none

int whoami(Arguments const& args);

}  // namespace keks::cli
