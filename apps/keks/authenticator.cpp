#include "apps/keks/authenticator.hpp"

#include <keks/base/encoding.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

#include "apps/keks/config.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

constexpr std::string_view kProgram = "aws-iam-authenticator";

/// A command of that tool: which options of ours it takes besides the global ones.
struct Form {
  std::string_view name, summary;
  std::vector<std::string_view> keys;
};

std::vector<std::string_view> const kGlobal{"config", "log-format", "log-verbosity", "cluster-id", "feature-gates"};

std::vector<Form> const& forms() {
  static std::vector<Form> const all{
      {"token",
       "Authenticate using AWS IAM and get token for Kubernetes",
       {"region", "role", "external-id", "session-name", "forward-session-name", "token-only", "cache"}},
      {"version", "Version will output the current build information", {"short", "output"}},
  };
  return all;
}

constexpr std::array<std::string_view, 5> kLater{"add", "init", "server", "verify", "completion"};

constexpr std::array<std::string_view, 5> kGates{"AllAlpha", "AllBeta", "ConfiguredInitDirectories", "SSORoleMatch",
                                                 "IAMIdentityMappingCRD"};

void add_options(std::vector<Option>& out, std::string_view command, std::vector<std::string_view> const& keys) {
  for (auto const& option : command_of(command).options)
    if (std::ranges::find(keys, key_of(option)) != keys.end()) out.push_back(option);
}

Form const* form_of(std::string_view name) {
  auto found = std::ranges::find(forms(), name, &Form::name);
  return found == forms().end() ? nullptr : &*found;
}

std::string overview() {
  std::string text = format(
      "A tool to authenticate to Kubernetes using AWS IAM credentials (keks {})\n\n"
      "Usage:\n  {} [command]\n\nAvailable Commands:\n",
      KEKS_VERSION, kProgram);
  for (auto const& form : forms()) text += format("  {:<11} {}\n", form.name, form.summary);
  return text + format("\nUse \"{} [command] --help\" for more information about a command.\n", kProgram);
}

std::string usage_of(Command const& command) { return help_of(command, format("{} {}", kProgram, command.name)); }

/// Mistakes of the command line go to both streams there.
int complain_twice(std::string_view message, std::string_view usage) {
  auto text = escape_controls(message);
  std::printf("%s\n", text.c_str());
  std::fprintf(stderr, "Error: %s\n%s", text.c_str(), std::string(usage).c_str());
  return all_printed(1);
}

int no_such_command(std::string const& word) {
  if (std::ranges::find(kLater, word) != kLater.end()) {
    std::fprintf(stderr, "Error: the command %s is not part of this version of keks\n", word.c_str());
    return 1;
  }
  return complain_twice(format("unknown command \"{}\" for \"{}\"", word, kProgram),
                        format("Run '{} --help' for usage.\n", kProgram));
}

int print_help(std::string const& text) {
  std::fputs(text.c_str(), stdout);
  return all_printed(0);
}

Result<void> parse(Command const& command, std::span<std::string const> args, Arguments& out) {
  KEKS_CHECK(parse_like_pflag(command.options, args, out));
  if (out.flag("help")) return {};
  if (auto gates = out.get("feature-gates")) KEKS_CHECK(check_feature_gates(*gates));
  if (out.positionals.empty()) return take_variables(command.options, out);
  return fail(Code::InvalidArgument,
              format("unknown argument \"{}\": {} takes options only", out.positionals.front(), command.name));
}

int run(Command const& command, std::span<std::string const> args, Arguments& out) {
  if (auto parsed = parse(command, args, out); !parsed)
    return complain_twice(parsed.error().message(), usage_of(command));
  if (out.flag("help")) return print_help(usage_of(command));
  if (auto ready = take_config(command.options, out); !ready) {
    std::printf("%s\n", escape_controls(ready.error().message()).c_str());
    return all_printed(1);
  }
  return all_printed(command.run(out));
}

}  // namespace

bool is_authenticator(std::string_view program) { return program.substr(program.rfind('/') + 1) == kProgram; }

Command authenticator_form(std::string_view name) {
  auto const& form = *form_of(name);
  auto command = command_of(name);
  command.summary = form.summary;
  command.options.clear();
  add_options(command.options, name, form.keys);
  add_options(command.options, "token", kGlobal);
  return command;
}

int complain_with_usage(std::string_view message, Command const& command) {
  std::fprintf(stderr, "Error: %s\n%s", escape_controls(message).c_str(), usage_of(command).c_str());
  return 1;
}

Result<void> check_feature_gates(std::string_view text) {
  auto bad = [&](std::string_view reason) {
    return fail(Code::InvalidArgument,
                format("invalid argument \"{}\" for \"--feature-gates\" flag: {}", text, reason));
  };
  for (auto rest = text; !rest.empty();) {
    auto comma = std::min(rest.find(','), rest.size());
    auto gate = rest.substr(0, comma);
    rest.remove_prefix(std::min(comma + 1, rest.size()));
    auto equals = gate.find('=');
    if (equals == gate.npos) return bad(format("missing bool value for {}", gate));
    auto name = gate.substr(0, equals);
    if (std::ranges::find(kGates, name) == kGates.end()) return bad(format("unrecognized feature gate: {}", name));
    if (!parse_truth(gate.substr(equals + 1))) return bad(format("invalid value of {}", gate));
  }
  return {};
}

int authenticator_main(std::span<std::string const> args, Environment environment) {
  std::vector<Option> global;
  add_options(global, "token", kGlobal);
  auto at = find_command_word(global, args);
  if (at < args.size() && args[at] == "help") {
    auto const* form = at + 1 < args.size() ? form_of(args[at + 1]) : nullptr;
    return print_help(form ? usage_of(authenticator_form(form->name)) : overview());
  }
  Arguments out;
  out.environment = std::move(environment);
  out.as_authenticator = true;
  if (at == args.size()) {
    auto parsed = parse_like_pflag(global, args, out);
    return parsed ? print_help(overview()) : complain_twice(parsed.error().message(), overview());
  }
  if (!form_of(args[at])) return no_such_command(args[at]);
  std::vector<std::string> rest(args.begin(), args.end());
  rest.erase(rest.begin() + static_cast<std::ptrdiff_t>(at));
  return run(authenticator_form(args[at]), rest, out);
}

}  // namespace keks::cli
