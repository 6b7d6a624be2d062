#pragma once

#include <algorithm>
#include <string_view>

#include "base/ascii.hpp"

namespace keks::aws {

inline bool is_account(std::string_view text) { return text.size() == 12 && std::ranges::all_of(text, is_digit); }

/// Of the names that IAM takes for roles, users and sessions.
inline bool is_iam_letter(char c) { return is_alnum(c) || std::string_view("_+=,.@-").contains(c); }

}  // namespace keks::aws
