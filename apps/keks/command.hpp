#pragma once

#include <keks/base/environment.hpp>
#include <keks/base/result.hpp>

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keks::cli {

/// One option of a command, as `--help` shows it.
struct Option {
  std::string_view names;  ///< as CLI11 wants them: `-i,--cluster-id`; the first long one is its key
  std::string_view value;  ///< what it takes, e.g. `NAME`; empty: a flag
  std::string_view help;
  std::string_view variable;  ///< the environment variable that stands in for it; may be empty
  bool repeated = false;
  std::string_view config = {};   ///< its key in the file of `--config`; may be empty
  std::string_view choices = {};  ///< the values it knows, between blanks; empty: any
};

/// What the user typed for one command.
class Arguments {
 public:
  /// The option's value: typed, else from its variable; absent or empty alike.
  std::optional<std::string> get(std::string_view key) const;
  std::string get_or(std::string_view key, std::string fallback) const {
    return get(key).value_or(std::move(fallback));
  }
  bool flag(std::string_view key) const {
    auto found = flags.find(key);
    return found != flags.end() && found->second;
  }
  std::vector<std::string> const& all(std::string_view key) const;

  std::map<std::string, std::vector<std::string>, std::less<>> values;
  std::map<std::string, bool, std::less<>> flags;  ///< those that were given, `--flag=false` as false
  std::vector<std::string> positionals;
  std::vector<std::string> rest;  ///< after `--`
  Environment environment;
  bool as_authenticator = false;  ///< started under the name `aws-iam-authenticator`
};

/// One command. The table of them (`commands()`) is what `--help`, the manual page and the completions are made of.
struct Command {
  std::string_view name;  ///< `token`, or two words: `lambda serve`
  std::string_view summary;
  std::string_view positional;  ///< e.g. `PATH`; empty: none
  bool takes_rest = false;      ///< accepts `-- CMD...`
  std::vector<Option> options;
  int (*run)(Arguments const&);
};

std::span<Command const> commands();

/// The command of that name; it must exist.
Command const& command_of(std::string_view name);

/// Fills in what was not typed from the options' variables. *Errors:* `InvalidArgument` for a flag's variable that is
/// no truth value.
Result<void> take_variables(std::span<Option const> options, Arguments& out);

/// `1`, `t`, `true`, `0`, `f`, `false`, in the spellings that Go's strconv takes. *Errors:* `InvalidArgument`.
Result<bool> parse_truth(std::string_view text);

/// What `--help` says of a command. `program`: how it was called, e.g. `keks token`.
std::string help_of(Command const& command, std::string const& program);

/// `code`, or 1 with a word on stderr when stdout has not taken all that was printed.
int all_printed(int code);

/// Finds the command in `argv`, parses the rest, runs it. Returns the exit code: 2 for usage errors. Started under the
/// name `aws-iam-authenticator`, it reads the command line as that program does.
int main(std::span<char* const> argv, Environment environment);

/// The long name of an option without its dashes: how `Arguments` knows it.
std::string key_of(Option const& option);

/// What is said of a stdout that does not take all that is printed.
Error stdout_refused();

/// One line on stderr, control characters escaped; returns 1.
int complain(Error const& error);
/// The same for a mistake in the command line; returns 2.
int complain_usage(std::string_view message);

}  // namespace keks::cli
