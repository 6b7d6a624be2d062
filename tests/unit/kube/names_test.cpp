#include <gtest/gtest.h>
#include <keks/kube/names.hpp>

#include <map>
#include <string>

#include "support/rows.hpp"

namespace keks::kube {
namespace {

std::map<std::string, bool (*)(std::string_view)> const kChecks{
    {"dns1123_label", is_dns1123_label},   {"dns1123_subdomain", is_dns1123_subdomain},
    {"dns1035_label", is_dns1035_label},   {"wildcard_dns1123_subdomain", is_wildcard_dns1123_subdomain},
    {"label_key", is_label_key},           {"label_value", is_label_value},
    {"config_map_key", is_config_map_key}, {"port_name", is_port_name},
    {"env_var_name", is_env_var_name},     {"http_header_name", is_http_header_name},
    {"c_identifier", is_c_identifier},     {"percent", is_percent},
    {"path_segment", is_path_segment},     {"request_path_segment", is_path_segment},
};

TEST(Names, answer_as_the_api_server_in_all_rows) {
  int answers = 0;
  for (auto const& row : test::rows("name_rows.jsonl")) {
    auto input = test::text(row, "input");
    for (auto const& [check, outcome] : row.at("outcome").as_object()) {
      ++answers;
      EXPECT_EQ(kChecks.at(std::string(check))(input), outcome.as_bool()) << check << " of " << row.at("name");
    }
  }
  EXPECT_EQ(answers, 49 * 14);
}

TEST(Names, have_limits_of_length) {
  EXPECT_TRUE(is_dns1123_subdomain(std::string(253, 'a')));
  EXPECT_FALSE(is_dns1123_subdomain(std::string(254, 'a')));
  EXPECT_TRUE(is_config_map_key(std::string(253, 'a')));
  EXPECT_FALSE(is_config_map_key(std::string(254, 'a')));
  EXPECT_FALSE(is_wildcard_dns1123_subdomain("*." + std::string(252, 'a')));
}

TEST(Names, are_not_empty_but_for_label_values) {
  for (auto const& [check, ask] : kChecks) {
    bool may_be_empty = check == "label_value" || ask == is_path_segment;
    EXPECT_EQ(ask(""), may_be_empty) << check;
  }
}

}  // namespace
}  // namespace keks::kube
