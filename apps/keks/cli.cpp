// The only file that includes CLI11: it turns the command table into a parser for the one command at hand.
#include "apps/keks/command.hpp"

#include <keks/base/encoding.hpp>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <numeric>
#include <utility>

#include "apps/keks/authenticator.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

struct Match {
  Command const* command = nullptr;
  std::size_t words = 0;
};

/// The command whose words stand at the front of `args`, the longest first.
Match match(std::span<std::string const> args) {
  Match best;
  for (auto const& command : commands()) {
    std::string name(command.name);
    std::size_t words = 1 + static_cast<std::size_t>(std::ranges::count(name, ' '));
    if (words > args.size() || words <= best.words) continue;
    std::string typed = args[0];
    for (std::size_t i = 1; i < words; ++i) typed += " " + args[i];
    if (typed == name) best = {&command, words};
  }
  return best;
}

std::string overview() {
  std::string text = "keks: the native way to Amazon EKS\n\nUsage: keks COMMAND [OPTIONS]\n\nCommands:\n";
  for (auto const& command : commands()) {
    std::string name(command.name);
    name.resize(std::max<std::size_t>(name.size() + 2, 16), ' ');
    text += "  " + name + std::string(command.summary) + "\n";
  }
  return text + "\n`keks COMMAND --help` lists a command's options.\n";
}

/// What is wrong with a flag's value; CLI11 itself would throw what is no error of parsing.
std::string fault_of_flag(std::string const& text) {
  auto truth = parse_truth(text);
  return truth ? "" : truth.error().message();
}

bool is_group(std::string const& word) {
  return std::ranges::any_of(commands(), [&](Command const& c) { return c.name.starts_with(word + " "); });
}

/// How many letters one must add, drop or change to make `b` of `a`.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto before = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      auto changed = before + (a[i] == b[j] ? 0 : 1);
      before = row[j + 1];
      row[j + 1] = std::min({changed, before + 1, row[j] + 1});
    }
  }
  return row.back();
}

/// The start of its name, or that name with two letters wrong, or a third of them.
bool is_meant(std::string_view typed, std::string_view name) {
  return name.starts_with(typed) || distance(typed, name) <= std::max<std::size_t>(2, typed.size() / 3);
}

int no_such_command(std::span<std::string const> args) {
  constexpr std::size_t longest = 40;
  bool is_one_of_a_group = is_group(args[0]) && args.size() > 1;
  auto typed = (is_one_of_a_group ? args[0] + " " + args[1] : args[0]).substr(0, longest);
  std::string nearest;
  for (auto const& command : commands())
    if (is_meant(typed, command.name) || command.name.starts_with(args[0] + " "))
      nearest += format("{}{}", nearest.empty() ? "; the nearest: " : ", ", command.name);
  return complain_usage(format("there is no command \"{}\"{} (keks --help lists all)", typed, nearest));
}

void add_option(CLI::App& app, Option const& option, Arguments& out) {
  std::string key = key_of(option);
  std::string help(option.help);
  if (!option.variable.empty()) help += " [" + std::string(option.variable) + "]";
  if (option.value.empty()) {
    app.add_flag_function(
           std::string(option.names), [&out, key](std::int64_t value) { out.flags[key] = value > 0; }, help)
        ->check(fault_of_flag, "");
    return;
  }
  auto* added = app.add_option(std::string(option.names), out.values[key], help);
  added->type_name(std::string(option.value))
      ->multi_option_policy(option.repeated ? CLI::MultiOptionPolicy::TakeAll : CLI::MultiOptionPolicy::TakeLast);
  added->allow_extra_args(false);
  if (!option.repeated) added->expected(1);
}

/// Everything after the first `--` belongs to someone else.
std::vector<std::string> cut_rest(std::vector<std::string>& args) {
  auto dashes = std::ranges::find(args, "--");
  std::vector<std::string> rest;
  if (dashes == args.end()) return rest;
  rest.assign(dashes + 1, args.end());
  args.erase(dashes, args.end());
  return rest;
}

bool is_help(std::string_view word) { return word == "--help" || word == "-h" || word == "help"; }

void set_up(CLI::App& app, Command const& command, Arguments& out) {
  for (auto const& option : command.options) add_option(app, option, out);
  if (!command.positional.empty())
    app.add_option(std::string(command.positional), out.positionals)->type_name("")->option_text(" ");
}

int run(Command const& command, std::vector<std::string> args, Arguments& out) {
  if (command.takes_rest) out.rest = cut_rest(args);
  CLI::App app{std::string(command.summary), "keks " + std::string(command.name)};
  set_up(app, command, out);
  std::ranges::reverse(args);
  try {
    app.parse(args);
  } catch (CLI::CallForHelp const&) {
    std::fputs(app.help().c_str(), stdout);
    return all_printed(0);
  } catch (CLI::ParseError const& e) {
    return complain_usage(std::string(e.what()) + " (keks " + std::string(command.name) + " --help lists the options)");
  }
  if (auto taken = take_variables(command.options, out); !taken) return complain_usage(taken.error().message());
  return all_printed(command.run(out));
}

Result<void> take_variable(Option const& option, std::string const& text, Arguments& out) {
  auto key = key_of(option);
  if (!option.value.empty()) {
    if (auto& values = out.values[key]; values.empty()) values.push_back(text);
    return {};
  }
  if (out.flags.contains(key)) return {};
  auto truth = parse_truth(text);
  if (!truth) return fail(truth.error().with_message(format("{}: {}", option.variable, truth.error().message())));
  out.flags[key] = *truth;
  return {};
}

}  // namespace

Result<bool> parse_truth(std::string_view text) {
  for (auto yes : {"1", "t", "T", "true", "TRUE", "True"})
    if (text == yes) return true;
  for (auto no : {"0", "f", "F", "false", "FALSE", "False"})
    if (text == no) return false;
  return fail(Code::InvalidArgument, format("\"{}\" is neither true nor false", escape_controls(text, 80)));
}

Result<void> take_variables(std::span<Option const> options, Arguments& out) {
  for (auto const& option : options) {
    auto text = option.variable.empty() ? std::nullopt : out.environment.get(option.variable);
    if (text) KEKS_CHECK(take_variable(option, *text, out));
  }
  return {};
}

std::string help_of(Command const& command, std::string const& program) {
  CLI::App app{std::string(command.summary), program};
  Arguments unused;
  set_up(app, command, unused);
  return app.help();
}

Command const& command_of(std::string_view name) { return *std::ranges::find(commands(), name, &Command::name); }

/// What a full disk or a closed pipe has swallowed is a failure too.
int all_printed(int code) {
  bool whole = std::fflush(stdout) == 0 && !std::ferror(stdout);
  if (whole || code != 0) return code;
  return complain(stdout_refused());
}

std::string key_of(Option const& option) {
  auto name = option.names.substr(option.names.find("--") + 2);
  return std::string(name.substr(0, name.find(',')));
}

std::optional<std::string> Arguments::get(std::string_view key) const {
  auto found = values.find(key);
  if (found == values.end() || found->second.empty() || found->second.back().empty()) return std::nullopt;
  return found->second.back();
}

std::vector<std::string> const& Arguments::all(std::string_view key) const {
  static std::vector<std::string> const none;
  auto found = values.find(key);
  return found == values.end() ? none : found->second;
}

Error stdout_refused() { return Error(Code::Io, "stdout takes no more: is the disk full, or the reader gone?"); }

int complain(Error const& error) {
  std::fprintf(stderr, "keks: %s\n", escape_controls(error.message()).c_str());
  return 1;
}

int complain_usage(std::string_view message) {
  std::fprintf(stderr, "keks: %s\n", escape_controls(message).c_str());
  return 2;
}

int main(std::span<char* const> argv, Environment environment) {
  std::vector<std::string> args(argv.begin() + (argv.empty() ? 0 : 1), argv.end());
  if (!argv.empty() && is_authenticator(argv[0])) return authenticator_main(args, std::move(environment));
  if (!args.empty() && (args[0] == "--version" || args[0] == "-V")) args[0] = "version";
  auto found = match(args);
  if (!found.command) {
    // `keks lambda --help` asks for the commands of that name.
    bool asked = !args.empty() && (is_help(args.front()) || (is_group(args.front()) && is_help(args.back())));
    if (!asked && !args.empty()) return no_such_command(args);
    std::fputs(overview().c_str(), asked ? stdout : stderr);
    return asked ? all_printed(0) : 2;
  }
  Arguments out;
  out.environment = std::move(environment);
  args.erase(args.begin(), args.begin() + static_cast<std::ptrdiff_t>(found.words));
  return run(*found.command, std::move(args), out);
}

}  // namespace keks::cli
