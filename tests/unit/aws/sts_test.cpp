#include "fixture.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

struct StsTest : AwsTest {};

TEST_F(StsTest, AsksForARoleAsTheQueryProtocolSays) {
  transport.answer(200, assumed_role());
  auto got = sts().assume_role({"arn:aws:iam::222233334444:role/a/ops", "keks@x", "a b&c", 900s}, Deadline::never());
  ASSERT_TRUE(got) << got.error().message();
  auto request = transport.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.url.text(), "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_EQ(request.headers.get("Content-Type"), "application/x-www-form-urlencoded; charset=utf-8");
  EXPECT_EQ(request.body,
            "Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A222233334444%3Arole%2Fa%2Fops"
            "&RoleSessionName=keks%40x&DurationSeconds=900&ExternalId=a%20b%26c");
  EXPECT_THAT(std::string(request.headers.get("Authorization")), HasSubstr("/eu-west-1/sts/aws4_request"));
  EXPECT_EQ(request.headers.get("X-Amz-Security-Token"), "token/+=");
  EXPECT_EQ(got->source, "role arn:aws:iam::222233334444:role/a/ops");
  EXPECT_EQ(got->expiration, *parse_rfc3339("2099-01-01T00:00:00Z"));
}

TEST_F(StsTest, LeavesOutWhatWasNotAskedFor) {
  transport.answer(200, assumed_role());
  ASSERT_TRUE(assume());
  EXPECT_EQ(transport.requests()[0].body.find("DurationSeconds"), std::string::npos);
  EXPECT_EQ(transport.requests()[0].body.find("ExternalId"), std::string::npos);
}

TEST_F(StsTest, RefusesBadInputBeforeItSendsAnything) {
  auto with = [&](std::string name, std::chrono::seconds duration) {
    return sts().assume_role({"arn:aws:iam::222233334444:role/ops", name, {}, duration}, Deadline::never());
  };
  for (auto name : {"", "a", "a b", "a/b", "k\xc3\xa4se"})
    EXPECT_TRUE(failed(with(name, 0s), Code::InvalidArgument, {}));
  EXPECT_TRUE(failed(with(std::string(65, 'a'), 0s), Code::InvalidArgument, {"2 to 64"}));
  for (auto duration : {-1s, 1s, 899s, 43'201s})
    EXPECT_TRUE(failed(with("keks", duration), Code::InvalidArgument, {"900 to 43200"}));
  EXPECT_TRUE(transport.requests().empty());
  transport.answer(200, assumed_role());
  EXPECT_TRUE(with("a_+=,.@-Z9", 900s));
  EXPECT_TRUE(with(std::string(64, 'a'), 43'200s));
}

TEST_F(StsTest, ADeniedRoleNamesBothArns) {
  transport.answer(403, sts_refusal("AccessDenied",
                                    "User: arn:aws:sts::111122223333:assumed-role/fn/fn is not "
                                    "authorized to perform: sts:AssumeRole on resource: "
                                    "arn:aws:iam::222233334444:role/ops"));
  EXPECT_TRUE(failed(assume(), Code::AssumeRoleDenied,
                     {"User: arn:aws:sts::111122223333:assumed-role/fn/fn",
                      "Allow sts:AssumeRole on arn:aws:iam::222233334444:role/ops", "trust policy of that role"}));
}

TEST_F(StsTest, ADeniedRoleIsNamedEvenWhenStsSaysNothing) {
  transport.answer(403, sts_refusal("AccessDenied", ""));
  EXPECT_TRUE(
      failed(assume(), Code::AssumeRoleDenied, {"AssumeRole: AccessDenied. ", "arn:aws:iam::222233334444:role/ops"}));
}

TEST_F(StsTest, ADeniedIdentityIsNoDeniedRole) {
  transport.answer(403, sts_refusal("AccessDenied"));
  EXPECT_TRUE(
      failed(sts().get_caller_identity(Deadline::never()), Code::AwsRefused, {"GetCallerIdentity", "AccessDenied"}));
}

TEST_F(StsTest, TellsWhoTheCallerIs) {
  transport.answer(200,
                   "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/u</Arn>"
                   "<UserId>AIDA</UserId><Account>011122223333</Account></GetCallerIdentityResult>"
                   "</GetCallerIdentityResponse>");
  auto got = sts().get_caller_identity(Deadline::never());
  ASSERT_TRUE(got);
  EXPECT_EQ(got->account, "011122223333");
  EXPECT_EQ(got->arn, "arn:aws:iam::111122223333:user/u");
  EXPECT_EQ(got->user_id, "AIDA");
  EXPECT_EQ(transport.requests()[0].body, "Action=GetCallerIdentity&Version=2011-06-15");
}

TEST_F(StsTest, TellsHowFarItsClockIsAhead) {
  auto body =
      "<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::1:user/u</Arn><UserId>A</UserId>"
      "<Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
  transport.answer(200, {{"Date", format_http_date(clock.wall() + 90s)}}, body).answer(200, body);
  EXPECT_EQ(sts().get_caller_identity(Deadline::never())->clock_skew, 90s);
  EXPECT_EQ(sts().get_caller_identity(Deadline::never())->clock_skew, std::nullopt);
}

TEST_F(StsTest, SaysWhatAReplyLacks) {
  transport.answer(200, "<html><body>captive portal</body></html>");
  EXPECT_TRUE(failed(assume(), Code::ReplyWrongShape,
                     {"HTTP 200", "AssumeRoleResponse/AssumeRoleResult/Credentials/AccessKeyId", "AssumeRole",
                      "sts.eu-west-1.amazonaws.com"}));
}

TEST_F(StsTest, AReplyWithoutItsEndIsNotUsed) {
  transport.answer(200, assumed_role().substr(0, 200));
  EXPECT_TRUE(failed(assume(), Code::ReplyWrongShape, {"XML"}));
  EXPECT_EQ(transport.requests().size(), 1u);
}

TEST_F(StsTest, AProviderOfARoleAsksEachTime) {
  transport.answer(200, assumed_role());
  auto shared = std::make_shared<Sts>(options("sts"));
  auto provider = assume_role_credentials(shared, {"arn:aws:iam::222233334444:role/ops", "keks", {}, {}});
  EXPECT_EQ(provider->get(Deadline::never())->access_key_id, "ASIA1");
  EXPECT_TRUE(provider->get(Deadline::never()));
  EXPECT_EQ(transport.requests().size(), 2u);
}

TEST_F(StsTest, CallsGoWhereTheyAreRedirected) {
  transport.answer(200, assumed_role());
  auto to = options("sts");
  to.endpoint.url = *net::Url::parse("http://127.0.0.1:4566/base/");
  ASSERT_TRUE(Sts(to).assume_role({"arn:aws:iam::222233334444:role/ops", "keks", {}, {}}, Deadline::never()));
  EXPECT_EQ(transport.requests()[0].url.text(), "http://127.0.0.1:4566/base/");
}

TEST_F(StsTest, SendsDeviceAndCodeOfARoleThatWantsMfa) {
  transport.answer(200, assumed_role());
  AssumeRoleInput input{"arn:aws:iam::222233334444:role/ops", "keks"};
  input.mfa_serial = "arn:aws:iam::111122223333:mfa/u";
  input.mfa_code = Secret("123456");
  ASSERT_TRUE(sts().assume_role(input, Deadline::never()));
  EXPECT_NE(
      transport.requests()[0].body.find("&SerialNumber=arn%3Aaws%3Aiam%3A%3A111122223333%3Amfa%2Fu&TokenCode=123456"),
      std::string::npos)
      << transport.requests()[0].body;
}

TEST_F(StsTest, TellsTheAccountOfTheRole) {
  auto reply = assumed_role();
  reply.insert(reply.find("<Credentials>"),
               "<AssumedRoleUser><Arn>arn:aws:sts::222233334444:assumed-role/ops/keks</Arn></AssumedRoleUser>");
  transport.answer(200, reply);
  EXPECT_EQ(assume()->account_id, "222233334444");
}

TEST_F(StsTest, CredentialsThatHaveExpiredOnArrivalAreAnError) {
  auto reply = assumed_role();
  reply.replace(reply.find("2099"), 4, "2001");
  transport.answer(200, reply);
  EXPECT_TRUE(failed(assume(), Code::ReplyWrongShape, {"2001-01-01T00:00:00Z", "clock"}));
}

struct WebIdentityTest : AwsTest {
  Result<Credentials> assume_by_token() {
    auto to = options("sts");
    to.credentials = nullptr;
    return Sts(to).assume_role_with_web_identity({"arn:aws:iam::222233334444:role/ops", "keks", Secret("CANARY.jwt/+")},
                                                 Deadline::never());
  }
};

TEST_F(WebIdentityTest, IsSignedByNobody) {
  auto reply = assumed_role();
  for (auto at = reply.find("AssumeRole"); at != reply.npos; at = reply.find("AssumeRole", at + 20))
    reply.insert(at + 10, "WithWebIdentity");
  transport.answer(200, reply);
  auto got = assume_by_token();
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->access_key_id, "ASIA1");
  auto sent = transport.requests()[0];
  EXPECT_FALSE(sent.headers.has("Authorization"));
  EXPECT_EQ(sent.body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A222233334444%3Arole%2Fops"
            "&RoleSessionName=keks&WebIdentityToken=CANARY.jwt%2F%2B");
}

TEST_F(WebIdentityTest, ARefusalSaysWhereToLookAndNotTheToken) {
  for (auto [code, want] :
       {std::pair{"AccessDenied", Code::AssumeRoleDenied}, std::pair{"IDPRejectedClaim", Code::AssumeRoleDenied},
        std::pair{"InvalidIdentityToken", Code::CredentialsRefused},
        std::pair{"ExpiredTokenException", Code::CredentialsExpired}}) {
    test::FakeTransport one;
    one.answer(400, sts_refusal(code, "got CANARY.jwt/+ and CANARY.jwt%2F%2B"));
    auto to = options("sts");
    auto got = Sts({one, to.endpoint, nullptr, clock})
                   .assume_role_with_web_identity(
                       {"arn:aws:iam::222233334444:role/ops", "keks", Secret("CANARY.jwt/+")}, Deadline::never());
    EXPECT_TRUE(failed(got, want, {code, "oken"}));
    EXPECT_EQ(got.error().message().find("CANARY"), std::string::npos) << got.error().message();
    EXPECT_EQ(one.requests().size(), 1u);
  }
}

}  // namespace
}  // namespace keks::aws
