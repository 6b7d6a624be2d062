#include "sandbox/sigv4_verifier.hpp"

#include <gmock/gmock.h>
#include <keks/aws/sigv4.hpp>
#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>

#include "sandbox/query.hpp"
#include "support/rows.hpp"

namespace keks::sandbox {
namespace {

using namespace std::chrono_literals;
using keks::test::Row;
using keks::test::text;
using testing::HasSubstr;

WallTime const kNow = *parse_amz_date("20260115T120000Z");
constexpr char const* kId = "AKIDEXAMPLE";
constexpr char const* kSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

struct Attempt {
  net::ServerRequest request;
  ServiceScope scope{"eu-west-1", "sts"};
  std::string session_token;
  std::optional<WallTime> expiration;
  WallTime now = kNow;
  std::string secret = kSecret;

  std::expected<Caller, SignatureError> verify() const {
    auto lookup = [&](std::string_view id, std::string_view token) -> std::optional<Key> {
      if (id != kId || token != session_token) return std::nullopt;
      return Key{Secret(secret), {"arn:aws:iam::111122223333:user/u", "111122223333", "AIDA", kId}, expiration};
    };
    return verify_signature(request, scope, lookup, now);
  }
};

/// The fault that an attempt meets, by name; the caller's key id when it is believed.
std::string outcome(Attempt const& attempt) {
  auto caller = attempt.verify();
  if (caller) return caller->access_key_id;
  switch (caller.error().fault) {
    case SignatureFault::Missing:
      return "Missing";
    case SignatureFault::Incomplete:
      return "Incomplete";
    case SignatureFault::UnknownKey:
      return "UnknownKey";
    case SignatureFault::ExpiredToken:
      return "ExpiredToken";
    case SignatureFault::Mismatch:
      return "Mismatch";
    case SignatureFault::Expired:
      return "Expired";
  }
  return "?";
}

Attempt attempt_of(Row const& row) {
  Attempt attempt{.request = {.method = text(row, "method"),
                              .target = text(row, "target"),
                              .headers = {},
                              .body = text(row, "body")},
                  .scope = {"eu-west-1", text(row, "service")},
                  .session_token = text(row, "session_token"),
                  .expiration = {}};
  for (auto const& field : row.at("headers").as_array())
    attempt.request.headers.add(std::string(field.at(0).as_string()), std::string(field.at(1).as_string()));
  return attempt;
}

std::vector<Attempt> recorded() {
  std::vector<Attempt> attempts;
  for (auto const& row : keks::test::rows("signed_requests.jsonl")) attempts.push_back(attempt_of(row));
  return attempts;
}

/// What our own signer makes, header form and presigned.
Attempt ours(bool presigned, std::string token = "", WallTime signed_at = kNow, std::chrono::seconds expires = 60s) {
  aws::Credentials credentials{kId, Secret(kSecret), Secret(token), {}, ""};
  aws::SigningScope scope{"eu-west-1", "sts", signed_at};
  Attempt attempt{
      .request = {.method = "GET", .target = "", .headers = {}, .body = ""}, .session_token = token, .expiration = {}};
  net::Request request;
  request.url = *net::Url::parse("https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15");
  if (presigned) {
    auto url = request.url;
    url.query.clear();
    auto text = aws::presign(url, {{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}},
                             {{"x-k8s-aws-id", "prod"}}, credentials, scope, expires);
    attempt.request.target = net::Url::parse(text)->target();
    attempt.request.headers.add("x-k8s-aws-id", "prod");
  } else {
    aws::sign(request, credentials, scope);
    attempt.request.target = request.url.target();
    attempt.request.headers = request.headers;
  }
  attempt.request.headers.add("Host", "sts.eu-west-1.amazonaws.com");
  return attempt;
}

void replace(std::string& text, std::string_view what, std::string_view with) {
  auto at = text.find(what);
  ASSERT_NE(at, std::string::npos) << what << " is not in " << text;
  text.replace(at, what.size(), with);
}

TEST(Sigv4Verifier, BelievesWhatBotocoreSigned) {
  auto rows = keks::test::rows("signed_requests.jsonl");
  ASSERT_GE(rows.size(), 14u);
  for (auto const& row : rows) EXPECT_EQ(outcome(attempt_of(row)), kId) << text(row, "name");
}

TEST(Sigv4Verifier, BelievesOurOwnSignerInBothForms) {
  for (bool presigned : {false, true})
    for (std::string token : {"", "a/b+c=="}) EXPECT_EQ(outcome(ours(presigned, token)), kId) << presigned << token;
}

TEST(Sigv4Verifier, RefusesAnotherMethodPathOrBody) {
  for (auto attempt : recorded()) {
    auto changed = attempt;
    changed.request.method = attempt.request.method == "GET" ? "POST" : "GET";
    EXPECT_EQ(outcome(changed), "Mismatch");
    changed = attempt;
    changed.request.target.insert(1, "x");
    EXPECT_EQ(outcome(changed), "Mismatch");
    changed = attempt;
    changed.request.body += ' ';
    EXPECT_EQ(outcome(changed), "Mismatch");
  }
}

TEST(Sigv4Verifier, RefusesAnyAddedParameter) {
  for (auto attempt : recorded()) {
    attempt.request.target += attempt.request.query().empty() ? "?extra=1" : "&extra=1";
    EXPECT_EQ(outcome(attempt), "Mismatch");
  }
}

TEST(Sigv4Verifier, RefusesEveryChangedParameter) {
  for (auto const& attempt : recorded()) {
    auto query = *Parameters::parse(attempt.request.query(), Parameters::Plus::Literal);
    for (std::size_t changed = 0; changed < query.pairs().size(); ++changed) {
      auto other = attempt;
      other.request.target = attempt.request.path();
      char separator = '?';
      for (std::size_t i = 0; i < query.pairs().size(); ++i) {
        auto [name, value] = query.pairs()[i];
        other.request.target += std::exchange(separator, '&') + percent_encode(name) + "=" +
                                percent_encode(value + (i == changed ? "1" : ""));
      }
      EXPECT_NE(outcome(other), kId) << other.request.target;
    }
  }
}

TEST(Sigv4Verifier, RefusesEveryChangedOrMissingHeader) {
  for (auto const& attempt : recorded())
    for (auto const& [name, value] : attempt.request.headers) {
      auto other = attempt;
      other.request.headers.set(name, value + "1");
      EXPECT_NE(outcome(other), kId) << name;
      other.request.headers.remove(name);
      EXPECT_NE(outcome(other), kId) << name;
    }
}

TEST(Sigv4Verifier, RefusesAWrongSecretAndTheWrongSessionToken) {
  for (auto attempt : recorded()) {
    auto other = attempt;
    other.secret = "wrong";
    EXPECT_EQ(outcome(other), "Mismatch");
    other = attempt;
    other.session_token += "x";
    EXPECT_EQ(outcome(other), "UnknownKey");
  }
}

TEST(Sigv4Verifier, RefusesAnotherRegionServiceOrDay) {
  for (auto attempt : recorded()) {
    auto other = attempt;
    other.scope.region = "us-east-1";
    EXPECT_EQ(outcome(other), "Mismatch");
    EXPECT_THAT(other.verify().error().message, HasSubstr("valid region"));
    other = attempt;
    other.scope.service = "s3";
    EXPECT_EQ(outcome(other), "Mismatch");
    EXPECT_THAT(other.verify().error().message, HasSubstr("correct service: 's3'"));
  }
  auto day = ours(true);
  replace(day.request.target, "%2F20260115%2F", "%2F20260114%2F");
  EXPECT_EQ(outcome(day), "Mismatch");
  EXPECT_THAT(day.verify().error().message, HasSubstr("'20260114' != '20260115'"));
}

TEST(Sigv4Verifier, TakesAHeaderSignatureFiveMinutesEitherWay) {
  EXPECT_EQ(outcome(ours(false, "", kNow - 5min)), kId);
  EXPECT_EQ(outcome(ours(false, "", kNow + 5min)), kId);
  auto old = ours(false, "", kNow - 5min - 1s);
  EXPECT_EQ(outcome(old), "Mismatch");
  EXPECT_EQ(old.verify().error().message,
            "Signature expired: 20260115T115459Z is now earlier than 20260115T115500Z (20260115T120000Z - 5 min.)");
  auto early = ours(false, "", kNow + 5min + 1s);
  EXPECT_EQ(outcome(early), "Mismatch");
  EXPECT_THAT(early.verify().error().message, HasSubstr("Signature not yet current"));
}

TEST(Sigv4Verifier, TakesAPresignedUrlFifteenMinutesWhateverItsExpiresSays) {
  for (auto expires : {0s, 60s, 604'800s}) {
    EXPECT_EQ(outcome(ours(true, "", kNow - 15min, expires)), kId);
    EXPECT_EQ(outcome(ours(true, "", kNow - 15min - 1s, expires)), "Expired");
  }
  EXPECT_EQ(outcome(ours(true, "", kNow + 5min + 1s)), "Mismatch");
}

TEST(Sigv4Verifier, RefusesAnExpiredSessionOnlyToWhoeverHoldsItsSecret) {
  auto attempt = ours(false, "token");
  attempt.expiration = kNow;
  EXPECT_EQ(outcome(attempt), "ExpiredToken");
  attempt.secret = "wrong";
  EXPECT_EQ(outcome(attempt), "Mismatch");
}

TEST(Sigv4Verifier, SaysMissingWhenNothingIsSigned) {
  Attempt attempt{.request = {.method = "GET", .target = "/?Action=GetCallerIdentity", .headers = {}, .body = ""},
                  .session_token = "",
                  .expiration = {}};
  EXPECT_EQ(outcome(attempt), "Missing");
}

TEST(Sigv4Verifier, RefusesBothFormsAtOnce) {
  auto attempt = ours(true);
  attempt.request.headers.add("Authorization",
                              "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0");
  EXPECT_EQ(outcome(attempt), "Incomplete");
}

TEST(Sigv4Verifier, RefusesAPresignedQueryWithAPartMissingOrTwice) {
  for (std::string part :
       {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"}) {
    auto attempt = ours(true);
    replace(attempt.request.target, part + "=", "Other-" + part + "=");
    EXPECT_EQ(outcome(attempt), "Incomplete") << part;
    auto twice = ours(true);
    twice.request.target += "&" + part + "=again";
    EXPECT_EQ(outcome(twice), "Incomplete") << part;
  }
}

TEST(Sigv4Verifier, RefusesAPresignedExpiresThatIsNoNumberOfSeconds) {
  for (std::string value : {"-1", "604801", "60s", "x", "99999999999999999999"}) {
    auto attempt = ours(true);
    replace(attempt.request.target, "X-Amz-Expires=60", "X-Amz-Expires=" + value);
    EXPECT_EQ(outcome(attempt), "Incomplete") << value;
  }
}

TEST(Sigv4Verifier, RefusesAMalformedAuthorizationHeader) {
  for (std::string value :
       {"", "AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 ", "Bearer x",
        "AWS4-HMAC-SHA512 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=0", "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=/b/c/d/e, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Credential=a/b/c/d/e, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=host, Signature=0, Extra=1", "AWS4-HMAC-SHA256 ,,,,",
        "AWS4-HMAC-SHA256 Credential, SignedHeaders, Signature"}) {
    auto attempt = ours(false);
    attempt.request.headers.set("Authorization", value);
    EXPECT_EQ(outcome(attempt), "Incomplete") << value;
  }
}

TEST(Sigv4Verifier, RefusesAHeaderSignatureWithoutItsDate) {
  auto attempt = ours(false);
  attempt.request.headers.remove("X-Amz-Date");
  EXPECT_EQ(outcome(attempt), "Incomplete");
  attempt.request.headers.add("X-Amz-Date", "yesterday");
  EXPECT_EQ(outcome(attempt), "Incomplete");
}

/// Signs like anybody who holds the secret, but over `names` only.
Attempt signed_over(std::vector<std::string> const& names) {
  auto attempt = ours(false);
  aws::CanonicalInput input{
      .method = "GET", .path = "/", .query = {}, .headers = {}, .payload_hash = aws::sha256_hex("")};
  input.query = Parameters::parse(attempt.request.query(), Parameters::Plus::Literal)->pairs();
  std::string list;
  for (auto const& name : names) {
    input.headers.emplace_back(name, attempt.request.headers.get(name));
    list += (list.empty() ? "" : ";") + name;
  }
  aws::SigningScope scope{"eu-west-1", "sts", kNow};
  auto signature = aws::signature(aws::string_to_sign(aws::canonical_request(input), scope), kSecret, scope);
  attempt.request.headers.set("Authorization", std::string("AWS4-HMAC-SHA256 Credential=") + kId +
                                                   "/20260115/eu-west-1/sts/aws4_request, SignedHeaders=" + list +
                                                   ", Signature=" + signature);
  return attempt;
}

TEST(Sigv4Verifier, WantsHostAndDateSigned) {
  EXPECT_EQ(outcome(signed_over({"host", "x-amz-date"})), kId);
  auto no_host = signed_over({"x-amz-date"});
  EXPECT_EQ(outcome(no_host), "Mismatch");
  EXPECT_THAT(no_host.verify().error().message, HasSubstr("'host' must be a 'SignedHeader'"));
  EXPECT_EQ(outcome(signed_over({"host"})), "Mismatch");
}

TEST(Sigv4Verifier, WantsSignedHeadersInOrderLowerCaseAndOnce) {
  EXPECT_EQ(outcome(signed_over({"x-amz-date", "host"})), "Incomplete");
  EXPECT_EQ(outcome(signed_over({"host", "host", "x-amz-date"})), "Incomplete");
  EXPECT_EQ(outcome(signed_over({"Host", "x-amz-date"})), "Incomplete");
}

TEST(Sigv4Verifier, RefusesMoreThanItsLimits) {
  auto target = ours(true);
  target.request.target += "&x=" + std::string(20'000, 'a');
  EXPECT_EQ(outcome(target), "Incomplete");
  auto parameters = ours(true);
  for (int i = 0; i < 70; ++i) parameters.request.target += "&x=1";
  EXPECT_EQ(outcome(parameters), "Incomplete");
  auto headers = ours(true);
  for (int i = 0; i < 130; ++i) headers.request.headers.add("x-many", "1");
  EXPECT_EQ(outcome(headers), "Incomplete");
  std::vector<std::string> names{"host", "x-amz-date"};
  for (int i = 100; i < 170; ++i) names.push_back("x-n" + std::to_string(i));
  EXPECT_EQ(outcome(signed_over(names)), "Incomplete");
}

TEST(Sigv4Verifier, RefusesABadEscape) {
  auto attempt = ours(true);
  attempt.request.target += "&x=%G0";
  EXPECT_EQ(outcome(attempt), "Incomplete");
}

}  // namespace
}  // namespace keks::sandbox
