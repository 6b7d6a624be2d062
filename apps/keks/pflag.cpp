#include <algorithm>

#include "apps/keks/authenticator.hpp"
#include "apps/keks/words.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

bool has_name(Option const& option, std::string_view name) {
  auto names = names_of(option);
  return std::ranges::find(names, name) != names.end();
}

Option const* find(std::span<Option const> options, std::string_view name) {
  auto found = std::ranges::find_if(options, [&](Option const& o) { return has_name(o, name); });
  return found == options.end() ? nullptr : &*found;
}

/// Walks over the words; each step takes one word, and the next one where an option wants it as its value.
class Pflag {
 public:
  Pflag(std::span<Option const> options, std::span<std::string const> args, Arguments& out)
      : options_(options), args_(args), out_(out) {}

  Result<void> run() {
    while (at_ < args_.size()) {
      std::string_view word = args_[at_++];
      if (word == "--") break;
      if (word.starts_with("--")) {
        KEKS_CHECK(take_long(word));
      } else if (word.size() > 1 && word.front() == '-') {
        KEKS_CHECK(take_short(word));
      } else {
        out_.positionals.emplace_back(word);
      }
    }
    out_.positionals.insert(out_.positionals.end(), args_.begin() + static_cast<std::ptrdiff_t>(at_), args_.end());
    return {};
  }

 private:
  Result<void> take_long(std::string_view word) {
    auto equals = word.find('=');
    auto name = word.substr(0, equals);
    std::optional<std::string_view> value;
    if (equals != word.npos) value = word.substr(equals + 1);
    if (name == "--help") return ask_for_help();
    auto const* option = find(options_, name);
    if (!option) return fail(Code::InvalidArgument, format("unknown flag: {}", name));
    if (!option->value.empty() && !value) {
      if (at_ == args_.size()) return fail(Code::InvalidArgument, format("flag needs an argument: {}", name));
      value = args_[at_++];
    }
    return set(*option, value);
  }

  /// `-abc`, where all but the last must be flags.
  Result<void> take_short(std::string_view word) {
    for (auto letters = word.substr(1); !letters.empty();) {
      char letter = letters.front();
      letters.remove_prefix(1);
      if (letter == 'h') return ask_for_help();
      auto const* option = find(options_, std::string{'-', letter});
      if (!option) return fail(Code::InvalidArgument, format("unknown shorthand flag: '{}' in {}", letter, word));
      bool takes_rest = letters.starts_with('=') || !option->value.empty();
      if (!takes_rest) {
        KEKS_CHECK(set(*option, std::nullopt));
        continue;
      }
      return take_short_value(*option, letter, letters, word);
    }
    return {};
  }

  Result<void> take_short_value(Option const& option, char letter, std::string_view rest, std::string_view word) {
    if (rest.starts_with('=')) return set(option, rest.substr(1));
    if (!rest.empty()) return set(option, rest);
    if (at_ == args_.size())
      return fail(Code::InvalidArgument, format("flag needs an argument: '{}' in {}", letter, word));
    return set(option, args_[at_++]);
  }

  Result<void> set(Option const& option, std::optional<std::string_view> value) {
    auto key = key_of(option);
    if (!option.value.empty()) {
      out_.values[key].emplace_back(value.value_or(""));
      return {};
    }
    auto truth = value ? parse_truth(*value) : Result<bool>(true);
    if (!truth)
      return fail(Code::InvalidArgument,
                  format("invalid argument \"{}\" for \"--{}\" flag: {}", *value, key, truth.error().message()));
    out_.flags[key] = *truth;
    return {};
  }

  Result<void> ask_for_help() {
    out_.flags["help"] = true;
    return {};
  }

  std::span<Option const> options_;
  std::span<std::string const> args_;
  std::size_t at_ = 0;
  Arguments& out_;
};

bool is_flag(std::span<Option const> options, std::string_view name) {
  auto const* option = find(options, name);
  return name == "--help" || name == "-h" || (option && option->value.empty());
}

}  // namespace

Result<void> parse_like_pflag(std::span<Option const> options, std::span<std::string const> args, Arguments& out) {
  return Pflag(options, args, out).run();
}

std::size_t find_command_word(std::span<Option const> global, std::span<std::string const> args) {
  for (std::size_t at = 0; at < args.size(); ++at) {
    std::string_view word = args[at];
    if (word == "--") return args.size();
    if (word.empty() || word.front() != '-') return at;
    bool with_value = word.find('=') != word.npos || (!word.starts_with("--") && word.size() > 2);
    if (!with_value && !is_flag(global, word)) ++at;
  }
  return args.size();
}

}  // namespace keks::cli
