#include <keks/aws/sigv4.hpp>
#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>

#include <algorithm>

#include "support/rows.hpp"

namespace keks::aws {
namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;
using test::Row;
using test::text;

Pairs pairs(Row const& row, std::string_view name) {
  Pairs out;
  for (auto const& p : row.at(name).as_array())
    out.emplace_back(p.as_array()[0].as_string(), p.as_array()[1].as_string());
  return out;
}

Credentials credentials(Row const& row) {
  return {text(row, "key"), Secret(text(row, "secret")), Secret(text(row, "token")), {}, {}};
}

SigningScope scope(Row const& row) {
  return {text(row, "region"), text(row, "service"), *parse_amz_date(text(row, "time"))};
}

net::Url url(Row const& row) {
  auto host = text(row, "host");
  auto scheme = host.find(':') == host.npos ? "https://" : "http://";
  return *net::Url::parse(scheme + host + text(row, "path"));
}

std::vector<Row> rows_of(std::string_view form) {
  auto all = test::rows("sigv4_rows.jsonl");
  std::erase_if(all, [&](Row const& r) { return text(r, "form") != form; });
  return all;
}

TEST(SigV4, SignsHeadersAsAnIndependentSignerDoes) {
  auto rows = rows_of("header");
  ASSERT_EQ(rows.size(), 100u);
  for (auto const& row : rows) {
    net::Request request;
    request.method = text(row, "method");
    request.url = url(row);
    request.body = text(row, "body");
    for (auto const& [name, value] : pairs(row, "query"))
      request.url.query += (request.url.query.empty() ? "" : "&") + percent_encode(name) + "=" + percent_encode(value);
    for (auto const& [name, value] : pairs(row, "headers")) request.headers.add(name, value);
    sign(request, credentials(row), scope(row));
    auto authorization = std::string(request.headers.get("Authorization"));
    EXPECT_TRUE(authorization.ends_with("Signature=" + text(row, "signature"))) << text(row, "canonical");
    EXPECT_TRUE(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")) << authorization;
    EXPECT_EQ(request.headers.get("X-Amz-Security-Token"), text(row, "token"));
  }
}

TEST(SigV4, PresignsAsAnIndependentSignerDoes) {
  auto rows = rows_of("query");
  ASSERT_EQ(rows.size(), 50u);
  for (auto const& row : rows) {
    auto out = presign(url(row), pairs(row, "query"), pairs(row, "headers"), credentials(row), scope(row),
                       std::chrono::seconds(60));
    EXPECT_TRUE(out.ends_with("&X-Amz-Signature=" + text(row, "signature"))) << out << "\n" << text(row, "canonical");
    auto canonical = text(row, "canonical");
    auto query = canonical.substr(6, canonical.find('\n', 6) - 6);
    EXPECT_NE(out.find("/?" + query + "&X-Amz-Signature="), out.npos) << out;
  }
}

TEST(SigV4, TheStepsOfAVerifierLeadToTheSameSignature) {
  for (auto const& row : rows_of("header")) {
    CanonicalInput input{
        text(row, "method"), text(row, "path"), pairs(row, "query"), {}, sha256_hex(text(row, "body"))};
    for (auto const& [name, value] : pairs(row, "headers")) input.headers.emplace_back(name, value);
    input.headers.emplace_back("host", text(row, "host"));
    input.headers.emplace_back("x-amz-date", text(row, "time"));
    if (!text(row, "token").empty()) input.headers.emplace_back("x-amz-security-token", text(row, "token"));
    for (auto& h : input.headers)
      std::ranges::transform(h.first, h.first.begin(), [](char c) { return static_cast<char>(std::tolower(c)); });
    std::ranges::sort(input.headers);
    EXPECT_EQ(canonical_request(input), text(row, "canonical"));
    EXPECT_EQ(string_to_sign(text(row, "canonical"), scope(row)), text(row, "string_to_sign"));
    EXPECT_EQ(signature(text(row, "string_to_sign"), text(row, "secret"), scope(row)), text(row, "signature"));
  }
}

TEST(SigV4, HeadersOfOneNameAreSignedAsOne) {
  CanonicalInput input{"GET", "/", {}, {{"a", " x "}, {"a", "y  z"}, {"b", ""}}, "hash"};
  EXPECT_EQ(canonical_request(input), "GET\n/\n\na:x,y z\nb:\n\na;b\nhash");
}

TEST(SigV4, SigningAgainReplacesTheFirstSignature) {
  net::Request request;
  request.url = *net::Url::parse("https://sts.eu-west-1.amazonaws.com/");
  Credentials key{"AKIDEXAMPLE", Secret("s"), Secret("t"), {}, {}};
  auto at = [](long seconds) { return SigningScope{"eu-west-1", "sts", WallTime(std::chrono::seconds(seconds))}; };
  sign(request, key, at(1'000'000'000));
  sign(request, key, at(1'000'003'600));
  auto once = request;
  once.headers = {};
  sign(once, key, at(1'000'003'600));
  EXPECT_EQ(request.headers.size(), once.headers.size());
  EXPECT_EQ(request.headers.get("Authorization"), once.headers.get("Authorization"));
}

TEST(SigV4, LeavesOutTheHeadersThatDoNotArriveAsTheyAreGiven) {
  auto authorization = [](net::Headers headers) {
    net::Request request;
    request.url = *net::Url::parse("https://sts.eu-west-1.amazonaws.com/");
    request.headers = std::move(headers);
    sign(request, {"AKIDEXAMPLE", Secret("s"), {}, {}, {}}, {"eu-west-1", "sts", WallTime(std::chrono::hours(1))});
    return std::string(request.headers.get("Authorization"));
  };
  for (auto name : {"Host", "User-Agent", "Connection", "Content-Length", "Expect", "X-Amzn-Trace-Id"})
    EXPECT_EQ(authorization({{name, "x"}}), authorization({})) << name;
  EXPECT_NE(authorization({{"Accept", "x"}}), authorization({}));
}

TEST(SigV4, HashesTextOfEveryLengthAroundABlock) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

}  // namespace
}  // namespace keks::aws
