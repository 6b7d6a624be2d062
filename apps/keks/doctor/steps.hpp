#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "apps/keks/doctor/facts.hpp"

namespace keks::cli::doctor {

enum class Outcome { Ok, Note, Fail, Skip };

/// One line of the report.
struct Step {
  std::string_view name;
  Outcome outcome = Outcome::Ok;
  std::string finding = {};  ///< empty: nothing was found wrong
  std::string text = {};
};

/// The steps of the path, in its order: what holds at each.
std::vector<Step> steps_of(Facts const& facts);

/// The API server has taken the token, whatever it allows.
bool let_in(Facts const& facts);
/// A call to the API server has succeeded.
bool call_succeeded(Facts const& facts);

}  // namespace keks::cli::doctor
