#include "kube/request.hpp"

#include <gtest/gtest.h>
#include <keks/base/encoding.hpp>

#include <map>
#include <string>

#include "support/rows.hpp"

namespace keks::kube {
namespace {

using test::Row;

bool is_raw(Row const& row) { return test::text(row.at("call").as_object(), "verb").starts_with("raw"); }

/// Calls that keks does not make: subresources, impersonation, selectors by shard, server-side and client time-outs.
bool is_ours(Row const& row) {
  auto const& call = row.at("call").as_object();
  if (call.contains("subresources") || call.contains("impersonate") || call.contains("client_timeout")) return false;
  auto const* options = call.if_contains("options");
  if (!options) return true;
  for (auto foreign : {"timeoutSeconds", "watch", "shardSelector"})
    if (options->as_object().contains(foreign)) return false;
  return true;
}

std::map<std::string, std::string> query_of(std::string_view query) {
  std::map<std::string, std::string> out;
  while (!query.empty()) {
    auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    std::string spaced(pair);
    for (auto& c : spaced)
      if (c == '+') c = ' ';
    auto equals = std::min(spaced.find('='), spaced.size());
    out[*percent_decode(spaced.substr(0, equals))] =
        *percent_decode(spaced.substr(std::min(equals + 1, spaced.size())));
  }
  return out;
}

std::int64_t number(Row const& options, std::string_view name) {
  auto const* value = options.if_contains(name);
  return value ? value->to_number<std::int64_t>() : 0;
}

Result<net::Request> build(Row const& row) {
  auto const& call = row.at("call").as_object();
  auto group = test::text(call, "group"), version = test::text(call, "version"), plural = test::text(call, "resource");
  bool lists = call.at("verb").as_string() == "list";
  bool cluster_scoped = !call.contains("namespace");
  Resource resource{group, version, plural, "Kind", !cluster_scoped};
  std::optional<std::string> ns;
  if (!test::text(call, "namespace").empty()) ns = test::text(call, "namespace");
  auto server = test::text(call, "server");
  auto url = *net::Url::parse(server.empty() ? "https://k.example" : server);
  Row const options = call.contains("options") ? call.at("options").as_object() : Row();
  if (!lists)
    return get_request(url, {resource, ns}, test::text(call, "name"), {test::text(options, "resourceVersion")});
  return list_request(url, {resource, ns},
                      {.labels = test::text(options, "labelSelector"),
                       .fields = test::text(options, "fieldSelector"),
                       .limit = number(options, "limit"),
                       .continue_token = test::text(options, "continue"),
                       .resource_version = test::text(options, "resourceVersion"),
                       .resource_version_match = test::text(options, "resourceVersionMatch")});
}

void compare(Row const& row, net::Request const& built, char const* client = "dynamic") {
  auto const& expected = row.at("outcome").at(client).at("request");
  std::string target(expected.at("target").as_string());
  auto path = target.substr(0, target.find('?'));
  EXPECT_EQ(*percent_decode(built.url.path), *percent_decode(path)) << row.at("name");
  EXPECT_EQ(query_of(built.url.query), query_of(target.substr(std::min(target.size(), path.size() + 1))))
      << row.at("name");
  EXPECT_EQ(built.method, "GET");
  EXPECT_EQ(built.headers.get("Accept"), "application/json");
  EXPECT_EQ(built.headers.size(), 1U);
}

TEST(Request, gets_and_lists_as_client_go_in_all_rows) {
  int sent = 0, refused = 0, left_out = 0;
  for (auto const& row : test::rows("request_rows.jsonl")) {
    if (is_raw(row)) continue;
    if (!is_ours(row)) {
      ++left_out;
      continue;
    }
    auto built = build(row);
    bool careful_reject = test::text(row, "careful_note").starts_with("reject");
    if (careful_reject || !row.at("outcome").at("dynamic").at("sent").as_bool()) {
      ++refused;
      EXPECT_EQ(built ? Code::Io : built.error().code(), Code::InvalidArgument) << row.at("name");
    } else {
      ++sent;
      ASSERT_TRUE(built) << row.at("name");
      compare(row, *built);
    }
  }
  EXPECT_EQ(sent + refused + left_out, 68);
  EXPECT_EQ(refused, 8);
  EXPECT_EQ(left_out, 13);
}

/// client-go makes a path of anything; keks sends what it is given, or refuses it.
bool needs_mending(std::string const& target) {
  return !target.starts_with('/') || target.find(' ') != target.npos || target.find("/../") != target.npos;
}

TEST(Request, sends_raw_paths_as_client_go_where_they_need_no_mending) {
  int sent = 0, mended = 0;
  for (auto const& row : test::rows("request_rows.jsonl")) {
    if (!is_raw(row)) continue;
    auto target = test::text(row.at("call").as_object(), "path");
    auto built = raw_request(*net::Url::parse("https://k.example"), target);
    if (needs_mending(target)) {
      ++mended;
      EXPECT_EQ(built ? Code::Io : built.error().code(), Code::InvalidArgument) << target;
      continue;
    }
    ++sent;
    ASSERT_TRUE(built) << target;
    compare(row, *built, "typed");
  }
  EXPECT_EQ(sent, 7);
  EXPECT_EQ(mended, 4);
}

net::Url const kServer = *net::Url::parse("https://k.example:6443/prefix/");
Resource const kPods{"", "v1", "pods", "Pod", true};
Resource const kNodes{"", "v1", "nodes", "Node", false};
std::optional<std::string> const kNowhere;

TEST(Request, counts_by_a_table_without_objects) {
  auto built = *count_request(kServer, {kPods, kNowhere}, {.labels = "app=shop", .limit = 0});
  EXPECT_EQ(built.url.target(), "/prefix/api/v1/pods?labelSelector=app%3Dshop&includeObject=None");
  EXPECT_EQ(built.headers.get("Accept"), "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
}

TEST(Request, needs_a_namespace_exactly_where_the_kind_has_one) {
  std::optional<std::string> const web = "web";
  EXPECT_EQ(get_request(kServer, {kPods, kNowhere}, "a", {}).error().code(), Code::InvalidArgument);
  EXPECT_EQ(get_request(kServer, {kNodes, web}, "a", {}).error().code(), Code::InvalidArgument);
  EXPECT_EQ(get_request(kServer, {kPods, web}, "", {}).error().code(), Code::InvalidArgument);
  EXPECT_EQ(get_request(kServer, {kNodes, kNowhere}, "a", {})->url.target(), "/prefix/api/v1/nodes/a");
}

TEST(Request, shows_a_hostile_name_without_its_control_characters) {
  auto refused = get_request(kServer, {kNodes, kNowhere}, "a/\x1b[31m\n", {});
  EXPECT_EQ(refused.error().message().find_first_of("\x1b\n"), std::string::npos) << refused.error().message();
}

TEST(Request, sends_a_raw_path_as_it_is) {
  EXPECT_EQ(raw_request(kServer, "/version?x=%20y&z=/../")->url.target(), "/prefix/version?x=%20y&z=/../");
  for (auto bad : {"", "api", "/a b", "/a#b", "/a/..", "/./a?b", "/a\nHost: x", "/\xC3\xBC"})
    EXPECT_EQ(raw_request(kServer, bad).error().code(), Code::InvalidArgument) << bad;
}

}  // namespace
}  // namespace keks::kube
