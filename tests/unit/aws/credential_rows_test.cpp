// Rows recorded from botocore 1.43 and the AWS SDK for Go v2: from where each takes credentials, and what it asks for.
#include "credential_rows.hpp"

namespace keks::aws {
namespace {

using test::Row;

/// The rows of one kind of source. A row may be left out for a reason that `left_out` tells; null: none is.
struct Family {
  std::string_view name;
  int rows = 0;  ///< played
  int left = 0;  ///< left out
  bool (*left_out)(Row const& row) = nullptr;
};

void PrintTo(Family const& family, std::ostream* out) { *out << family.name; }

std::string family_of(Row const& row) {
  auto name = test::text(row, "name");
  auto begin = name.find('/') + 1;
  return name.substr(begin, name.find('/', begin) - begin);
}

class CredentialRows : public testing::TestWithParam<Family> {};

TEST_P(CredentialRows, AreAllAsRecorded) {
  auto const& family = GetParam();
  int seen = 0, left = 0;
  for (auto const& row : test::rows("credential_rows.jsonl")) {
    if (family_of(row) != family.name) continue;
    bool is_out = family.left_out && family.left_out(row);
    left += is_out;
    if (is_out) continue;
    ++seen;
    auto got = play(row);
    EXPECT_TRUE(fits(got, row)) << test::text(row, "name") << ": " << told(got);
  }
  EXPECT_EQ(seen, family.rows);
  EXPECT_EQ(left, family.left);
}

INSTANTIATE_TEST_SUITE_P(Sources, CredentialRows,
                         testing::Values(Family{"container", 44}, Family{"imds", 25}, Family{"sso", 24},
                                         Family{"login", 6}, Family{"prec", 43}, Family{"static", 5},
                                         Family{"role", 40}, Family{"web", 11}, Family{"process", 26},
                                         Family{"empty", 2}),
                         [](auto const& family) { return std::string(family.param.name); });

}  // namespace
}  // namespace keks::aws
