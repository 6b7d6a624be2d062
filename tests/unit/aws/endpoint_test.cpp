#include <keks/aws/settings.hpp>
#include <keks/net/message.hpp>

#include "support/rows.hpp"

namespace keks::aws {
namespace {

using test::flag;
using test::Row;
using test::text;

EndpointOptions const kRegion{"eu-west-1", false, false};

/// The endpoint to call by environment alone.
Result<Endpoint> call_endpoint(std::string_view service, Environment::Map env,
                               EndpointOptions const& options = kRegion) {
  auto settings = Settings::make(Environment(std::move(env)), {});
  return settings ? settings->call_endpoint(service, options) : fail(settings.error());
}

Result<Endpoint> resolve(Row const& row) {
  EndpointOptions options{text(row, "region"), flag(row, "fips"), flag(row, "dualstack")};
  auto service = text(row, "service");
  if (!row.contains("endpoint_url")) return endpoint(service, options);
  auto variable = service == "sts" ? "AWS_ENDPOINT_URL_STS" : "AWS_ENDPOINT_URL_EKS";
  return call_endpoint(service, {{variable, text(row, "endpoint_url")}}, options);
}

/// The URL of the row is that of the call: for EKS it has the path of ListClusters.
std::string called(Endpoint const& endpoint, std::string_view service) {
  auto url = endpoint.url;
  while (service == "eks" && url.path.ends_with('/')) url.path.pop_back();
  if (service == "eks") url.path += "/clusters";
  return url.text();
}

bool fits(Result<Endpoint> const& got, Row const& row, Row const& want) {
  if (want.contains("error")) return !got;
  if (!got) return false;
  auto wanted = net::Url::parse(text(want, "url"));
  auto url = wanted ? wanted->text() : text(want, "url");
  return net::iequals(called(*got, text(row, "service")), url) && got->signing_region == text(want, "signing_region");
}

bool fits(Result<Endpoint> const& got, Row const& row) {
  auto const& botocore = row.at("botocore").as_object();
  auto const& go = row.at("go").as_object();
  auto careful = text(row, "careful_outcome");
  if (careful == "error") return !got;
  if (careful == "like_go") return fits(got, row, go);
  if (careful == "like_botocore") return fits(got, row, botocore);
  return fits(got, row, botocore) || fits(got, row, go);
}

/// Rows whose input keks reads in another way, and why.
bool is_other_input(Row const& row) {
  auto url = row.if_contains("endpoint_url");
  // keks takes an empty variable for an unset one.
  if (url && url->as_string().empty()) return true;
  // keks speaks http and https only.
  return url && url->as_string().starts_with("ftp:");
}

TEST(EndpointRows, AreAllAsRecorded) {
  int seen = 0, skipped = 0;
  for (auto const& row : test::rows("endpoint_rows.jsonl")) {
    if (is_other_input(row)) {
      ++skipped;
      continue;
    }
    ++seen;
    auto got = resolve(row);
    EXPECT_TRUE(fits(got, row)) << text(row, "name") << " -> " << (got ? got->url.text() : got.error().message());
  }
  EXPECT_EQ(seen, 168);
  EXPECT_EQ(skipped, 3);
}

std::string host(std::string_view service, std::string region, bool fips, bool dual_stack) {
  return endpoint(service, {std::move(region), fips, dual_stack})->url.host;
}

TEST(Endpoint, GovCloudsPlainHostsAreTheFipsOnes) {
  EXPECT_EQ(host("sts", "us-gov-west-1", true, false), "sts.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(host("eks", "us-gov-west-1", true, false), "eks.us-gov-west-1.amazonaws.com");
  EXPECT_EQ(host("eks", "us-gov-west-1", true, true), "eks-fips.us-gov-west-1.api.aws");
}

TEST(Endpoint, EveryPartitionHasItsOwnNames) {
  EXPECT_EQ(host("eks", "cn-north-1", false, true), "eks.cn-north-1.api.amazonwebservices.com.cn");
  EXPECT_EQ(host("sts", "us-iso-east-1", false, false), "sts.us-iso-east-1.c2s.ic.gov");
  EXPECT_EQ(host("sts", "us-isob-east-1", true, true), "sts-fips.us-isob-east-1.api.aws.scloud");
  EXPECT_EQ(host("sts", "eu-isoe-west-1", false, true), "sts.eu-isoe-west-1.api.cloud-aws.adc-e.uk");
  EXPECT_EQ(host("sts", "us-isof-south-1", false, true), "sts.us-isof-south-1.api.aws.hci.ic.gov");
  EXPECT_EQ(host("sts", "eusc-de-east-1", true, false), "sts-fips.eusc-de-east-1.amazonaws.eu");
  EXPECT_EQ(partition_of("eusc-de-east-1"), "aws-eusc");
  EXPECT_EQ(partition_of("us-isob-east-1"), "aws-iso-b");
  EXPECT_EQ(partition_of("aws-iso-b-global"), "aws-iso-b");
  EXPECT_EQ(partition_of("aws-eusc-global"), "aws");
  EXPECT_EQ(partition_of("moon-1"), "aws");
  EXPECT_TRUE(is_partition("aws-iso-f"));
  EXPECT_FALSE(is_partition("aws-moon"));
}

TEST(Endpoint, NoRegionCanLeaveItsLabel) {
  for (auto region : {"a.b", "evil.example/", "evil.example#", "a@b", "a b", "", "\n", "-a", "a-", "a_b"})
    EXPECT_FALSE(endpoint("sts", {region, false, false})) << region;
  EXPECT_EQ(endpoint("sts", {"", false, false}).error().code(), Code::RegionUnset);
  EXPECT_EQ(endpoint("sts", {"a.b", false, false}).error().code(), Code::InvalidArgument);
}

TEST(CallEndpoint, TheServicesOwnVariableWins) {
  Environment::Map env{{"AWS_ENDPOINT_URL", "http://127.0.0.1:1"}, {"AWS_ENDPOINT_URL_STS", "http://127.0.0.1:2/base"}};
  EXPECT_EQ(call_endpoint("sts", env)->url.text(), "http://127.0.0.1:2/base");
  EXPECT_EQ(call_endpoint("eks", env)->url.text(), "http://127.0.0.1:1/");
  EXPECT_EQ(call_endpoint("eks", env)->signing_region, "eu-west-1");
}

TEST(CallEndpoint, CanBeToldToIgnoreTheVariables) {
  Environment::Map env{{"AWS_ENDPOINT_URL", "http://127.0.0.1:1"}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "True"}};
  EXPECT_EQ(call_endpoint("eks", env)->url.host, "eks.eu-west-1.amazonaws.com");
}

TEST(CallEndpoint, NamesTheVariableThatIsWrong) {
  auto message = call_endpoint("eks", {{"AWS_ENDPOINT_URL_EKS", "localhost:1"}}).error().message();
  EXPECT_NE(message.find("AWS_ENDPOINT_URL_EKS"), message.npos) << message;
}

TEST(EndpointOptions, TakesTrueAndFalseInAnyCaseAndNothingElse) {
  auto with = [](std::string value) {
    Environment::Map env{{"AWS_USE_FIPS_ENDPOINT", value}, {"AWS_USE_DUALSTACK_ENDPOINT", "false"}};
    return Settings::make(Environment(env), {})->endpoint_options("r");
  };
  EXPECT_TRUE(with("TRUE")->fips);
  EXPECT_FALSE(with("False")->fips);
  EXPECT_FALSE(with("")->fips);
  EXPECT_EQ(with("maybe").error().code(), Code::InvalidArgument);
  EXPECT_NE(with("1").error().message().find("AWS_USE_FIPS_ENDPOINT"), std::string::npos);
}

TEST(Region, ComesFromTheOptionThenFromTheEnvironment) {
  Environment env(Environment::Map{{"AWS_REGION", "b"}, {"AWS_DEFAULT_REGION", "c"}});
  EXPECT_EQ(region_from("a", env), "a");
  EXPECT_EQ(region_from("", env), "b");
  EXPECT_EQ(region_from("", Environment(Environment::Map{{"AWS_REGION", ""}, {"AWS_DEFAULT_REGION", "c"}})), "c");
  EXPECT_FALSE(region_from("", Environment()));
}

}  // namespace
}  // namespace keks::aws
