#include <gmock/gmock.h>

#include "net/codec.hpp"
#include "support.hpp"

namespace keks::net::test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Request to(std::string const& url) { return get(*Url::parse(url)); }

TEST(RequestHead, IsExactlyThis) {
  auto request = to("https://a.example:8443/x?y=z");
  request.headers.add("Accept", "application/json");
  EXPECT_EQ(*request_head(request, "keks/1"),
            "GET /x?y=z HTTP/1.1\r\nHost: a.example:8443\r\nUser-Agent: keks/1\r\nAccept: application/json\r\n\r\n");
}

TEST(RequestHead, StatesTheLengthWhereABodyIsExpected) {
  auto request = to("http://a/");
  EXPECT_THAT(*request_head(request, "k"), Not(HasSubstr("Content-Length")));
  request.method = "POST";
  EXPECT_THAT(*request_head(request, "k"), HasSubstr("Content-Length: 0\r\n"));
  request.method = "DELETE";
  request.body = "{}";
  EXPECT_THAT(*request_head(request, "k"), HasSubstr("Content-Length: 2\r\n"));
}

TEST(RequestHead, KeepsTheTransportsFieldsToItself) {
  auto request = to("http://a/");
  request.headers = {{"host", "b"}, {"content-length", "9"}, {"Connection", "close"}, {"user-agent", "me"}};
  EXPECT_EQ(*request_head(request, "k"), "GET / HTTP/1.1\r\nHost: a\r\nUser-Agent: k\r\n\r\n");
}

TEST(RequestHead, RefusesWhatHttpDoesNotAllow) {
  auto refused = [](auto&& change) {
    auto request = to("http://a/");
    change(request);
    auto head = request_head(request, "k");
    return !head && head.error().code() == Code::InvalidArgument;
  };
  EXPECT_TRUE(refused([](Request& r) { r.method = "GE T"; }));
  EXPECT_TRUE(refused([](Request& r) { r.method = ""; }));
  EXPECT_TRUE(refused([](Request& r) { r.url.path = "/a b"; }));
  EXPECT_TRUE(refused([](Request& r) { r.url.path = "a"; }));
  EXPECT_TRUE(refused([](Request& r) { r.url.query = "x\r\nA: b"; }));
  EXPECT_TRUE(refused([](Request& r) { r.url.host = "b\r\nA: b"; }));
  EXPECT_TRUE(refused([](Request& r) { r.url = {}; }));
  EXPECT_TRUE(refused([](Request& r) { r.headers.add("A B", "x"); }));
  EXPECT_TRUE(refused([](Request& r) { r.headers.add("", "x"); }));
  EXPECT_TRUE(refused([](Request& r) { r.headers.add("A", "x\ny"); }));
  EXPECT_TRUE(refused([](Request& r) { r.headers.add("A", std::string("x\0y", 3)); }));
  EXPECT_TRUE(refused([](Request& r) { r.headers.add("Transfer-Encoding", "chunked"); }));
}

TEST(RequestHead, MessagesDoNotRepeatAFieldsValue) {
  auto request = to("http://a/");
  request.headers.add("Authorization", "Bearer canary\n");
  EXPECT_THAT(failure(request_head(request, "k")), Not(HasSubstr("canary")));
}

TEST(ReplyHead, SaysHowTheBodyEnds) {
  Headers headers{{"Date", "today"}, {"Content-Length", "99"}, {"Transfer-Encoding", "x"}};
  EXPECT_EQ(reply_head(200, headers, {Framing::Length, 3}, true),
            "HTTP/1.1 200 OK\r\nDate: today\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(reply_head(404, headers, {Framing::Chunked, 0}, true),
            "HTTP/1.1 404 Not Found\r\nDate: today\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(reply_head(204, headers, {Framing::None, 0}, false),
            "HTTP/1.1 204 No Content\r\nDate: today\r\nConnection: close\r\n\r\n");
}

TEST(ReplyHead, DatesItself) { EXPECT_THAT(reply_head(200, {}, {}, true), HasSubstr("\r\nDate: ")); }

TEST(ReplyHead, CannotBeSplitByAValue) {
  auto head = reply_head(200, {{"Date", "d"}, {"A", "x\r\nB: y"}, {"C: d\r\nE", "f"}}, {Framing::None, 0}, true);
  EXPECT_EQ(head, "HTTP/1.1 200 OK\r\nDate: d\r\nA: x\r\n\r\n");
}

TEST(Chunk, HasItsSizeInHex) { EXPECT_EQ(chunk("0123456789abcdef"), "10\r\n0123456789abcdef\r\n"); }

}  // namespace
}  // namespace keks::net::test
