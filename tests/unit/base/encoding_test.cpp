#include <gtest/gtest.h>
#include <keks/base/encoding.hpp>
#include <keks/base/environment.hpp>
#include <keks/base/json.hpp>
#include <keks/base/secret.hpp>

#include <boost/json.hpp>

namespace keks {
namespace {

TEST(Base64, RoundTripsEveryLengthAndByte) {
  std::string bytes;
  for (int i = 0; i < 300; ++i) {
    EXPECT_EQ(base64_decode(base64(bytes)), bytes);
    EXPECT_EQ(base64url_decode(base64url(bytes)), bytes);
    bytes += static_cast<char>(i * 7);
  }
}

TEST(Base64, UrlFormUsesItsOwnAlphabetAndNoPadding) {
  EXPECT_EQ(base64("\xfb\xff\xfe?"), "+//+Pw==");
  EXPECT_EQ(base64url("\xfb\xff\xfe?"), "-__-Pw");
}

TEST(Base64, RefusesWhatOnlyLenientDecodersTake) {
  for (auto text : {"YQ", "YQ=", "YQ===", "YQ==YQ==", "Y=Q=", "YR==", "Y-Q=", "\x80\x80\x80\x80"})
    EXPECT_FALSE(base64_decode(text)) << text;
  for (auto text : {"YQ==", "Y", "YR", "Y+Q", "Y Q"}) EXPECT_FALSE(base64url_decode(text)) << text;
  EXPECT_EQ(base64_decode("aGVs\nbG8g\r\n d28="), "hello wo");
}

TEST(Percent, KeepsOnlyUnreservedCharacters) {
  EXPECT_EQ(percent_encode("AZaz09-_.~"), "AZaz09-_.~");
  EXPECT_EQ(percent_encode("a/b+c=d;e:f g\xc3\xa9"), "a%2Fb%2Bc%3Dd%3Be%3Af%20g%C3%A9");
  EXPECT_EQ(percent_encode_path("/a b/c"), "/a%20b/c");
  EXPECT_EQ(percent_decode("a%2fb%2B+"), "a/b++");
  for (auto text : {"%", "%1", "%g0", "%0g", "abc%2"}) EXPECT_FALSE(percent_decode(text)) << text;
}

TEST(EscapeControls, ServerTextCannotForgeALogLine) {
  EXPECT_EQ(escape_controls("a\nREPORT\r\t\x1b[31m\x7f"), "a\\nREPORT\\r\\t\\x1b[31m\\x7f");
  EXPECT_EQ(escape_controls("\xc2\x85 \xe2\x80\xa8 \xe2\x80\xa9"), "\\u{0085} \\u{2028} \\u{2029}");
  EXPECT_EQ(escape_controls("\xff\xc0\x80\xed\xa0\x80"), "\\xff\\xc0\\x80\\xed\\xa0\\x80");
  EXPECT_EQ(escape_controls("gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x8d\xaa"), "gr\xc3\xbc\xc3\x9f dich \xf0\x9f\x8d\xaa");
  EXPECT_EQ(escape_controls("\xe2\x80\xae \xe2\x81\xa6"), "\\u{202e} \\u{2066}");
  EXPECT_EQ(escape_controls("abcdef", 3), "abc...");
}

TEST(Json, SaysWhereItBreaks) {
  EXPECT_TRUE(parse_json(" {\"a\":[1,2]} \n"));
  EXPECT_EQ(parse_json("").error().code(), Code::ReplyNotJson);
  EXPECT_EQ(parse_json("{\"a\":1").error().code(), Code::ReplyNotJson);
  EXPECT_NE(parse_json("{} x").error().message().find("byte 3"), std::string::npos);
  EXPECT_TRUE(parse_json(std::string(200, '[') + std::string(200, ']')));
  EXPECT_FALSE(parse_json(std::string(1000, '[') + std::string(1000, ']')));
}

TEST(Secret, IsGoneAfterAMove) {
  Secret a("wJalrXUtnFEMI"), b(std::move(a));
  EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(b.reveal(), "wJalrXUtnFEMI");
  b = Secret("x");
  EXPECT_EQ(b.reveal(), "x");
}

TEST(Environment, TreatsEmptyAsUnset) {
  Environment env(Environment::Map{{"A", ""}, {"B", "b"}});
  EXPECT_FALSE(env.get("A"));
  EXPECT_FALSE(env.get("C"));
  EXPECT_EQ(env.first({"A", "C", "B"}), "b");
}

}  // namespace
}  // namespace keks
