#pragma once

#include <keks/iam/mapping.hpp>

#include <optional>
#include <string>

#include "apps/keks/doctor/facts.hpp"

namespace keks::cli::doctor {

/// What the cluster's lists make of the caller.
struct Mapped {
  std::optional<iam::Match> match = {};
  bool by_entry = false;     ///< the match is an access entry
  std::string finding = {};  ///< why there is no match
  std::string text = {};     ///< the same in words
  bool certain = true;       ///< false: a list that counts could not be read
};

/// Looks the caller up where the cluster's authentication mode does. Absent: it is not known who the caller is.
std::optional<Mapped> look_up(Facts const& facts);

bool entries_count(Facts const& facts);    ///< the mode is not `CONFIG_MAP`
bool aws_auth_counts(Facts const& facts);  ///< the mode is not `API`

}  // namespace keks::cli::doctor
