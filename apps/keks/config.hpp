#pragma once

#include <keks/base/json.hpp>

#include "apps/keks/command.hpp"

namespace keks::cli {

/// Fills in what neither option nor variable gave from the file of `--config`, and checks `--log-verbosity`, which
/// comes after. Says on stderr that a log format does not exist.
/// *Errors:* `Io`, `ConfigMalformed` (the file); `InvalidArgument` (the level).
Result<void> take_config(std::span<Option const> options, Arguments& out);

/// The configuration of aws-iam-authenticator, YAML or JSON by the file's ending. *Errors:* `Io`, `ConfigMalformed`.
Result<Json> read_config(std::string const& path);
/// Keys are read without case; numbers and truth values are text where text is wanted, and the other way round.
/// *Errors:* `ConfigMalformed`.
Result<void> apply_config(Json const& config, std::span<Option const> options, Arguments& out);

}  // namespace keks::cli
