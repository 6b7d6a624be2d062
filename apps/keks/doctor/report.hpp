#pragma once

#include <string>
#include <vector>

#include "apps/keks/doctor/steps.hpp"

namespace keks::cli::doctor {

struct Report {
  std::string cluster;
  std::vector<Step> steps;
  std::string finding;  ///< of the verdict; empty: nothing is to be changed
  std::string change;
  bool ok = false;  ///< a call to the API server succeeded
};

/// The steps, and the one that decides: the first that failed; where none did, RBAC's refusal.
Report judge(Facts const& facts);

std::string report_text(Report const& report);  ///< a line a step, and what to change
std::string report_json(Report const& report);  ///< one line

}  // namespace keks::cli::doctor
