#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keks::cli::doctor {

/// One thing that doctor can find wrong: a stable name, for programs and as an anchor of docs/troubleshooting.md.
struct Finding {
  std::string_view name;
  std::string_view meaning;
  std::string_view change;  ///< what to do; may hold `{cluster}`, `{region}`, `{principal}`, `{profile}`, `{user}`
};

/// What no single error tells: it follows from several facts. Where one error is the cause, its `Code`'s name is the
/// finding's.
std::span<Finding const> findings();
/// The codes' names that have advice of their own.
std::vector<std::string_view> codes_with_advice();
std::string_view meaning_of(std::string_view finding);

/// What to change, with the placeholders filled. Empty for a name that has no advice of its own.
std::string change_for(std::string_view finding, std::map<std::string_view, std::string> const& values);

}  // namespace keks::cli::doctor
