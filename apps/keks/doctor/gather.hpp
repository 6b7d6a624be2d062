#pragma once

#include <string>

#include "apps/keks/command.hpp"
#include "apps/keks/doctor/facts.hpp"

namespace keks::cli::doctor {

/// Walks the whole way to the API server of `cluster` and asks at each step; what fails does not keep later steps from
/// being asked that do not need it. Each question may take its share of the time that is left, so that one that is
/// never answered does not use it up.
Facts gather(Arguments const& args, std::string const& cluster, Deadline const& deadline);

}  // namespace keks::cli::doctor
