#pragma once

#include "unit/apps/keks_process.hpp"

namespace keks {

using test::content_of;
using test::Outcome;
using test::Variables;

/// Runs `keks` in a bare environment.
inline Outcome keks(std::vector<std::string> words, Variables const& variables = {}) {
  words.insert(words.begin(), KEKS_CLI);
  return test::run(std::move(words), variables);
}

}  // namespace keks
