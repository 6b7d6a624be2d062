#include "apps/keks/completion.hpp"

#include <algorithm>
#include <cstdio>

#include "apps/keks/words.hpp"
#include "base/format.hpp"

namespace keks::cli {
namespace {

/// The words that may follow `before`, which is empty or the first word of a group such as `lambda`.
std::vector<std::string> next_words(std::span<Command const> commands, std::string_view before) {
  std::vector<std::string> out;
  for (auto const& command : commands) {
    auto words = split(command.name, ' ');
    auto word = before.empty() ? words[0] : words.size() == 2 && words[0] == before ? words[1] : "";
    if (!word.empty() && std::ranges::find(out, word) == out.end()) out.push_back(word);
  }
  return out;
}

std::vector<std::string> groups(std::span<Command const> commands) {
  std::vector<std::string> out;
  for (auto const& command : commands) {
    auto words = split(command.name, ' ');
    if (words.size() == 2 && std::ranges::find(out, words[0]) == out.end()) out.push_back(words[0]);
  }
  return out;
}

bool takes_file(std::string_view value) { return value == "FILE"; }

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::vector<std::string> option_names(Command const& command) {
  std::vector<std::string> out{"--help"};
  for (auto const& option : command.options)
    for (auto& name : names_of(option)) out.push_back(std::move(name));
  return out;
}

/// How bash completes what follows an option that takes a value.
std::string bash_values(Option const& option) {
  if (!option.choices.empty()) return format("COMPREPLY=($(compgen -W {} -- \"$word\"))", quoted(option.choices));
  return takes_file(option.value) ? "COMPREPLY=($(compgen -f -- \"$word\"))" : ":";
}

std::string bash_command(Command const& command) {
  std::string text = format("    {})\n      case \"$previous\" in\n", quoted(command.name));
  for (auto const& option : command.options)
    if (!option.value.empty())
      text += format("        {}) {}; return ;;\n", join(names_of(option), "|"), bash_values(option));
  return text + format("      esac\n      COMPREPLY=($(compgen -W {} -- \"$word\"))\n      ;;\n",
                       quoted(join(option_names(command), " ")));
}

}  // namespace

std::string bash_completion(std::span<Command const> commands) {
  auto text = format(
      "_keks() {{\n  local word=\"$2\" previous=\"$3\" command=\"${{COMP_WORDS[1]-}}\"\n  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" = 1 ]; then\n    COMPREPLY=($(compgen -W {} -- \"$word\"))\n    return\n  fi\n"
      "  case \"$command\" in\n",
      quoted(join(next_words(commands, ""), " ")));
  for (auto const& group : groups(commands))
    text += format(
        "    {0})\n      if [ \"$COMP_CWORD\" = 2 ]; then\n        COMPREPLY=($(compgen -W {1} -- \"$word\"))\n"
        "        return\n      fi\n      command=\"$command ${{COMP_WORDS[2]}}\"\n      ;;\n",
        group, quoted(join(next_words(commands, group), " ")));
  text += "  esac\n  case \"$command\" in\n";
  for (auto const& command : commands) text += bash_command(command);
  return text + "  esac\n}\ncomplete -F _keks keks\n";
}

namespace {

/// What stands between brackets in a specification of `_arguments`.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_option(Option const& option) {
  auto names = names_of(option);
  std::string value;
  if (!option.value.empty()) {
    auto action = !option.choices.empty() ? format("({})", option.choices) : takes_file(option.value) ? "_files" : " ";
    value = format(":{}:{}", zsh_text(option.value), action);
  }
  std::string text;
  for (auto const& name : names) {
    auto excludes = option.repeated ? std::string("*") : format("({})", join(names, " "));
    text += " \\\n        " + quoted(format("{}{}[{}]{}", excludes, name, zsh_text(option.help), value));
  }
  return text;
}

std::string zsh_described(std::span<Command const> commands, std::string_view group) {
  std::string text;
  for (auto const& word : next_words(commands, group)) {
    auto full = group.empty() ? word : format("{} {}", group, word);
    auto found = std::ranges::find(commands, full, &Command::name);
    auto summary = found == commands.end() ? format("commands of {}", word) : std::string(found->summary);
    text += " \\\n      " + quoted(word + ":" + zsh_text(summary));
  }
  return text;
}

}  // namespace

std::string zsh_completion(std::span<Command const> commands) {
  auto describe = [&](std::string_view group) {
    return format("    words_here=({})\n    _describe command words_here\n    return\n",
                  zsh_described(commands, group));
  };
  std::string text =
      "#compdef keks\n_keks() {\n  local -a words_here\n  local command=\"$words[2]\"\n"
      "  if (( CURRENT == 2 )); then\n" +
      describe("") + "  fi\n  case \"$command\" in\n";
  for (auto const& group : groups(commands))
    text += format("  {})\n    if (( CURRENT == 3 )); then\n", group) + describe(group) +
            "    fi\n    command=\"$command $words[3]\"\n    shift words\n    (( CURRENT-- ))\n    ;;\n";
  text += "  esac\n  shift words\n  (( CURRENT-- ))\n  case \"$command\" in\n";
  for (auto const& command : commands) {
    text += format("    {})\n      _arguments '--help[say how it is used]'", quoted(command.name));
    for (auto const& option : command.options) text += zsh_option(option);
    text += " \\\n        '*:argument:_files'\n      ;;\n";
  }
  // Loaded from `fpath` the file is the function's body; sourced, it has to name itself.
  return text + "  esac\n}\nif [ \"$funcstack[1]\" = _keks ]; then\n  _keks \"$@\"\nelse\n  compdef _keks keks\nfi\n";
}

namespace {

std::string fish_condition(std::string_view name) {
  std::string text;
  for (auto const& word : split(name, ' '))
    text += format("{}__fish_seen_subcommand_from {}", text.empty() ? "" : "; and ", word);
  return text;
}

std::string fish_option(Command const& command, Option const& option) {
  std::string text = format("complete -c keks -n {}", quoted(fish_condition(command.name)));
  for (auto const& name : names_of(option))
    text += name.starts_with("--") ? format(" -l {}", name.substr(2)) : format(" -s {}", name.substr(1));
  if (!option.value.empty()) text += takes_file(option.value) ? " -r -F" : " -x";
  if (!option.choices.empty()) text += format(" -a {}", quoted(option.choices));
  return text + format(" -d {}\n", quoted(option.help));
}

}  // namespace

std::string fish_completion(std::span<Command const> commands) {
  std::string text = "complete -c keks -f\n";
  for (auto const& word : next_words(commands, "")) {
    auto found = std::ranges::find(commands, word, &Command::name);
    auto summary = found == commands.end() ? format("commands of {}", word) : std::string(found->summary);
    text += format("complete -c keks -n __fish_use_subcommand -a {} -d {}\n", word, quoted(summary));
  }
  for (auto const& command : commands) {
    auto words = split(command.name, ' ');
    if (words.size() == 2)
      text += format(
          "complete -c keks -n '__fish_seen_subcommand_from {0}; and not __fish_seen_subcommand_from {1}' -a "
          "{2} -d {3}\n",
          words[0], join(next_words(commands, words[0]), " "), words[1], quoted(command.summary));
    for (auto const& option : command.options) text += fish_option(command, option);
  }
  return text;
}

namespace {

/// Text in man(7): a leading dot or quote would be a request, a hyphen would be a dash.
std::string roff(std::string_view text) {
  std::string out;
  if (text.starts_with('.') || text.starts_with('\'')) out += "\\&";
  for (char c : text) out += c == '-' ? std::string("\\-") : c == '\\' ? std::string("\\e") : std::string(1, c);
  return out;
}

std::string manual_option(Option const& option) {
  std::string text = ".TP\n";
  auto names = names_of(option);
  for (std::size_t i = 0; i < names.size(); ++i) text += format("{}\\fB{}\\fR", i ? ", " : "", roff(names[i]));
  if (!option.value.empty()) text += format(" \\fI{}\\fR", roff(option.value));
  text += "\n" + roff(option.help);
  if (!option.choices.empty()) text += format(" (one of: {})", roff(option.choices));
  if (!option.variable.empty()) text += format("; else the variable \\fB{}\\fR", roff(option.variable));
  return text + "\n";
}

std::string manual_command(Command const& command) {
  auto text = format(".SS keks {}", roff(command.name));
  text += command.positional.empty() ? "" : format(" {}", roff(command.positional));
  text += command.options.empty() ? "" : " [OPTIONS]";
  text += command.takes_rest ? " [\\-\\- CMD...]" : "";
  text += "\n" + roff(command.summary) + "\n";
  for (auto const& option : command.options) text += manual_option(option);
  return text;
}

}  // namespace

std::string manual_page(std::span<Command const> commands) {
  std::string text = format(
      ".TH KEKS 1 \"\" \"keks {}\" \"User Commands\"\n.SH NAME\nkeks \\- the native way to Amazon EKS\n"
      ".SH SYNOPSIS\n.B keks\n.I COMMAND\n.RI [ OPTIONS ]\n.SH DESCRIPTION\n"
      "Tokens for Amazon EKS, calls to its API server, a local Lambda and an offline stand-in for all of "
      "it.\nResults go to stdout, everything else to stderr.\n.SH COMMANDS\n",
      KEKS_VERSION);
  for (auto const& command : commands) text += manual_command(command);
  return text +
         ".SH EXIT STATUS\n.TP\n0\ndone\n.TP\n1\nit failed; one line on stderr says what and what to do\n.TP\n2\n"
         "the command line is wrong\n";
}

int completion(Arguments const& args) {
  auto shell = args.positionals.size() == 1 ? args.positionals[0] : "";
  auto made = shell == "bash"   ? bash_completion(commands())
              : shell == "zsh"  ? zsh_completion(commands())
              : shell == "fish" ? fish_completion(commands())
                                : "";
  if (made.empty()) return complain_usage("completion wants the name of one shell: bash, zsh or fish");
  std::fputs(made.c_str(), stdout);
  return 0;
}

int man(Arguments const&) {
  std::fputs(manual_page(commands()).c_str(), stdout);
  return 0;
}

}  // namespace keks::cli
