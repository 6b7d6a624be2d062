#pragma once

#include "aws/providers/provider.hpp"

namespace keks::aws {

/// The region of the instance that this runs on, by one attempt of a second in all. Nobody is asked in Lambda, or
/// where `AWS_EC2_METADATA_DISABLED` says not to.
/// *Errors:* `NoCredentials` (nobody to ask, no answer), `CredentialSourceFailed` (an answer without a region).
Result<std::string> imds_region(SharedSources const& sources, Deadline const& deadline);

}  // namespace keks::aws
