#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/base/encoding.hpp>
#include <keks/kube/eks.hpp>

#include "support/rows.hpp"
#include "unit/kube/support.hpp"

namespace keks::kube {
namespace {

using test::Row;
using testing::HasSubstr;

// Made for this test; its key is thrown away.
std::string const kCaPem =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBhTCCASugAwIBAgIUDee2cwp9kdgS1/LAkG00unsiBI0wCgYIKoZIzj0EAwIw\n"
    "FzEVMBMGA1UEAwwMa2VrcyB0ZXN0IENBMCAXDTI2MTEyNDExMTY0OFoYDzIxMjYx\n"
    "MDMxMTExNjQ4WjAXMRUwEwYDVQQDDAxrZWtzIHRlc3QgQ0EwWTATBgcqhkjOPQIB\n"
    "BggqhkjOPQMBBwNCAASHfylt4vn8H8jn7rpcZzblTjAMM+Ms8KinUlqYPlvKKm5n\n"
    "DA94WAH2QrPTKBuTuwDH3v404X9kHZewtiJGzW9Co1MwUTAdBgNVHQ4EFgQU8sZ0\n"
    "EN6IMY6GB9yP6x2nvhGWgUcwHwYDVR0jBBgwFoAU8sZ0EN6IMY6GB9yP6x2nvhGW\n"
    "gUcwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiAsmh3vq1umkXhH\n"
    "q9jbW1LK+pBRxeMBGIzapso2vUp5QgIhAIbO0JNFzZDwfRe9FIlUAzCHAAfu6Hqj\n"
    "hPYguupbRAg+\n"
    "-----END CERTIFICATE-----\n";

EksOptions options(Environment::Map more = {}) {
  Environment::Map variables{{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"}, {"AWS_SECRET_ACCESS_KEY", test::kCanary}};
  variables.merge(more);
  return {.cluster = "prod", .region = "eu-west-1", .environment = Environment(std::move(variables))};
}

std::string describe_reply(std::string const& status = "ACTIVE") {
  auto cluster = Row{{"name", "prod"},
                     {"status", status},
                     {"endpoint", "https://ABC.gr7.eu-west-1.eks.amazonaws.com"},
                     {"certificateAuthority", Row{{"data", base64(kCaPem)}}}};
  return to_text(Row{{"cluster", std::move(cluster)}});
}

struct AwsRig {
  test::FakeClock clock;
  std::shared_ptr<test::FakeTransport> aws = std::make_shared<test::FakeTransport>();
  Result<EksAccess> prepare(EksOptions given) { return EksAccess::prepare(std::move(given), clock, aws); }
};

struct Bad {
  EksOptions options;
  Code code;
  std::string says;
};

std::vector<Bad> bad_configurations() {
  auto nameless = options(), homeless = options(), roleless = options();
  nameless.cluster.clear();
  homeless.region.clear();
  roleless.role = "arn:aws:iam::111122223333:user/jo";
  return {
      {nameless, Code::ClusterUnset, "cluster"},
      {homeless, Code::RegionUnset, "region"},
      {roleless, Code::RoleArnMalformed, "role"},
      {options({{"KEKS_ENDPOINT", "https://k.example"}}), Code::InvalidArgument, "KEKS_CA is not"},
      {options({{"KEKS_CA", base64(kCaPem)}}), Code::InvalidArgument, "KEKS_ENDPOINT is not"},
      {options({{"KEKS_ENDPOINT", "http://k.example"}, {"KEKS_CA", base64(kCaPem)}}), Code::InvalidArgument, "https"},
      {options({{"KEKS_ENDPOINT", "k.example"}, {"KEKS_CA", base64(kCaPem)}}), Code::InvalidArgument, "KEKS_ENDPOINT"},
      {options({{"KEKS_ENDPOINT", "https://k.example"}, {"KEKS_CA", "%%%"}}), Code::CaNotPem, "KEKS_CA"},
      {options({{"KEKS_ENDPOINT", "https://k.example"}, {"KEKS_CA", base64("not PEM")}}), Code::CaNotPem, "KEKS_CA"},
      {options({{"AWS_ENDPOINT_URL_EKS", "nonsense"}}), Code::InvalidArgument, "AWS_ENDPOINT_URL_EKS"},
  };
}

TEST(EksAccess, refuses_bad_configuration_before_it_asks_anyone) {
  for (auto const& bad : bad_configurations()) {
    AwsRig rig;
    auto access = rig.prepare(bad.options);
    ASSERT_FALSE(access) << bad.says;
    EXPECT_EQ(access.error().code(), bad.code) << access.error().message();
    EXPECT_THAT(access.error().message(), HasSubstr(bad.says));
    EXPECT_TRUE(rig.aws->requests().empty());
  }
}

TEST(EksAccess, names_the_bundle_that_cannot_be_read) {
  auto access = EksAccess::prepare(options({{"AWS_CA_BUNDLE", "/nowhere/bundle.pem"}}));
  ASSERT_FALSE(access);
  EXPECT_EQ(access.error().code(), Code::Io);
  EXPECT_THAT(access.error().message(), HasSubstr("/nowhere/bundle.pem"));
}

TEST(EksAccess, takes_the_region_of_the_environment) {
  AwsRig rig;
  auto given = options({{"AWS_REGION", "eu-central-1"}});
  given.region.clear();
  rig.aws->answer(200, describe_reply());
  EXPECT_TRUE(rig.prepare(given)->describe(Deadline::never()));
  EXPECT_EQ(rig.aws->requests().at(0).url.host, "eks.eu-central-1.amazonaws.com");
}

TEST(EksAccess, describes_the_cluster) {
  AwsRig rig;
  rig.aws->answer(200, describe_reply());
  auto access = rig.prepare(options());
  ASSERT_TRUE(access) << access.error().message();
  EXPECT_FALSE(access->configured());
  auto facts = access->describe(Deadline::never());
  ASSERT_TRUE(facts) << facts.error().message();
  EXPECT_EQ(facts->endpoint.host, "abc.gr7.eu-west-1.eks.amazonaws.com");
  EXPECT_EQ(facts->trust.ca_pem, kCaPem);
  EXPECT_EQ(rig.aws->requests().at(0).url.text(), "https://eks.eu-west-1.amazonaws.com/clusters/prod");
}

TEST(EksAccess, passes_on_that_a_cluster_is_not_ready) {
  AwsRig rig;
  rig.aws->answer(200, describe_reply("CREATING"));
  EXPECT_EQ(rig.prepare(options())->describe(Deadline::never()).error().code(), Code::ClusterNotReady);
}

TEST(EksAccess, asks_aws_nothing_when_endpoint_and_ca_are_configured) {
  AwsRig rig;
  auto access = rig.prepare(options({{"KEKS_ENDPOINT", "https://k.example:6443"}, {"KEKS_CA", base64(kCaPem)}}));
  ASSERT_TRUE(access) << access.error().message();
  EXPECT_EQ(access->configured()->endpoint.port, 6443);
  EXPECT_EQ(access->describe(Deadline::never())->trust.ca_pem, kCaPem);
  EXPECT_TRUE(access->credentials()->get(Deadline::never()));
  EXPECT_TRUE(rig.aws->requests().empty());
}

std::string assume_reply(std::string const& expiration) {
  return "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><Credentials>"
         "<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>assumed</SecretAccessKey><SessionToken>t</"
         "SessionToken>"
         "<Expiration>" +
         expiration +
         "</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>A:b</AssumedRoleId>"
         "<Arn>arn:aws:sts::111122223333:assumed-role/jobs/keks</Arn></AssumedRoleUser></AssumeRoleResult>"
         "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>";
}

TEST(EksAccess, keeps_an_assumed_role_until_a_quarter_of_an_hour_before_it_expires) {
  AwsRig rig;  // 2026-01-15 12:00
  rig.aws->answer(200, assume_reply("2026-01-15T13:00:00Z"));
  auto given = options();
  given.role = "arn:aws:iam::111122223333:role/jobs";
  auto access = rig.prepare(given);
  ASSERT_TRUE(access) << access.error().message();
  auto provider = access->credentials();
  auto credentials = provider->get(Deadline::never());
  ASSERT_TRUE(credentials) << credentials.error().message();
  EXPECT_EQ(credentials->access_key_id, "ASIAEXAMPLE");
  rig.clock.advance(std::chrono::minutes(44));
  EXPECT_TRUE(provider->get(Deadline::never()));
  EXPECT_EQ(rig.aws->requests().size(), 1U);
  rig.clock.advance(std::chrono::minutes(2));
  EXPECT_TRUE(provider->get(Deadline::never()));
  EXPECT_EQ(rig.aws->requests().size(), 2U);
  EXPECT_EQ(rig.aws->requests().at(0).url.host, "sts.eu-west-1.amazonaws.com");
}

TEST(EksAccess, describes_as_the_caller_and_not_as_the_role) {
  AwsRig rig;
  rig.aws->answer(200, describe_reply());
  auto given = options();
  given.role = "arn:aws:iam::111122223333:role/jobs";
  EXPECT_TRUE(rig.prepare(given)->describe(Deadline::never()));
  ASSERT_EQ(rig.aws->requests().size(), 1U);
  auto sent = rig.aws->requests().at(0);
  EXPECT_THAT(std::string(sent.headers.get("Authorization")), HasSubstr("AKIDEXAMPLE"));
}

TEST(EksAccess, hands_out_credentials_that_outlive_it) {
  std::shared_ptr<aws::CredentialsProvider> provider;
  test::FakeClock clock;
  {
    auto aws = std::make_shared<test::FakeTransport>();
    aws->answer(200, assume_reply("2026-01-15T13:00:00Z"));
    auto given = options();
    given.role = "arn:aws:iam::111122223333:role/jobs";
    provider = EksAccess::prepare(given, clock, aws)->credentials();
  }
  EXPECT_TRUE(provider->get(Deadline::never()));
}

TEST(EksAccess, connects_without_asking_anyone) {
  AwsRig rig;
  auto access = rig.prepare(options());
  auto connected = access->connect({*net::Url::parse("https://k.example"), *net::Trust::pem(kCaPem)});
  EXPECT_EQ(connected.transport->counters().dials, 0U);
}

TEST(EksAccess, never_shows_a_secret_in_an_error) {
  for (int status : {400, 403, 404, 500}) {
    AwsRig rig;
    rig.aws->answer(status, "{}");
    auto given = options();
    given.role = "arn:aws:iam::111122223333:role/jobs";
    auto access = rig.prepare(given);
    for (auto const& error : {access->describe(Deadline::after(std::chrono::seconds(5))).error(),
                              access->credentials()->get(Deadline::after(std::chrono::seconds(5))).error()})
      EXPECT_EQ(error.message().find(test::kCanary), std::string::npos);
  }
}

}  // namespace
}  // namespace keks::kube
