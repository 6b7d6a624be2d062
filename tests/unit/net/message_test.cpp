#include "support.hpp"

namespace keks::net::test {
namespace {

TEST(Headers, NamesCompareWithoutCase) {
  Headers headers{{"Content-Type", "a"}, {"x", "1"}, {"CONTENT-TYPE", "b"}};
  EXPECT_EQ(headers.get("content-type"), "a");
  EXPECT_TRUE(headers.has("X"));
  EXPECT_FALSE(headers.has("y"));
  EXPECT_EQ(headers.get("y"), "");
}

TEST(Headers, SetReplacesEveryFieldOfTheName) {
  Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
  headers.set("a", "4");
  EXPECT_EQ(headers.size(), 2u);
  EXPECT_EQ(headers.get("A"), "4");
}

TEST(Headers, KeepTheirOrder) {
  Headers headers;
  headers.add("B", "1");
  headers.add("A", "2");
  headers.add("B", "3");
  std::string all;
  for (auto const& [name, value] : headers) all += name + value;
  EXPECT_EQ(all, "B1A2B3");
}

TEST(Iequals, FoldsAsciiOnly) {
  EXPECT_TRUE(iequals("aZ[", "Az["));
  EXPECT_FALSE(iequals("a", "ab"));
  EXPECT_FALSE(iequals("@", "`"));
  EXPECT_FALSE(iequals("\xc4", "\xe4"));
}

TEST(MadeResponse, HandsItsBodyOutInPiecesAndThenNothing) {
  auto response = make_response(200, {}, std::string(100'000, 'x'));
  auto first = response.body->read(soon());
  auto second = response.body->read(soon());
  auto end = response.body->read(soon());
  EXPECT_EQ(first->size(), 64u * 1024);
  EXPECT_EQ(second->size(), 100'000u - 64 * 1024);
  EXPECT_TRUE(end->empty());
}

TEST(Collect, StopsAtItsLimit) {
  auto fits = make_response(200, {}, "12345");
  EXPECT_EQ(*collect(fits, 5, soon()), "12345");
  auto larger = make_response(503, {}, "123456");
  auto result = collect(larger, 5, soon());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), Code::ReplyTooLarge);
  EXPECT_EQ(result.error().http_status(), 503);
}

TEST(Collect, TakesAResponseWithoutABody) {
  Response response;
  EXPECT_EQ(*collect(response, 0, soon()), "");
}

}  // namespace
}  // namespace keks::net::test
