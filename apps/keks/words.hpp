#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/keks/command.hpp"

namespace keks::cli {

/// `text` between the separators `between`, without empty parts.
inline std::vector<std::string> split(std::string_view text, char between) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    auto part = text.substr(0, text.find(between));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    if (!part.empty()) parts.emplace_back(part);
  }
  return parts;
}

inline std::string join(std::vector<std::string> const& parts, std::string_view between) {
  std::string text;
  for (auto const& part : parts) text.append(text.empty() ? "" : between).append(part);
  return text;
}

/// `-i`, `--cluster-id`, ...: every name of an option as it is typed.
inline std::vector<std::string> names_of(Option const& option) { return split(option.names, ','); }

}  // namespace keks::cli
