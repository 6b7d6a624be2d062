#include "source_fixture.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string keys(std::string const& expiration) {
  return R"({"Code":"Success","AccessKeyId":"ASIA1","SecretAccessKey":"S1","Token":"T1","Expiration":")" + expiration +
         "\"}";
}

struct Imds : SourceTest {
  Offer offer() { return offer_imds(sources()); }
  void answer_all(std::string const& expiration = "2099-01-01T00:00:00Z") {
    transport.answer(200, "IMDSTOKEN").answer(200, "node").answer(200, keys(expiration));
  }
};

TEST_F(Imds, IsNeverAskedInLambdaNorWhereItIsDisabled) {
  variables["AWS_LAMBDA_FUNCTION_NAME"] = "f";
  EXPECT_TRUE(failed(offer(), Code::NoCredentials, {"Lambda"}));
  variables.erase("AWS_LAMBDA_FUNCTION_NAME");
  variables["AWS_EC2_METADATA_DISABLED"] = "TRUE";
  EXPECT_TRUE(failed(offer(), Code::NoCredentials, {"AWS_EC2_METADATA_DISABLED"}));
  EXPECT_THAT(transport.requests(), IsEmpty());
}

TEST_F(Imds, DecidingAsksNobody) {
  ASSERT_TRUE(offer());
  EXPECT_THAT(transport.requests(), IsEmpty());
}

TEST_F(Imds, EveryQuestionCarriesTheToken) {
  answer_all();
  auto got = get(offer());
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->source, "instance metadata, role node");
  auto sent = transport.requests();
  ASSERT_EQ(sent.size(), 3u);
  EXPECT_EQ(sent[0].headers.get("X-aws-ec2-metadata-token-ttl-seconds"), "21600");
  EXPECT_EQ(sent[1].headers.get("X-aws-ec2-metadata-token"), "IMDSTOKEN");
  EXPECT_EQ(sent[2].headers.get("X-aws-ec2-metadata-token"), "IMDSTOKEN");
}

TEST_F(Imds, WhoFoundNobodyDoesNotAskAgainForAWhile) {
  transport.fails(Code::ConnectFailed);
  auto found = offer();
  EXPECT_TRUE(failed(get(found), Code::NoCredentials, {"169.254.169.254"}));
  auto asked = transport.requests().size();
  EXPECT_TRUE(failed(get(found), Code::NoCredentials, {"169.254.169.254"}));
  EXPECT_EQ(transport.requests().size(), asked);
  clock.advance(seconds(31));
  EXPECT_FALSE(get(found));
  EXPECT_GT(transport.requests().size(), asked);
}

TEST_F(Imds, WhoWasCalledOffDidNotFindNobody) {
  std::stop_source stop;
  stop.request_stop();
  answer_all();
  auto found = offer();
  EXPECT_EQ(get(found, Deadline::never().with_stop(stop.get_token())).error().code(), Code::Cancelled);
  EXPECT_TRUE(get(found));
}

TEST_F(Imds, VersionOneIsUsedOnlyWhereItIsAllowed) {
  transport.answer(404, "").answer(200, "node").answer(200, keys("2099-01-01T00:00:00Z"));
  EXPECT_TRUE(get(offer()));
  variables["AWS_EC2_METADATA_V1_DISABLED"] = "true";
  test::FakeTransport strict;
  strict.answer(404, "");
  auto got = get(offer_imds(sources(std::shared_ptr<net::Transport>(std::shared_ptr<void>(), &strict))));
  EXPECT_TRUE(failed(got, Code::CredentialSourceFailed, {"IMDSv1 is disabled"}));
  EXPECT_EQ(strict.requests().size(), 1u);
}

TEST_F(Imds, AVariableWinsOverTheProfile) {
  config = "[default]\nec2_metadata_v1_disabled = true\nec2_metadata_service_endpoint_mode = IPv6\n";
  variables["AWS_EC2_METADATA_V1_DISABLED"] = "false";
  variables["AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE"] = "ipv4";
  transport.answer(404, "").answer(200, "node").answer(200, keys("2099-01-01T00:00:00Z"));
  EXPECT_TRUE(get(offer()));
  EXPECT_EQ(transport.requests().at(0).url.host, "169.254.169.254");
}

TEST_F(Imds, MoreAttemptsAreMadeOnlyWhenAskedFor) {
  variables["AWS_METADATA_SERVICE_NUM_ATTEMPTS"] = "2";
  transport.answer(500, "");
  answer_all();
  EXPECT_TRUE(get(offer()));
  EXPECT_EQ(transport.requests().size(), 4u);
}

TEST_F(Imds, NumbersOutOfBoundsAreRefused) {
  for (auto value : {"0", "-1", "11", "many", "1.5", "99999999999999999999"}) {
    variables["AWS_METADATA_SERVICE_NUM_ATTEMPTS"] = value;
    EXPECT_TRUE(failed(offer(), Code::InvalidArgument, {"AWS_METADATA_SERVICE_NUM_ATTEMPTS", "1 to 10"})) << value;
  }
}

TEST_F(Imds, OfSeveralRolesTheFirstIsTaken) {
  transport.answer(200, "IMDSTOKEN").answer(200, "first\nsecond\n").answer(200, keys("2099-01-01T00:00:00Z"));
  ASSERT_TRUE(get(offer()));
  EXPECT_TRUE(transport.requests().at(2).url.path.ends_with("/security-credentials/first"));
}

TEST_F(Imds, WhatIsNoRoleNameIsNotPutIntoAUrl) {
  for (auto name : {"../user-data", "a b", "a?b", "<html>", "%2e%2e", R"({"SecretAccessKey":"CANARY"})"}) {
    test::FakeTransport one;
    one.answer(200, "IMDSTOKEN").answer(200, name);
    auto got = get(offer_imds(sources(std::shared_ptr<net::Transport>(std::shared_ptr<void>(), &one))));
    EXPECT_TRUE(failed(got, Code::CredentialSourceFailed, {"no role name"})) << name;
    EXPECT_THAT(got.error().message(), Not(HasSubstr(name)));
    EXPECT_EQ(one.requests().size(), 2u);
  }
}

TEST_F(Imds, AnInstanceWithoutARoleHasNoCredentials) {
  transport.answer(200, "IMDSTOKEN").answer(404, "<html>");
  EXPECT_TRUE(failed(get(offer()), Code::NoCredentials, {"no role", "instance profile"}));
}

TEST_F(Imds, TheServicesReasonIsTold) {
  transport.answer(200, "IMDSTOKEN").answer(200, "node");
  transport.answer(200, R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume the role"})");
  EXPECT_TRUE(failed(get(offer()), Code::CredentialSourceFailed,
                     {"AssumeRoleUnauthorizedAccess: EC2 cannot assume the role", "role node"}));
}

TEST_F(Imds, SuccessCountsWhateverItsCase) {
  transport.answer(200, "IMDSTOKEN").answer(200, "node");
  transport.answer(200,
                   R"({"Code":"success","AccessKeyId":"ASIA1","SecretAccessKey":"S1","Token":"T1","Expiration":")" +
                       in(seconds(7200)) + R"("})");
  EXPECT_TRUE(get(offer()));
}

TEST_F(Imds, KeysPastTheirEndAreUsedOnForAWhile) {
  answer_all(in(seconds(-3600)));
  auto got = get(offer());
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_GE(*got->expiration, clock.wall() + minutes(17));
  EXPECT_LE(*got->expiration, clock.wall() + minutes(25));
  EXPECT_THAT(logged, testing::ElementsAre(HasSubstr("are used on")));
}

TEST_F(Imds, KeysWithTimeLeftKeepTheirExpiry) {
  answer_all(in(minutes(11)));
  auto got = get(offer());
  ASSERT_TRUE(got);
  EXPECT_EQ(*got->expiration, clock.wall() + minutes(11));
  EXPECT_THAT(logged, IsEmpty());
}

TEST_F(Imds, TheTokenStaysInside) {
  for (int status : {400, 403, 500}) {
    test::FakeTransport echoing;
    echoing.answer(200, "CANARY").answer(status, R"({"message":"CANARY"})");
    auto got = get(offer_imds(sources(std::shared_ptr<net::Transport>(std::shared_ptr<void>(), &echoing))));
    ASSERT_FALSE(got);
    EXPECT_TRUE(silent(got));
  }
  transport.answer(200, "CANARY\nX-Evil: 1");
  auto got = get(offer());
  EXPECT_TRUE(failed(got, Code::CredentialSourceFailed, {"control character"}));
  EXPECT_TRUE(silent(got));
  EXPECT_EQ(transport.requests().size(), 1u);
}

/// Notes how long each request may take, and takes no time itself.
struct Vanishing final : net::Transport {
  Result<net::Response> send(net::Request const&, Deadline const& deadline) override {
    allowed += deadline.remaining();
    ++requests;
    return fail(Code::DeadlineExceeded, "made up by the test");
  }
  milliseconds allowed{0};
  int requests = 0;
};

TEST_F(Imds, WherePacketsVanishTheWholeAttemptWaitsForOneTimeOut) {
  Vanishing nowhere;
  auto got = get(offer_imds(sources(std::shared_ptr<net::Transport>(std::shared_ptr<void>(), &nowhere))));
  EXPECT_TRUE(failed(got, Code::NoCredentials, {"instance metadata"}));
  EXPECT_EQ(nowhere.requests, 2);
  EXPECT_LE(nowhere.allowed, milliseconds(1000));
}

TEST_F(Imds, AStalledPeerDoesNotUseUpMoreThanTheDeadline) {
  test::ScriptedServer server({{"http://169.254.169.254", {{"*", boost::json::array{{{"stall", true}}}}}}});
  variables["AWS_METADATA_SERVICE_TIMEOUT"] = "60";
  auto got = get(offer_imds(sources(server.transport())), Deadline::after(seconds(2)));
  EXPECT_TRUE(failed(got, Code::DeadlineExceeded, {"instance metadata"}));
  EXPECT_EQ(server.requests().size(), 1u);
}

}  // namespace
}  // namespace keks::aws
