// What STS and EKS share: retries, the clock, and how errors are sorted.
#include "aws/service.hpp"

#include "fixture.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;
using namespace std::chrono_literals;

struct ServiceTest : AwsTest {
  std::size_t attempts() const { return transport.requests().size(); }
  std::string date(seconds ahead) { return format_http_date(clock.wall() + ahead); }
};

TEST(NextWait, DoublesFromAShortOrALongFirstWait) {
  net::RetryPolicy policy{.max_attempts = 5, .first_delay = 50ms, .max_delay = 3000ms};
  Failure soon{Error(Code::AwsRefused, ""), Failure::Next::RetrySoon, {}};
  Failure later{Error(Code::AwsThrottled, ""), Failure::Next::RetryLater, {}};
  EXPECT_EQ(next_wait(policy, 1, soon, 0.5), 25ms);
  EXPECT_EQ(next_wait(policy, 3, soon, 0.5), 100ms);
  EXPECT_EQ(next_wait(policy, 1, later, 0.5), 500ms);
  EXPECT_EQ(next_wait(policy, 2, later, 0.5), 1000ms);
  EXPECT_EQ(next_wait(policy, 4, later, 0.5), 1500ms) << "max_delay is the bound";
  EXPECT_EQ(next_wait(policy, 4, later, 0.0), 0ms);
  EXPECT_FALSE(next_wait(policy, 5, later, 0.5));
  EXPECT_FALSE(next_wait(policy, 1, {Error(Code::AwsRefused, ""), Failure::Next::GiveUp, {}}, 0.5));
}

TEST(NextWait, FollowsTheServiceUpToFiveSecondsMore) {
  net::RetryPolicy policy{.max_attempts = 3, .first_delay = 50ms, .max_delay = 3000ms};
  Failure asked{Error(Code::AwsRefused, ""), Failure::Next::RetrySoon, 1500ms};
  EXPECT_EQ(next_wait(policy, 1, asked, 0.5), 1500ms);
  asked.asked_wait = 1h;
  EXPECT_EQ(next_wait(policy, 1, asked, 0.5), 5025ms);
  asked.asked_wait = 1ms;
  EXPECT_EQ(next_wait(policy, 1, asked, 0.5), 25ms);
}

TEST_F(ServiceTest, AThrottledCallIsTriedThreeTimes) {
  transport.answer(400, sts_refusal("Throttling", "Rate exceeded"));
  EXPECT_TRUE(failed(assume(), Code::AwsThrottled, {"AssumeRole", "Rate exceeded", "less often"}));
  EXPECT_EQ(attempts(), 3u);
}

TEST_F(ServiceTest, EachAttemptIsSignedAtItsOwnTime) {
  transport.then([&](net::Request const&) -> Result<net::Response> {
    clock.advance(5s);
    return net::make_response(500, {}, "");
  });
  transport.answer(200, assumed_role());
  ASSERT_TRUE(assume());
  auto sent = [&](std::size_t i) { return *parse_amz_date(transport.requests().at(i).headers.get("X-Amz-Date")); };
  EXPECT_GE(sent(1) - sent(0), 5s);
}

TEST_F(ServiceTest, EveryNameForThrottlingCounts) {
  for (auto code : {"ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "SlowDown",
                    "EC2ThrottledException", "RequestThrottledException", "BandwidthLimitExceeded"}) {
    test::FakeTransport one;
    one.answer(400, sts_refusal(code));
    auto to = options("sts");
    auto got = Sts({one, to.endpoint, to.credentials, clock}).get_caller_identity(Deadline::never());
    EXPECT_TRUE(failed(got, Code::AwsThrottled, {code}));
  }
}

TEST_F(ServiceTest, A429IsThrottlingWhateverTheBodySays) {
  transport.answer(429, "");
  EXPECT_TRUE(failed(assume(), Code::AwsThrottled, {"HTTP 429"}));
  EXPECT_EQ(attempts(), 3u);
}

TEST_F(ServiceTest, AServerErrorToTheEndIsTold) {
  transport.answer(503, {{"x-amzn-RequestId", "r-7"}}, "");
  auto got = assume();
  EXPECT_TRUE(failed(got, Code::AwsRefused, {"HTTP 503", "Try again later"}));
  EXPECT_EQ(got.error().http_status(), 503);
  EXPECT_EQ(got.error().aws_request_id(), "r-7");
  EXPECT_EQ(got.error().operation(), "sts:AssumeRole");
  EXPECT_EQ(got.error().host(), "sts.eu-west-1.amazonaws.com");
}

TEST_F(ServiceTest, ExpiredCredentialsAreForgotten) {
  struct Watched final : CredentialsProvider {
    Result<Credentials> get(Deadline const&) override { return example_key(); }
    void invalidate() override { ++invalidated; }
    int invalidated = 0;
  };
  auto watched = std::make_shared<Watched>();
  transport.answer(403, sts_refusal("ExpiredToken")).answer(403, sts_refusal("InvalidClientTokenId"));
  transport.answer(403, sts_refusal("AccessDenied"));
  auto to = options("sts");
  to.credentials = watched;
  Sts service(to);
  EXPECT_TRUE(
      failed(service.get_caller_identity(Deadline::never()), Code::CredentialsExpired, {"new credentials", "test"}));
  EXPECT_EQ(watched->invalidated, 1);
  EXPECT_TRUE(failed(service.get_caller_identity(Deadline::never()), Code::CredentialsRefused, {"key id"}));
  EXPECT_EQ(watched->invalidated, 2);
  EXPECT_TRUE(failed(service.get_caller_identity(Deadline::never()), Code::AwsRefused, {}));
  EXPECT_EQ(watched->invalidated, 2);
}

TEST_F(ServiceTest, AWrongClockIsCorrectedOnceAndRemembered) {
  transport.answer(403, {{"Date", date(3600s)}}, sts_refusal("SignatureDoesNotMatch")).answer(200, assumed_role());
  auto service = sts();
  AssumeRoleInput input{"arn:aws:iam::222233334444:role/ops", "keks", {}, {}};
  ASSERT_TRUE(service.assume_role(input, Deadline::never()));
  ASSERT_TRUE(service.assume_role(input, Deadline::never()));
  auto sent = transport.requests();
  ASSERT_EQ(sent.size(), 3u);
  auto ahead = [&](std::size_t i) { return *parse_amz_date(sent[i].headers.get("X-Amz-Date")) - clock.wall(); };
  EXPECT_LT(ahead(0), 1s);
  EXPECT_GT(ahead(1), 3590s);
  EXPECT_GT(ahead(2), 3590s);
}

TEST_F(ServiceTest, AClockThatStaysWrongIsTold) {
  transport.answer(403, {{"Date", date(-7200s)}}, sts_refusal("RequestTimeTooSkewed"));
  EXPECT_TRUE(failed(assume(), Code::CredentialsRefused, {"120 minutes ahead of AWS"}));
  EXPECT_EQ(attempts(), 2u);
}

TEST_F(ServiceTest, ASmallSkewIsNotBlamed) {
  transport.answer(403, {{"Date", date(240s)}}, sts_refusal("SignatureDoesNotMatch"));
  auto got = assume();
  EXPECT_TRUE(failed(got, Code::CredentialsRefused, {"Check key id"}));
  EXPECT_EQ(got.error().message().find("clock"), std::string::npos);
  EXPECT_EQ(attempts(), 1u);
}

TEST_F(ServiceTest, AnUnreachableServiceIsToldWithTheReason) {
  transport.fails(Code::ConnectTimedOut, "TCP to sts.eu-west-1.amazonaws.com timed out.");
  EXPECT_TRUE(failed(assume(), Code::StsUnreachable, {"AssumeRole", "timed out", "security group"}));
  EXPECT_EQ(attempts(), 3u);
  EXPECT_TRUE(failed(eks().describe_cluster("prod", Deadline::never()), Code::EksUnreachable, {"DescribeCluster"}));
}

TEST_F(ServiceTest, AnUntrustedServerIsNotAskedAgain) {
  transport.fails(Code::TlsUntrusted, "not signed by the CA given");
  EXPECT_TRUE(failed(assume(), Code::StsUnreachable, {"not signed"}));
  EXPECT_EQ(attempts(), 1u);
}

TEST_F(ServiceTest, AStalledAttemptIsTriedAgainWithinTheDeadline) {
  transport.fails(Code::DeadlineExceeded).answer(200, assumed_role());
  EXPECT_TRUE(assume());
}

TEST_F(ServiceTest, APassedDeadlineStaysWhatItIs) {
  transport.fails(Code::DeadlineExceeded, "waiting for the reply");
  auto got = sts().get_caller_identity(Deadline::after(0ms));
  EXPECT_TRUE(failed(got, Code::DeadlineExceeded, {"GetCallerIdentity", "waiting for the reply"}));
  EXPECT_EQ(attempts(), 1u);
}

TEST_F(ServiceTest, ACancelledCallStaysWhatItIs) {
  std::stop_source stop;
  stop.request_stop();
  transport.answer(200, assumed_role());
  auto got = sts().get_caller_identity(Deadline::never().with_stop(stop.get_token()));
  EXPECT_TRUE(failed(got, Code::Cancelled, {"GetCallerIdentity"}));
}

TEST_F(ServiceTest, AWaitBeyondTheDeadlineTellsWhatWasWrong) {
  transport.answer(503, {{"x-amz-retry-after", "5000"}}, "");
  EXPECT_TRUE(failed(sts().get_caller_identity(Deadline::after(1s)), Code::AwsRefused, {"HTTP 503"}));
  EXPECT_EQ(attempts(), 1u);
}

TEST_F(ServiceTest, AnEndlessReplyIsNotCollected) {
  transport.answer(200, std::string((1 << 20) + 1, 'x'));
  EXPECT_TRUE(failed(assume(), Code::ReplyTooLarge, {"limit", "Is that endpoint"}));
  EXPECT_EQ(attempts(), 1u);
}

TEST_F(ServiceTest, ARedirectionIsNoRefusedPermission) {
  transport.answer(302, {{"Location", "https://login.example/"}}, "");
  auto got = assume();
  EXPECT_TRUE(failed(got, Code::AwsRefused, {"HTTP 302", "see what answers at sts.eu-west-1.amazonaws.com"}));
  EXPECT_THAT(got.error().message(), testing::Not(testing::HasSubstr("policy")));
  EXPECT_EQ(attempts(), 1u);
}

TEST_F(ServiceTest, MissingCredentialsStopTheCallBeforeItIsSent) {
  auto to = options("sts");
  to.credentials = environment_credentials(Environment());
  EXPECT_TRUE(failed(Sts(to).get_caller_identity(Deadline::never()), Code::NoCredentials, {"AWS_ACCESS_KEY_ID"}));
  EXPECT_EQ(attempts(), 0u);
}

TEST_F(ServiceTest, ARequestMayBeReplayedOnADeadConnection) {
  transport.answer(200, assumed_role());
  ASSERT_TRUE(assume());
  EXPECT_EQ(transport.requests()[0].replay, net::Request::Replay::Yes);
}

}  // namespace
}  // namespace keks::aws
