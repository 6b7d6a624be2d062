#pragma once

#include "apps/keks/command.hpp"

// The command line of aws-iam-authenticator: another grammar over the same table of commands.
namespace keks::cli {

/// Whether a program's name, folders aside, is `aws-iam-authenticator`.
bool is_authenticator(std::string_view program);

/// Runs the command that `args` (without the program's name) name in that tool's grammar. Returns the exit code: 1 for
/// usage errors too, as there.
int authenticator_main(std::span<std::string const> args, Environment environment);

/// A mistake in a command's use, as that tool shows it: `Error: ...` and the usage on stderr; returns 1.
int complain_with_usage(std::string_view message, Command const& command);
/// That tool's form of a command of the table: its options by name, and those that all its commands take.
Command authenticator_form(std::string_view name);

/// Options as Go's pflag reads them: `--name value`, `--name=value`, `--flag=false`, `-n value`, `-nvalue`, `-n=value`,
/// anywhere. `-h` and `--help` become the flag `help`.
/// *Errors:* `InvalidArgument` in pflag's words.
Result<void> parse_like_pflag(std::span<Option const> options, std::span<std::string const> args, Arguments& out);

/// Where the command stands in `args`; their size: nowhere. Words after an option that is not known to be a flag are
/// its values.
std::size_t find_command_word(std::span<Option const> global, std::span<std::string const> args);

/// `GATE=true,GATE=false`. *Errors:* `InvalidArgument`.
Result<void> check_feature_gates(std::string_view text);

}  // namespace keks::cli
