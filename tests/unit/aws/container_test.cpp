#include "source_fixture.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kKeys =
    R"({"AccessKeyId":"ASIA1","SecretAccessKey":"S1","Token":"T1","Expiration":"2099-01-01T00:00:00Z"})";

struct Container : SourceTest {
  Offer full(std::string url) {
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = std::move(url);
    return offer_container(sources());
  }
  Offer pod() { return full("http://169.254.170.23/v1/credentials"); }
};

TEST_F(Container, IsPassedOnWithoutEitherVariable) {
  EXPECT_TRUE(failed(offer_container(sources()), Code::NoCredentials, {"AWS_CONTAINER_CREDENTIALS_FULL_URI"}));
}

TEST_F(Container, PlainHttpIsForAddressesNearByAlone) {
  for (auto host : {"127.0.0.1", "127.255.255.254:8080", "localhost", "LocalHost:1", "[::1]", "[0:0::1]:80",
                    "169.254.170.2", "169.254.170.23", "[fd00:ec2::23]", "[FD00:0EC2:0:0:0:0:0:0023]"})
    EXPECT_TRUE(full("http://" + std::string(host) + "/creds")) << host;
  for (auto host : {"example.com", "localhost.example", "127.0.0.1.example", "169.254.169.254", "169.254.170.3",
                    "10.0.0.1", "0.0.0.0", "127.1", "0177.0.0.1", "2130706433", "[::]", "[fd00:ec2::254]",
                    "[::ffff:127.0.0.1]", "[fe80::1]", "127.0.0.1@example.com", "localhost."})
    EXPECT_EQ(full("http://" + std::string(host) + "/creds").error().code(), Code::InvalidArgument) << host;
  EXPECT_TRUE(full("https://anywhere.example/creds"));
  EXPECT_THAT(transport.requests(), IsEmpty());
}

TEST_F(Container, ARelativeUriCannotNameAnotherHost) {
  for (auto path : {"creds", "@evil.example/creds", ":80/creds", ".evil.example/", "/a b", "/a\r\nX: y"}) {
    variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = path;
    EXPECT_TRUE(failed(offer_container(sources()), Code::InvalidArgument, {"RELATIVE_URI", "Correct it."})) << path;
  }
  variables["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "//evil.example/@x";
  transport.answer(200, std::string(kKeys));
  EXPECT_TRUE(get(offer_container(sources())));
  EXPECT_EQ(transport.requests().at(0).url.host, "169.254.170.2");
}

TEST_F(Container, TheTokenFileIsReadAnewAndWinsOverTheVariable) {
  transport.answer(200, std::string(kKeys));
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = write("token", "first\n");
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "variable";
  auto offer = pod();
  ASSERT_TRUE(get(offer));
  write("token", "second\r\n");
  ASSERT_TRUE(get(offer));
  auto sent = transport.requests();
  EXPECT_EQ(sent.at(0).headers.get("Authorization"), "first");
  EXPECT_EQ(sent.at(1).headers.get("Authorization"), "second");
}

TEST_F(Container, ATokenThatWouldAddAFieldIsNeverSentNorShown) {
  // A carriage return alone is no line end that would be taken off.
  for (auto [token, why] : {std::pair{"CANARY\r\nX-Evil: 1\n", "line feed"}, {"CANARY\r", "control"}}) {
    variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = write("token", token);
    auto got = get(pod());
    EXPECT_TRUE(failed(got, Code::CredentialSourceFailed, {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", why})) << token;
    EXPECT_TRUE(silent(got));
    EXPECT_THAT(transport.requests(), IsEmpty());
  }
}

TEST_F(Container, AnAbsentTokenFileIsNamed) {
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = home + "/nowhere";
  EXPECT_TRUE(failed(get(pod()), Code::CredentialSourceFailed, {home + "/nowhere"}));
}

TEST_F(Container, WhatMayPassIsAskedThreeTimesASecondApart) {
  transport.answer(500, "").fails(Code::ConnectionLost).answer(200, std::string(kKeys));
  auto got = get(pod());
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->access_key_id, "ASIA1");
  EXPECT_THAT(clock.slept(), testing::ElementsAre(seconds(1), seconds(1)));
}

TEST_F(Container, ARefusalIsNotAskedAgainAndToldInItsWords) {
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "CANARY-token";
  transport.answer(403, R"({"code":"AccessDenied","message":"no such pod for CANARY-token\u0007","more":"CANARY"})");
  auto got = get(pod());
  EXPECT_TRUE(failed(got, Code::CredentialSourceFailed, {"HTTP 403", "AccessDenied", "no such pod for ***\\x07"}));
  EXPECT_TRUE(silent(got));
  EXPECT_EQ(transport.requests().size(), 1u);
}

TEST_F(Container, KeysThatCannotBeUsedStayInside) {
  for (auto reply :
       {R"({"AccessKeyId":"CANARY","SecretAccessKey":"CANARY","Token":"CANARY","Expiration":"CANARY"})",
        R"({"AccessKeyId":"CANARY","SecretAccessKey":"CANARY"})", R"("CANARY")", "CANARY",
        R"({"AccessKeyId":"","SecretAccessKey":"CANARY","Token":"CANARY"})",
        R"({"AccessKeyId":7,"SecretAccessKey":"CANARY","Token":"CANARY"})",
        R"({"AccessKeyId":"A","SecretAccessKey":"CANARY","Token":"T","Expiration":"2001-01-01T00:00:00Z"})",
        R"({"AccessKeyId":"A","SecretAccessKey":"CANARY","Token":"T","Expiration":1e300})"}) {
    test::FakeTransport one;
    one.answer(200, reply);
    auto through = std::shared_ptr<net::Transport>(std::shared_ptr<void>(), &one);
    variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/";
    auto got = get(offer_container(sources(through)));
    ASSERT_FALSE(got) << reply;
    EXPECT_EQ(got.error().code(), Code::CredentialSourceFailed);
    EXPECT_TRUE(silent(got));
    EXPECT_EQ(one.requests().size(), 1u);
  }
}

TEST_F(Container, AHugeReplyIsRefused) {
  transport.answer(200, std::string(1 << 20, ' '));
  EXPECT_TRUE(failed(get(pod()), Code::ReplyTooLarge, {"64 KiB"}));
  EXPECT_EQ(transport.requests().size(), 1u);
}

TEST_F(Container, SnapStartGivesItsUrlAndToken) {
  variables["AWS_LAMBDA_FUNCTION_NAME"] = "f";
  variables["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "snap";
  transport.answer(200, std::string(kKeys));
  auto got = get(full("http://127.0.0.1:9001/2021-04-23/credentials"));
  ASSERT_TRUE(got);
  EXPECT_EQ(transport.requests().at(0).url.text(), "http://127.0.0.1:9001/2021-04-23/credentials");
  EXPECT_EQ(transport.requests().at(0).headers.get("Authorization"), "snap");
}

TEST_F(Container, AStalledPeerDoesNotUseUpMoreThanTheDeadline) {
  test::ScriptedServer server({{"http://127.0.0.1", {{"*", boost::json::array{{{"stall", true}}}}}}});
  variables["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1/";
  auto got = get(offer_container(sources(server.transport())), Deadline::after(seconds(2)));
  EXPECT_TRUE(failed(got, Code::DeadlineExceeded, {"container credentials endpoint"}));
  EXPECT_EQ(server.requests().size(), 1u);
}

}  // namespace
}  // namespace keks::aws
