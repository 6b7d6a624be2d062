#pragma once

#include <string>
#include <string_view>

namespace keks::aws {

/// The word that follows `mark` in a sentence of AWS (`User: arn:... is not authorized`), or nothing.
inline std::string word_after(std::string_view text, std::string_view mark) {
  auto at = text.find(mark);
  if (at == std::string_view::npos) return {};
  text.remove_prefix(at + mark.size());
  return std::string(text.substr(0, text.find_first_of(" \t\r\n,;)")));
}

}  // namespace keks::aws
