#include "kube/status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "support/rows.hpp"
#include "unit/kube/support.hpp"

namespace keks::kube {
namespace {

using test::Row;
using test::status_body;
using testing::HasSubstr;

Call const kCall{"get", "pods", " p1 in namespace blue", "k.example"};

Error error_of(int http_status, std::string body, net::Headers headers = {}) {
  return to_error({http_status, std::move(headers), std::move(body)}, kCall, {}, WallTime{});
}

TEST(Status, is_kept_whole) {
  auto body =
      status_body(422, "Invalid", "bad",
                  R"(,"details":{"name":"n","group":"apps","kind":"deployments","uid":"u1","retryAfterSeconds":7,
                             "causes":[{"reason":"FieldValueInvalid","message":"m","field":"spec.x"}]})");
  auto error = error_of(422, body);
  auto const* status = error.api_status();
  ASSERT_TRUE(status);
  EXPECT_EQ(error.code(), Code::Invalid);
  EXPECT_EQ(status->name + status->group + status->kind + status->uid, "nappsdeploymentsu1");
  EXPECT_EQ(status->retry_after_seconds, 7);
  EXPECT_EQ(status->causes.at(0).field, "spec.x");
  EXPECT_EQ(error.retry_after(), std::chrono::seconds(7));
  EXPECT_EQ(error.host(), "k.example");
}

TEST(Status, of_another_shape_is_none) {
  EXPECT_FALSE(parse_status(R"({"kind":"Status","code":"409"})"));
  EXPECT_FALSE(parse_status(R"({"kind":"Pod"})"));
  EXPECT_FALSE(parse_status("plain text"));
  EXPECT_EQ(error_of(409, R"({"kind":"Status","code":"409","reason":"NotFound"})").code(), Code::Conflict);
}

TEST(Status, says_what_to_do_next) {
  EXPECT_THAT(error_of(403, "").message(), HasSubstr("Role or ClusterRole"));
  EXPECT_THAT(error_of(409, "").message(), HasSubstr("Read the object again"));
  EXPECT_THAT(error_of(410, "").message(), HasSubstr("List again"));
  EXPECT_THAT(error_of(422, "").message(), HasSubstr("Correct it"));
  EXPECT_THAT(error_of(429, "").message(), HasSubstr("Try again later"));
  EXPECT_THAT(error_of(503, "").message(), HasSubstr("Try again later"));
  EXPECT_THAT(error_of(301, "").message(), HasSubstr("Check that k.example is a Kubernetes API server"));
  EXPECT_THAT(error_of(401, "").message(), HasSubstr("Check that the token is valid"));
  for (int status : {301, 400, 401, 403, 404, 409, 410, 418, 422, 429, 500, 503})
    EXPECT_THAT(error_of(status, "").message(), HasSubstr("get pods p1 in namespace blue: ")) << status;
}

// Conformance rows recorded from client-go 0.37.

using Ask = bool (*)(Error const&);
std::map<std::string, Ask> const kPredicates{
    {"IsUnauthorized", [](Error const& e) { return e.is_unauthorized(); }},
    {"IsForbidden", [](Error const& e) { return e.is_forbidden(); }},
    {"IsNotFound", [](Error const& e) { return e.is_not_found(); }},
    {"IsAlreadyExists", [](Error const& e) { return e.is_conflict(); }},
    {"IsConflict", [](Error const& e) { return e.is_conflict(); }},
    {"IsGone", [](Error const& e) { return e.is_gone(); }},
    {"IsResourceExpired", [](Error const& e) { return e.is_gone(); }},
    {"IsTooManyRequests", [](Error const& e) { return e.code() == Code::TooManyRequests && e.is_retryable(); }},
    {"IsInvalid", [](Error const& e) { return e.code() == Code::Invalid; }},
    {"IsBadRequest", [](Error const& e) { return e.code() == Code::BadRequest; }},
    {"IsInternalError", [](Error const& e) { return e.code() == Code::ServerError; }},
    {"IsServerTimeout", [](Error const& e) { return e.code() == Code::ServerError; }},
    {"IsServiceUnavailable", [](Error const& e) { return e.code() == Code::ServerError; }},
    {"IsTimeout", [](Error const& e) { return e.code() == Code::ServerError; }},
    {"IsStoreReadError", [](Error const& e) { return e.code() == Code::ServerError; }},
    {"IsNotAcceptable", [](Error const& e) { return e.code() == Code::UnexpectedStatus; }},
    {"IsUnsupportedMediaType", [](Error const& e) { return e.code() == Code::UnexpectedStatus; }},
    {"IsRequestEntityTooLargeError", [](Error const& e) { return e.code() == Code::UnexpectedStatus; }},
    {"IsUnexpectedServerError",
     [](Error const& e) {
       auto const& causes = e.api_status()->causes;
       return !causes.empty() && causes.front().reason == "UnexpectedServerResponse";
     }},
};

Refusal refusal(Row const& response) {
  net::Headers headers;
  for (auto const& header : response.at("headers").as_array())
    headers.add(std::string(header.at(0).as_string()), std::string(header.at(1).as_string()));
  auto body = test::text(response, "body");
  if (auto const* repeat = response.if_contains("body_repeat"))
    for (auto n = repeat->at("count").as_int64(); n > 0; --n) body += std::string(repeat->at("unit").as_string());
  return {static_cast<int>(response.at("status").as_int64()), std::move(headers), std::move(body)};
}

/// A refusal of the last reply, made by an HTTP status or by a failed Status within a good reply, to a GET. keks
/// sends no other method yet, which matters to client-go for 409 only.
bool is_refusal(Row const& row) {
  return row.at("outcome").as_object().contains("api_status") && test::text(row, "verb") != "POST";
}

void expect_same(Row const& row) {
  auto const& outcome = row.at("outcome").as_object();
  auto const& expected = outcome.at("api_status").as_object();
  auto error =
      to_error(refusal(row.at("response").as_object()), kCall, {}, WallTime(std::chrono::seconds(1'768'478'400)));
  auto const& status = *error.api_status();
  EXPECT_EQ(status.reason, test::text(expected, "reason")) << row.at("name");
  EXPECT_EQ(status.status, test::text(expected, "status")) << row.at("name");
  EXPECT_EQ(status.code, expected.at("code").as_int64()) << row.at("name");
  if (expected.contains("message")) {
    EXPECT_EQ(status.message, test::text(expected, "message")) << row.at("name");
  }
  for (auto const& predicate : outcome.at("predicates_true").as_array())
    EXPECT_TRUE(kPredicates.at(std::string(predicate.as_string()))(error)) << row.at("name") << predicate;
  // A server that asks for zero seconds by leaving them out is given our own back-off.
  auto const* delay = outcome.if_contains("suggests_client_delay_seconds");
  if (delay && delay->as_int64() > 0) {
    EXPECT_EQ(error.retry_after(), std::chrono::seconds(delay->as_int64())) << row.at("name");
  }
}

TEST(Status, says_of_refusals_what_client_go_says_in_all_rows) {
  int compared = 0;
  for (auto const& row : test::rows("status_rows.jsonl")) {
    if (!is_refusal(row)) continue;
    ++compared;
    expect_same(row);
  }
  EXPECT_EQ(compared, 70);
}

/// How often client-go asks is comparable where it waits as the server says, for a GET, or gives up on a status that
/// none repeats. Without Retry-After keks backs off and asks again, client-go gives up.
bool attempts_are_comparable(Row const& row) {
  if (test::text(row, "verb") != "GET" || !row.at("response").as_object().contains("status")) return false;
  auto status = row.at("response").at("status").as_int64();
  bool repeated = status == 429 || status >= 500;
  return !repeated || row.at("outcome").at("attempts").as_int64() > 1;
}

TEST(Status, is_asked_for_again_as_often_as_by_client_go) {
  int compared = 0;
  for (auto const& row : test::rows("status_rows.jsonl")) {
    if (!attempts_are_comparable(row)) continue;
    ++compared;
    test::Rig rig;
    auto first = refusal(row.at("response").as_object());
    rig.server->answer(first.http_status, first.headers, first.body);
    if (row.at("outcome").at("attempts").as_int64() > 1) rig.server->answer(200, R"({"kind":"Pod","apiVersion":"v1"})");
    auto pod = rig.client.in("blue").get<Pod>("p1", {}, Deadline::never());
    EXPECT_EQ(rig.server->requests().size(), row.at("outcome").at("attempts").to_number<std::size_t>())
        << row.at("name");
    EXPECT_EQ(pod.has_value(), test::flag(row.at("outcome").as_object(), "ok")) << row.at("name");
  }
  EXPECT_EQ(compared, 45);
}

}  // namespace
}  // namespace keks::kube
