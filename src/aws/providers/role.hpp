#pragma once

#include <keks/aws/service.hpp>

#include "aws/providers/provider.hpp"

// Roles: what the sources share that ask STS.
namespace keks::aws {

/// Where a source calls STS. `fallback_region` is for where no region is configured. `signer` may be null.
/// *Errors:* those of `Settings::call_endpoint`. *Lifetime:* `sources` must outlive what is made from the result.
Result<ServiceOptions> sts_options(Sources const& sources, std::string const& fallback_region,
                                   std::shared_ptr<CredentialsProvider> signer);

/// The name of a session that nobody named.
std::string default_session_name(Clock const& clock);

/// A role to be had for the token in a file, and the region to ask in where none is configured.
struct WebIdentity {
  std::string role_arn, session_name, token_file;
  std::string fallback_region = {};
};
Offer offer_role_of_token(SharedSources const& sources, WebIdentity identity);

/// A role of a profile, assumed by `source`, which is kept meanwhile.
Offer offer_role(SharedSources const& sources, AssumeRoleInput role, Configured source,
                 std::string const& fallback_region);

}  // namespace keks::aws
