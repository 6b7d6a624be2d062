#pragma once

#include <keks/base/clock.hpp>
#include <keks/base/log.hpp>
#include <keks/base/result.hpp>

#include <boost/json/object.hpp>
#include <optional>
#include <string>

#include "base/file.hpp"

// Sign-ins that the AWS CLI keeps in a JSON file, and that keks refreshes in its place.
namespace keks::aws {

/// The file as an object; none where there is no file. *Errors:* `SignInNeeded`: it is broken; `Io`.
Result<std::optional<boost::json::object>> read_token_file(std::string const& path);

/// Puts the refreshed sign-in in the place of the old, readable by its owner only. A failure costs the next caller
/// another refresh, so it is a warning and no error.
void write_token_file(std::string const& path, boost::json::object const& document, Log const& log);

/// Lets one process after the other refresh that sign-in, so that none sends a refresh token that another has used. Who
/// gets its turn looks at the file again. Half of the time, at most, goes into waiting; then one goes on without.
[[nodiscard]] std::optional<FileLock> turn_to_refresh(std::string const& path, Deadline const& deadline);

/// A time as the CLI writes it, `...Z` or `...UTC`. *Errors:* `InvalidArgument`.
Result<WallTime> parse_token_time(std::string_view text);

/// `SignInNeeded`: why, and the command that signs in. `command`: `aws sso login`.
Error sign_in_needed(std::string_view why, std::string_view command, std::string_view profile);

}  // namespace keks::aws
