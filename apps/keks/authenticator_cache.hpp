#pragma once

#include <keks/aws/credentials.hpp>
#include <keks/base/log.hpp>

#include "apps/keks/command.hpp"

// The file that `aws-iam-authenticator token --cache` writes. keks reads it, and never writes it.
namespace keks::cli {

/// The credentials that the text holds for a cluster, profile and role (empty: none), if they end later than `after`.
/// Those that have no end are passed over, as nothing says whether they are still good, and those that came from
/// elsewhere than a profile.
/// *Errors:* `ConfigMalformed`; the message has none of the text in it.
Result<std::optional<aws::Credentials>> read_authenticator_cache(std::string_view text, std::string_view cluster,
                                                                 std::string_view profile, std::string_view role,
                                                                 WallTime after);

/// Those of `AWS_IAM_AUTHENTICATOR_CACHE_FILE`, or of that tool's usual file, for what `args` ask of a profile. A file
/// that others can read, or that is broken, is passed over with a warning.
std::optional<aws::Credentials> authenticator_credentials(Arguments const& args, std::string const& profile,
                                                          Log const& log);

}  // namespace keks::cli
