#include <gmock/gmock.h>
#include <keks/aws/service.hpp>
#include <keks/aws/sigv4.hpp>

#include "tests/unit/sandbox/support.hpp"

namespace keks::sandbox {
namespace {

using namespace std::chrono_literals;
using test::Answer;
using test::Box;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char const* kOps = "arn:aws:iam::111122223333:role/keks-ops";

struct AwsSandbox : testing::Test {
  aws::ServiceOptions service(aws::Credentials credentials, std::string region = "eu-west-1") {
    auto url = *net::Url::parse(box.variable("AWS_ENDPOINT_URL_STS"));
    return {*box.client, {url, region}, aws::fixed_credentials(std::move(credentials)), box.clock, {.max_attempts = 1}};
  }
  aws::Sts sts(aws::Credentials credentials) { return aws::Sts(service(std::move(credentials))); }
  aws::Sts sts() { return sts(box.credentials()); }
  aws::Eks eks(aws::Credentials credentials) { return aws::Eks(service(std::move(credentials))); }
  aws::Eks eks() { return eks(box.credentials()); }

  net::Request request(std::string const& target, std::string const& method = "GET", std::string body = "") {
    net::Request request;
    request.method = method;
    request.url = *net::Url::parse(box.variable("AWS_ENDPOINT_URL_STS") + target);
    request.body = std::move(body);
    return request;
  }
  /// Signed as the first identity.
  Answer signed_call(net::Request call, std::string const& service_name = "sts",
                     std::string const& region = "eu-west-1") {
    aws::sign(call, box.credentials(), {region, service_name, box.clock.wall()});
    return *box.send(call);
  }
  Answer assume(std::string const& parameters) {
    auto call = request("/", "POST", "Action=AssumeRole&Version=2011-06-15&" + parameters);
    call.headers.add("Accept", "application/json");
    return signed_call(std::move(call));
  }

  Box box;
};

TEST_F(AwsSandbox, TellsWhoOneIs) {
  auto caller = sts().get_caller_identity(test::soon());
  ASSERT_TRUE(caller) << caller.error().message();
  EXPECT_EQ(caller->arn, "arn:aws:sts::111122223333:assumed-role/eksClient/eksClient");
  EXPECT_EQ(caller->account, "111122223333");
  EXPECT_THAT(caller->user_id, AllOf(StartsWith("AROA"), HasSubstr(":eksClient")));
}

TEST_F(AwsSandbox, GivesCredentialsOfARoleThatWorkUntilTheyExpire) {
  auto role = sts().assume_role({kOps, "session@1", "ext/1", 900s}, test::soon());
  ASSERT_TRUE(role) << role.error().message();
  EXPECT_THAT(role->access_key_id, StartsWith("ASIA"));
  EXPECT_EQ(role->expiration, box.clock.wall() + 900s);
  auto caller = sts(*role).get_caller_identity(test::soon());
  ASSERT_TRUE(caller) << caller.error().message();
  EXPECT_EQ(caller->arn, "arn:aws:sts::111122223333:assumed-role/keks-ops/session@1");
  box.clock.advance(900s);
  EXPECT_EQ(sts(*role).get_caller_identity(test::soon()).error().code(), Code::CredentialsExpired);
  EXPECT_EQ(eks(*role).list_clusters(test::soon()).error().code(), Code::CredentialsExpired);
}

TEST_F(AwsSandbox, RefusesOneSessionsTokenWithAnothersKey) {
  auto one = *sts().assume_role({kOps, "one", "", 0s}, test::soon());
  auto two = *sts().assume_role({kOps, "two", "", 0s}, test::soon());
  one.session_token = two.session_token;
  EXPECT_EQ(sts(one).get_caller_identity(test::soon()).error().aws_code(), "InvalidClientTokenId");
  one.session_token = Secret();
  EXPECT_EQ(eks(one).list_clusters(test::soon()).error().aws_code(), "UnrecognizedClientException");
}

TEST_F(AwsSandbox, DoesNotGiveOutOtherRoles) {
  auto refused = sts().assume_role({"arn:aws:iam::111122223333:role/other", "session", "", 0s}, test::soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Code::AssumeRoleDenied);
  EXPECT_EQ(
      assume("RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fother&RoleSessionName=se").text("/Error/Message"),
      "User: arn:aws:sts::111122223333:assumed-role/eksClient/eksClient is not authorized to perform: "
      "sts:AssumeRole on resource: arn:aws:iam::111122223333:role/other");
}

TEST_F(AwsSandbox, ChecksWhatAssumeRoleIsGiven) {
  std::string role = "RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fkeks-ops";
  EXPECT_EQ(assume(role + "&RoleSessionName=se&DurationSeconds=900").status, 200);
  EXPECT_EQ(assume(role + "&RoleSessionName=se&DurationSeconds=43200&ExternalId=a%2Fb").status, 200);
  for (std::string bad :
       std::vector<std::string>{"", "&RoleSessionName=s", "&RoleSessionName=a+b", "&RoleSessionName=a%2Fb",
                                "&RoleSessionName=" + std::string(65, 's'), "&RoleSessionName=se&DurationSeconds=899",
                                "&RoleSessionName=se&DurationSeconds=43201", "&RoleSessionName=se&DurationSeconds=1h",
                                "&RoleSessionName=se&ExternalId=x", "&RoleSessionName=se&ExternalId=a%0Ab"})
    EXPECT_EQ(assume(role + bad).text("/Error/Code"), "ValidationError") << bad;
  EXPECT_EQ(assume("RoleSessionName=se").text("/Error/Code"), "ValidationError");
}

TEST_F(AwsSandbox, AnswersInJsonOnlyWhenAsked) {
  auto call = request("/?Action=GetCallerIdentity&Version=2011-06-15");
  auto xml = signed_call(call);
  EXPECT_EQ(xml.headers.get("content-type"), "text/xml");
  EXPECT_THAT(xml.body, StartsWith("<GetCallerIdentityResponse xmlns="));
  call.headers.add("Accept", "application/json");
  auto json = signed_call(call);
  EXPECT_EQ(json.text("/GetCallerIdentityResponse/GetCallerIdentityResult/Account"), "111122223333");
  EXPECT_EQ(json.text("/GetCallerIdentityResponse/ResponseMetadata/RequestId"), json.headers.get("x-amzn-requestid"));
}

TEST_F(AwsSandbox, RefusesInTheServicesOwnWords) {
  auto nothing = *box.send(request("/?Action=GetCallerIdentity"));
  EXPECT_EQ(nothing.status, 403);
  EXPECT_THAT(nothing.body, HasSubstr("<Code>MissingAuthenticationToken</Code>"));
  auto cluster = *box.send(request("/clusters/sandbox"));
  EXPECT_EQ(cluster.status, 403);
  EXPECT_EQ(cluster.headers.get("x-amzn-errortype"), "MissingAuthenticationTokenException");
  EXPECT_EQ(signed_call(request("/clusters"), "eks", "us-east-1").headers.get("x-amzn-errortype"),
            "InvalidSignatureException");
  EXPECT_EQ(signed_call(request("/clusters"), "sts").headers.get("x-amzn-errortype"), "InvalidSignatureException");
  EXPECT_THAT(signed_call(request("/?Action=GetSessionToken")).body, HasSubstr("<Code>InvalidAction</Code>"));
  EXPECT_EQ(signed_call(request("/clusters/a/b"), "eks").status, 404);
  EXPECT_EQ(signed_call(request("/clusters", "POST"), "eks").status, 404);
}

TEST_F(AwsSandbox, EscapesWhatItRepeats) {
  EXPECT_THAT(signed_call(request("/?Action=%3Cscript%3E%26%22")).body,
              HasSubstr("operation &lt;script&gt;&amp;&quot; for"));
  EXPECT_EQ(signed_call(request("/clusters/a%22b"), "eks").text("/message"), "No cluster found for name: a\"b.");
}

TEST_F(AwsSandbox, DescribesTheClusterWithEndpointAndAuthority) {
  auto cluster = eks().describe_ready_cluster("sandbox", test::soon());
  ASSERT_TRUE(cluster) << cluster.error().message();
  EXPECT_EQ(cluster->endpoint, box.sandbox->kube_url());
  EXPECT_EQ(cluster->certificate_authority, box.sandbox->ca_pem());
  EXPECT_EQ(eks().list_clusters(test::soon()), (std::vector<std::string>{"sandbox"}));
  EXPECT_EQ(eks().describe_cluster("other", test::soon()).error().code(), Code::ClusterNotFound);
}

TEST_F(AwsSandbox, PlansRefusalsOfBothServices) {
  box.fault("eks.describe=deny");
  auto denied = eks().describe_cluster("sandbox", test::soon());
  EXPECT_EQ(denied.error().code(), Code::DescribeClusterDenied);
  box.fault("eks.describe=status:value=CREATING");
  EXPECT_EQ(eks().describe_ready_cluster("sandbox", test::soon()).error().code(), Code::ClusterNotReady);
  box.fault("eks.describe=bad-ca");
  EXPECT_EQ(eks().describe_ready_cluster("sandbox", test::soon()).error().code(), Code::CaNotPem);
  box.fault("eks.describe=throttle");
  EXPECT_EQ(eks().describe_cluster("sandbox", test::soon()).error().code(), Code::AwsThrottled);
  box.fault("sts.assume=deny");
  EXPECT_EQ(sts().assume_role({kOps, "session", "", 0s}, test::soon()).error().code(), Code::AssumeRoleDenied);
}

TEST_F(AwsSandbox, PlansNonsenseOfBothServices) {
  box.fault("aws.*=wrong-shape");
  EXPECT_EQ(eks().describe_cluster("sandbox", test::soon()).error().code(), Code::ReplyWrongShape);
  EXPECT_EQ(sts().assume_role({kOps, "session", "", 0s}, test::soon()).error().code(), Code::ReplyWrongShape);
  box.fault("aws.*=skew:seconds=301");
  EXPECT_EQ(sts().get_caller_identity(test::soon()).error().aws_code(), "SignatureDoesNotMatch");
}

TEST_F(AwsSandbox, CountsRequestsByPoint) {
  (void)sts().get_caller_identity(test::soon());
  (void)sts().assume_role({kOps, "session", "", 0s}, test::soon());
  (void)eks().describe_cluster("sandbox", test::soon());
  (void)eks().describe_cluster("sandbox", test::soon());
  auto counters = box.sandbox->counters();
  EXPECT_EQ(counters.requests["sts.identity"], 1u);
  EXPECT_EQ(counters.requests["sts.assume"], 1u);
  EXPECT_EQ(counters.requests["eks.describe"], 2u);
  EXPECT_EQ(counters.aws.requests, 4u);
  EXPECT_EQ(counters.kube.connections, 0u);
}

TEST(AwsSandboxTls, ServesBothServicesUnderItsOwnAuthority) {
  Options options;
  options.aws_tls = true;
  Box box(std::move(options));
  EXPECT_THAT(box.variable("AWS_ENDPOINT_URL_STS"), StartsWith("https://127.0.0.1:"));
  auto trust = net::Trust::file(box.variable("AWS_CA_BUNDLE"));
  ASSERT_TRUE(trust) << trust.error().message();
  EXPECT_EQ(trust->ca_pem, box.sandbox->ca_pem());
  net::Request call;
  call.url = *net::Url::parse(box.variable("AWS_ENDPOINT_URL_EKS") + "/clusters");
  aws::sign(call, box.credentials(), {"eu-west-1", "eks", box.clock.wall()});
  EXPECT_EQ(box.send(call)->text("/clusters/0"), "sandbox");
}

TEST(AwsOnlySandbox, DescribesTheClusterItWasTold) {
  EXPECT_EQ(Sandbox::start({.aws_only = true}).error().code(), Code::InvalidArgument);
  Options options;
  options.aws_only = true;
  options.cluster_endpoint = "https://localhost:6443";
  options.cluster_ca_pem = "PEM";
  Box box(std::move(options));
  net::Request call;
  call.url = *net::Url::parse(box.variable("AWS_ENDPOINT_URL_EKS") + "/clusters/sandbox");
  aws::sign(call, box.credentials(), {"eu-west-1", "eks", box.clock.wall()});
  auto answer = *box.send(call);
  EXPECT_EQ(answer.text("/cluster/endpoint"), "https://localhost:6443");
  EXPECT_EQ(answer.text("/cluster/certificateAuthority/data"), "UEVN");
  EXPECT_EQ(box.sandbox->kube_url(), "");
}

}  // namespace
}  // namespace keks::sandbox
