#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/kube/more_core_v1.hpp>

#include <map>
#include <set>

#include "kube/pager.hpp"
#include "support/rows.hpp"
#include "unit/kube/support.hpp"

namespace keks::kube {
namespace {

using test::Rig;
using test::Row;
using test::status_body;

std::string page(std::vector<std::string> const& names, std::string const& continue_token = "") {
  std::string items;
  for (auto const& name : names) items += (items.empty() ? "" : ",") + (R"({"metadata":{"name":")" + name + "\"}}");
  return R"({"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"9","continue":")" + continue_token +
         R"("},"items":[)" + items + "]}";
}

std::vector<std::string> names(std::vector<Pod> const& pods) {
  std::vector<std::string> out;
  for (auto const& pod : pods) out.push_back(pod.metadata.name);
  return out;
}

TEST(List, asks_for_nothing_before_it_is_used) {
  Rig rig;
  auto list = rig.client.all().list<Pod>();
  EXPECT_TRUE(rig.server->requests().empty());
}

TEST(List, follows_continue_tokens_and_drops_the_version) {
  Rig rig;
  rig.server->answer(200, page({"a", "b"}, "k1")).answer(200, page({}, "k2")).answer(200, page({"c"}));
  auto pods = rig.client.in("web").list<Pod>({.labels = "x=y", .limit = 2, .resource_version = "0"}).collect();
  ASSERT_TRUE(pods) << pods.error().message();
  EXPECT_EQ(names(*pods), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(rig.target(0), "/api/v1/namespaces/web/pods?labelSelector=x%3Dy&limit=2&resourceVersion=0");
  EXPECT_EQ(rig.target(1), "/api/v1/namespaces/web/pods?continue=k1&labelSelector=x%3Dy&limit=2");
  EXPECT_EQ(rig.target(2), "/api/v1/namespaces/web/pods?continue=k2&labelSelector=x%3Dy&limit=2");
}

TEST(List, pages_by_500_unless_told_otherwise) {
  Rig rig;
  rig.server->answer(200, page({}));
  EXPECT_TRUE(rig.client.all().list<Pod>().collect());
  EXPECT_TRUE(rig.client.all().list<Pod>({.limit = 0}).collect());
  EXPECT_EQ(rig.target(0), "/api/v1/pods?limit=500");
  EXPECT_EQ(rig.target(1), "/api/v1/pods");
}

TEST(List, gives_one_page_and_where_the_next_begins) {
  Rig rig;
  rig.server->answer(200,
                     R"({"kind":"PodList","metadata":{"resourceVersion":"9","continue":"k1","remainingItemCount":3},
                             "items":[{"metadata":{"name":"a"}}]})");
  auto got = rig.client.all().list<Pod>({.limit = 1, .continue_token = "k0"}).page();
  ASSERT_TRUE(got);
  EXPECT_EQ(got->items.size(), 1U);
  EXPECT_EQ(got->continue_token, "k1");
  EXPECT_EQ(got->resource_version, "9");
  EXPECT_EQ(got->remaining_item_count, 3);
  EXPECT_EQ(rig.target(0), "/api/v1/pods?continue=k0&limit=1");
}

TEST(List, stops_in_the_middle_when_told_to) {
  Rig rig;
  rig.server->answer(200, page({"a", "b", "c"}, "k1"));
  std::vector<std::string> seen;
  auto done = rig.client.all().list<Pod>().for_each([&](Pod&& pod) {
    seen.push_back(pod.metadata.name);
    return seen.size() < 2;
  });
  EXPECT_TRUE(done);
  EXPECT_EQ(seen, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(rig.server->requests().size(), 1U);
}

TEST(List, begins_anew_once_when_its_token_expired) {
  Rig rig;
  rig.server->answer(200, page({"a"}, "k1")).answer(410, status_body(410, "Expired")).answer(200, page({"b", "c"}));
  auto pods = rig.client.all().list<Pod>({.limit = 1, .resource_version = "0"}).collect();
  EXPECT_EQ(names(pods.value()), (std::vector<std::string>{"b", "c"}));
  EXPECT_EQ(rig.target(2), "/api/v1/pods?resourceVersion=0");
}

TEST(List, goes_on_paging_when_the_server_pages_a_whole_list) {
  Rig rig;
  rig.server->answer(200, page({"a"}, "k1"))
      .answer(410, "gone")
      .answer(200, page({"b"}, "k2"))
      .answer(200, page({"c"}));
  EXPECT_EQ(names(rig.client.all().list<Pod>().collect().value()), (std::vector<std::string>{"b", "c"}));
}

TEST(List, does_not_begin_anew_twice) {
  Rig rig;
  rig.server->answer(200, page({"a"}, "k1"))
      .answer(410, status_body(410, "Expired"))
      .answer(200, page({"a"}, "k2"))
      .answer(410, status_body(410, "Expired"));
  EXPECT_TRUE(rig.client.all().list<Pod>().collect().error().is_gone());
  EXPECT_EQ(rig.server->requests().size(), 4U);
}

TEST(List, does_not_hand_out_items_twice) {
  Rig rig;
  rig.server->answer(200, page({"a"}, "k1")).answer(410, status_body(410, "Expired")).answer(200, page({"a", "b"}));
  int seen = 0;
  auto done = rig.client.all().list<Pod>().for_each([&](Pod&&) { return ++seen > 0; });
  EXPECT_TRUE(done.error().is_gone());
  EXPECT_EQ(seen, 1);
}

TEST(List, begins_anew_while_nothing_was_handed_out) {
  Rig rig;
  rig.server->answer(200, page({}, "k1")).answer(410, status_body(410, "Expired")).answer(200, page({"a"}));
  int seen = 0;
  EXPECT_TRUE(rig.client.all().list<Pod>().for_each([&](Pod&&) { return ++seen > 0; }));
  EXPECT_EQ(seen, 1);
}

TEST(List, refuses_a_server_whose_tokens_go_in_a_circle) {
  for (std::size_t length : {1, 2, 3, 7}) {
    Rig rig;
    for (std::size_t i = 0; i < 40; ++i) rig.server->answer(200, page({"a"}, "k" + std::to_string(i % length)));
    auto pods = rig.client.all().list<Pod>().collect();
    EXPECT_EQ(pods.error().code(), Code::ReplyWrongShape) << length;
    EXPECT_LE(rig.server->requests().size(), 3 * length + 2);
  }
}

TEST(Count, follows_pages_and_begins_anew_once_with_the_right_number) {
  auto table = [](int rows, std::string const& continue_token) {
    std::string text = R"({"kind":"Table","metadata":{"continue":")" + continue_token + R"("},"rows":[{})";
    for (int i = 1; i < rows; ++i) text += ",{}";
    return text + "]}";
  };
  Rig rig;
  rig.server->answer(200, table(3, "k1")).answer(410, status_body(410, "Expired")).answer(200, table(5, "k2"));
  rig.server->answer(200, table(2, ""));
  EXPECT_EQ(rig.client.all().count<Pod>().value(), 7U);
  EXPECT_EQ(rig.target(1), "/api/v1/pods?continue=k1&includeObject=None");
  EXPECT_EQ(rig.target(2), "/api/v1/pods?includeObject=None");
}

TEST(Count, counts_a_plain_list_all_the_same) {
  Rig rig;
  rig.server->answer(200, page({"a", "b"}, "k1")).answer(200, page({"c"}));
  EXPECT_EQ(rig.client.all().count<Pod>().value(), 3U);
}

// Conformance rows recorded from client-go's pager: its List is our collect.

/// Rows that say nothing of our lists: a server-side time-out is none of our options; without full_list_if_expired
/// and with a failing callback they are about other calls of client-go; a reply that is retried there and here.
bool is_ours(Row const& row) {
  return !row.contains("callback_error_at_item") && test::flag(row, "full_list_if_expired") &&
         !row.at("options").as_object().contains("timeoutSeconds");
}

void script(Rig& rig, Row const& row) {
  for (auto const& value : row.at("answers").as_array()) {
    auto const& answer = value.as_object();
    auto const* status = answer.if_contains("status");
    std::string body;
    for (auto const& chunk : answer.at("chunks").as_array()) body += test::text(chunk.as_object(), "data");
    rig.server->answer(status ? static_cast<int>(status->as_int64()) : 200, body);
  }
}

/// What careful clients do where client-go's way is marked as a defect.
std::optional<Code> careful_error(std::string const& note) {
  if (note.starts_with("report the error")) return Code::Gone;
  if (note.starts_with("reject a wrong kind") || note.starts_with("stop when a token repeats"))
    return Code::ReplyWrongShape;
  return std::nullopt;
}

void expect_names(Row const& row, std::vector<ConfigMap> const& found) {
  std::vector<std::string> expected, got;
  for (auto const& name : row.at("outcome").at("list").at("items").as_array()) expected.emplace_back(name.as_string());
  for (auto const& item : found) got.push_back(item.metadata.name);
  EXPECT_EQ(got, expected) << row.at("name");
}

void expect_requests(Row const& row, Rig const& rig) {
  auto const& expected = row.at("outcome").at("list").at("requests").as_array();
  auto const sent = rig.server->requests();
  ASSERT_EQ(sent.size(), expected.size()) << row.at("name");
  for (std::size_t i = 0; i < sent.size(); ++i) {
    auto query = "&" + sent[i].url.query + "&";
    auto const& wanted = expected[i].at("query").as_object();
    EXPECT_EQ(std::count(query.begin(), query.end(), '='), static_cast<long>(wanted.size())) << query;
    for (auto const& [name, value] : wanted)
      EXPECT_NE(query.find("&" + std::string(name) + "=" + std::string(value.as_string()) + "&"), std::string::npos)
          << row.at("name") << ": " << query;
  }
}

TEST(List, pages_as_client_go_in_the_rows_on_whole_lists) {
  int same = 0, errors = 0, careful = 0, left_out = 0;
  for (auto const& row : test::rows("pager_rows.jsonl")) {
    if (!is_ours(row)) {
      ++left_out;
      continue;
    }
    Rig rig;
    script(rig, row);
    auto const& options = row.at("options").as_object();
    auto got = rig.client.in("blue")
                   .list<ConfigMap>({.limit = row.at("page_size").as_int64(),
                                     .continue_token = test::text(options, "continue"),
                                     .resource_version = test::text(options, "resourceVersion"),
                                     .resource_version_match = test::text(options, "resourceVersionMatch")})
                   .collect();
    auto note = test::text(row, "careful_note");
    if (auto code = careful_error(note)) {
      ++careful;
      ASSERT_FALSE(got) << row.at("name");
      EXPECT_EQ(got.error().code(), *code) << row.at("name");
    } else if (note.starts_with("fall back on any 410") || note.starts_with("go on paging")) {
      ++careful;
      EXPECT_TRUE(got || rig.server->requests().size() > 3) << row.at("name");
    } else if (row.at("outcome").at("list").as_object().contains("error")) {
      ++errors;
      ASSERT_FALSE(got) << row.at("name");
      auto const& error = row.at("outcome").at("list").at("error").as_object();
      EXPECT_EQ(got.error().api_status()->reason, test::text(error, "reason")) << row.at("name");
    } else {
      ++same;
      ASSERT_TRUE(got) << row.at("name") << got.error().message();
      expect_names(row, *got);
      expect_requests(row, rig);
    }
  }
  EXPECT_EQ(same + errors + careful + left_out, 25);
  EXPECT_GE(same, 10);
  EXPECT_GE(careful, 5);
}

}  // namespace
}  // namespace keks::kube
