#include <gmock/gmock.h>

#include "support.hpp"

namespace keks::net::test {
namespace {

using testing::HasSubstr;
using testing::Not;

struct Row {
  char const *text, *host;
  int port;
  char const *path, *query, *authority, *origin;
};

class GoodUrl : public testing::TestWithParam<Row> {};

TEST_P(GoodUrl, IsTakenApart) {
  auto const& row = GetParam();
  auto url = Url::parse(row.text);
  ASSERT_TRUE(url) << failure(url);
  EXPECT_EQ(url->host, row.host);
  EXPECT_EQ(url->port, row.port);
  EXPECT_EQ(url->path, row.path);
  EXPECT_EQ(url->query, row.query);
  EXPECT_EQ(url->authority(), row.authority);
  EXPECT_EQ(url->origin(), row.origin);
}

INSTANTIATE_TEST_SUITE_P(
    Urls, GoodUrl,
    testing::Values(
        Row{"https://a.example", "a.example", 443, "/", "", "a.example", "https://a.example:443"},
        Row{"HTTP://A.Example/", "a.example", 80, "/", "", "a.example", "http://a.example:80"},
        Row{"http://a:8080/x/../y?q=%20&r", "a", 8080, "/x/../y", "q=%20&r", "a:8080", "http://a:8080"},
        Row{"https://a:443/", "a", 443, "/", "", "a", "https://a:443"},
        Row{"http://a:/", "a", 80, "/", "", "a", "http://a:80"},
        Row{"https://a?x=1", "a", 443, "/", "x=1", "a", "https://a:443"},
        Row{"https://a/?", "a", 443, "/", "", "a", "https://a:443"},
        Row{"https://[::1]:6443/api", "::1", 6443, "/api", "", "[::1]:6443", "https://[::1]:6443"},
        Row{"http://[2001:DB8::1]", "2001:db8::1", 80, "/", "", "[2001:db8::1]", "http://[2001:db8::1]:80"},
        Row{"http://127.0.0.1:65535/", "127.0.0.1", 65535, "/", "", "127.0.0.1:65535", "http://127.0.0.1:65535"},
        Row{"https://x_y.example./", "x_y.example.", 443, "/", "", "x_y.example.", "https://x_y.example.:443"}));

class BadUrl : public testing::TestWithParam<char const*> {};

TEST_P(BadUrl, IsRefused) {
  auto url = Url::parse(GetParam());
  ASSERT_FALSE(url) << url->text();
  EXPECT_EQ(url.error().code(), Code::InvalidArgument);
}

INSTANTIATE_TEST_SUITE_P(Urls, BadUrl,
                         testing::Values("", "a.example", "//a.example/", "/path", "ftp://a.example/", "https://",
                                         "https:///path", "https://:443/", "https://a:0/", "https://a:65536/",
                                         "https://a:99999999999/", "https://a:x/", "https://a/#f", "https://a/b c",
                                         "https://a/\r\nHost: b", "https://a/%zz", "https://[::1/", "https://[v1.x]/",
                                         "https://a%20b/", "https://[fe80::1%25eth0]/", "https://\xc3\xa4/"));

TEST(Url, MessagesShowNoPassword) {
  auto url = Url::parse("https://user:hunter2@a.example/");
  ASSERT_FALSE(url);
  EXPECT_THAT(url.error().message(), HasSubstr("user name"));
  EXPECT_THAT(url.error().message(), Not(HasSubstr("hunter2")));
}

TEST(Url, MessagesShowNoSignature) {
  EXPECT_THAT(failure(Url::parse("ftp://a.example/?X-Amz-Signature=0123")), Not(HasSubstr("0123")));
}

TEST(Url, LengthIsBounded) {
  std::string base = "https://a/";
  EXPECT_TRUE(Url::parse(base + std::string(8192 - base.size(), 'x')));
  EXPECT_FALSE(Url::parse(base + std::string(8193 - base.size(), 'x')));
}

TEST(Url, TextIsParsedToTheSameParts) {
  for (std::string text : {"https://a.example/", "http://[::1]:1/x?y", "https://a.example:8443/p%2Fq?a=b&c"})
    EXPECT_EQ(Url::parse(text)->text(), text);
}

}  // namespace
}  // namespace keks::net::test
