#pragma once

#include <gtest/gtest.h>
#include <keks/base/json.hpp>

#include <boost/json.hpp>
#include <fstream>
#include <string>
#include <vector>

namespace keks::test {

using Row = boost::json::object;

/// The rows of tests/conformance/data/`file`, one JSON object a line.
inline std::vector<Row> rows(std::string const& file) {
  std::ifstream in(std::string(KEKS_TEST_DATA) + "/" + file);
  EXPECT_TRUE(in) << file << " is missing";
  std::vector<Row> out;
  for (std::string line; std::getline(in, line);)
    if (!line.empty()) out.push_back(boost::json::parse(line).as_object());
  return out;
}

/// A string member, or nothing when it is absent, null or no string.
inline std::string text(Row const& row, std::string_view name) {
  auto const* value = row.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

inline bool flag(Row const& row, std::string_view name) {
  auto const* value = row.if_contains(name);
  return value && value->is_bool() && value->get_bool();
}

}  // namespace keks::test
