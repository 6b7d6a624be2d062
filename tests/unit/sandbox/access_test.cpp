#include <gmock/gmock.h>
#include <keks/aws/service.hpp>

#include "tests/unit/sandbox/support.hpp"

namespace keks::sandbox {
namespace {

using test::Answer;
using test::Box;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr char kReview[] = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
constexpr char kAwsAuth[] = "/api/v1/namespaces/kube-system/configmaps/aws-auth";
constexpr char kClient[] = "arn:aws:iam::111122223333:role/eksClient";
constexpr char kWithPath[] = "arn:aws:iam::111122223333:role/ci/eksClient";

aws::Eks eks_of(Box const& box) {
  auto url = *net::Url::parse(box.variable("AWS_ENDPOINT_URL_EKS"));
  return aws::Eks({*box.client, {url, "eu-west-1"}, aws::fixed_credentials(box.credentials()), box.clock, {}});
}

Answer review(Box const& box) {
  auto request = box.kube_request(kReview);
  request.method = "POST";
  request.body = R"({"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"})";
  auto answer = box.send(request);
  EXPECT_TRUE(answer) << answer.error().message();
  return answer ? *std::move(answer) : Answer{};
}

Options with_entry(AccessEntry entry) {
  Options options;
  options.access_entries.push_back(std::move(entry));
  return options;
}

Options with_aws_auth(std::string map_roles, AccessMode mode = AccessMode::ApiAndConfigMap) {
  Options options;
  options.access_mode = mode;
  options.aws_auth = {{"mapRoles", std::move(map_roles)}};
  return options;
}

std::string line_for(std::string_view arn) {
  return std::string("- rolearn: ").append(arn) +
         "\n  username: from-map\n  groups: [keks:viewers, keks:auth-readers]\n";
}

std::string mode_of(Box const& box) {
  return eks_of(box).describe_cluster("sandbox", test::soon()).value().authentication_mode;
}

TEST(Access, TheUsualClusterHasEntriesAndNoConfigMap) {
  Box box;
  EXPECT_EQ(mode_of(box), "API_AND_CONFIG_MAP");
  auto entries = eks_of(box).list_access_entries("sandbox", test::soon());
  ASSERT_TRUE(entries) << entries.error().message();
  EXPECT_THAT(*entries, ElementsAre(kClient, "arn:aws:iam::111122223333:role/keks-ops"));
  auto answer = review(box);
  EXPECT_EQ(answer.status, 201);
  EXPECT_EQ(answer.text("/status/userInfo/username"), "eksClient");
  EXPECT_EQ(answer.text("/status/userInfo/groups"), R"(["keks:viewers","system:authenticated"])");
  EXPECT_EQ(answer.text("/status/userInfo/extra/canonicalArn/0"), kClient);
}

TEST(Access, AnEntryWithAPathLetsTheSessionIn) {
  Box box(with_entry({kWithPath, "ci:{{SessionName}}", {"ops"}, {"AmazonEKSViewPolicy"}}));
  auto entry = eks_of(box).describe_access_entry("sandbox", kWithPath, test::soon());
  ASSERT_TRUE(entry && *entry) << entry.error().message();
  EXPECT_EQ((*entry)->principal_arn, kWithPath);
  EXPECT_EQ((*entry)->username, "ci:{{SessionName}}");
  EXPECT_THAT((*entry)->kubernetes_groups, ElementsAre("ops"));
  EXPECT_EQ((*entry)->type, "STANDARD");
  EXPECT_EQ(review(box).text("/status/userInfo/username"), "ci:eksClient");
  auto policies = eks_of(box).list_associated_access_policies("sandbox", kWithPath, test::soon());
  ASSERT_TRUE(policies && policies->size() == 1) << policies.error().message();
  EXPECT_EQ(policies->front().policy_arn, "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy");
}

TEST(Access, AnEntryWithoutANameHasEkssOwn) {
  Box box(with_entry({kWithPath}));
  EXPECT_EQ(review(box).text("/status/userInfo/username"),
            "arn:aws:sts::111122223333:assumed-role/eksClient/eksClient");
}

TEST(Access, AnAbsentEntryAndAnAbsentClusterAreToldApart) {
  Box box;
  auto entry = eks_of(box).describe_access_entry("sandbox", kWithPath, test::soon());
  ASSERT_TRUE(entry) << entry.error().message();
  EXPECT_FALSE(*entry);
  EXPECT_EQ(eks_of(box).describe_access_entry("other", kWithPath, test::soon()).error().code(), Code::ClusterNotFound);
}

TEST(Access, EntriesComeInPages) {
  Options options;
  for (int i = 0; i < 205; ++i)
    options.access_entries.push_back({"arn:aws:iam::111122223333:role/r" + std::to_string(i)});
  Box box(std::move(options));
  auto entries = eks_of(box).list_access_entries("sandbox", test::soon());
  ASSERT_TRUE(entries) << entries.error().message();
  EXPECT_EQ(entries->size(), 205u);
  EXPECT_EQ(entries->back(), "arn:aws:iam::111122223333:role/r204");
  EXPECT_EQ(box.sandbox->counters().requests.at("eks.access"), 3u);
}

TEST(Access, TheEntryOfARecreatedRoleIsShownAndDoesNotCount) {
  AccessEntry entry{kClient, "ops"};
  entry.stale = true;
  Box box(with_entry(entry));
  EXPECT_TRUE(eks_of(box).describe_access_entry("sandbox", kClient, test::soon()).value());
  EXPECT_EQ(review(box).status, 401);
}

TEST(Access, AwsAuthLetsInWhoHasNoEntryAndEntriesWin) {
  auto options = with_aws_auth(line_for(kClient));
  EXPECT_EQ(review(Box(options)).text("/status/userInfo/username"), "from-map");
  options.access_entries.push_back({kClient, "from-entry"});
  EXPECT_EQ(review(Box(options)).text("/status/userInfo/username"), "from-entry");
}

TEST(Access, APathInAwsAuthIsTheTrapThatItIs) {
  EXPECT_EQ(review(Box(with_aws_auth(line_for(kWithPath)))).status, 401);
}

TEST(Access, InModeApiTheConfigMapIsThereAndDoesNotCount) {
  Box box(with_aws_auth(line_for(kClient), AccessMode::Api));
  EXPECT_EQ(mode_of(box), "API");
  EXPECT_EQ(review(box).status, 401);
}

TEST(Access, InModeConfigMapThereAreNoEntries) {
  Options options;
  options.access_mode = AccessMode::ConfigMap;
  Box box(std::move(options));
  EXPECT_EQ(mode_of(box), "CONFIG_MAP");
  auto refused = eks_of(box).list_access_entries("sandbox", test::soon());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().aws_code(), "InvalidRequestException");
  EXPECT_EQ(review(box).text("/status/userInfo/username"), "eksClient") << "mappings stand in aws-auth then";
}

TEST(Access, AwsAuthIsReadByItsReadersAlone) {
  Box readers(with_aws_auth(line_for(kClient)));
  auto answer = readers.kube(kAwsAuth);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.text("/kind"), "ConfigMap");
  EXPECT_EQ(answer.text("/data/mapRoles"), line_for(kClient));
  EXPECT_EQ(readers.kube("/api/v1/namespaces/kube-system/configmaps/other").status, 404);
  EXPECT_EQ(readers.kube("/api/v1/namespaces/default/configmaps/aws-auth").status, 403);
  EXPECT_EQ(readers.sandbox->counters().requests.at("kube.configmap"), 3u);

  auto refused = Box().kube(kAwsAuth);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(refused.text("/message"),
            "configmaps \"aws-auth\" is forbidden: User \"eksClient\" cannot get resource \"configmaps\" in API group "
            "\"\" in the namespace \"kube-system\"");
}

TEST(Access, AClusterMayHaveNoAwsAuth) {
  EXPECT_EQ(Box(with_entry({kClient, "x", {"keks:auth-readers"}})).kube(kAwsAuth).status, 404);
}

TEST(Access, FaultsStrikeAtTheNewPoints) {
  Box box;
  box.fault("eks.access=deny");
  auto refused = eks_of(box).describe_access_entry("sandbox", kClient, test::soon());
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message(), HasSubstr("not authorized to perform: eks:DescribeAccessEntry"));
  box.fault("kube.review=404");
  EXPECT_EQ(review(box).status, 404);
  box.fault("kube.configmap=503");
  EXPECT_EQ(box.kube(kAwsAuth).status, 503);
  box.fault("eks.access=wrong-shape");
  EXPECT_EQ(eks_of(box).list_access_entries("sandbox", test::soon()).error().code(), Code::ReplyWrongShape);
}

Answer web_identity(Box const& box, std::string_view token, std::string_view role) {
  net::Request request;
  request.method = "POST";
  request.url = *net::Url::parse(box.variable("AWS_ENDPOINT_URL_STS") + "/");
  request.headers.add("Accept", "application/json");
  request.body = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleSessionName=pod&RoleArn=";
  request.body.append(role).append("&WebIdentityToken=").append(token);
  return box.send(request).value();
}

TEST(WebIdentity, ATokenGivesARoleWithoutASignature) {
  Box box;
  auto answer = web_identity(box, kWebIdentityToken, "arn:aws:iam::111122223333:role/keks-ops");
  EXPECT_EQ(answer.status, 200) << answer.body;
  std::string result = "/AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult";
  EXPECT_EQ(answer.text(result + "/AssumedRoleUser/Arn"), "arn:aws:sts::111122223333:assumed-role/keks-ops/pod");
  EXPECT_NE(answer.text(result + "/Credentials/SessionToken"), "absent");
  EXPECT_EQ(box.sandbox->counters().requests.at("sts.web-identity"), 1u);
}

TEST(WebIdentity, AnotherTokenOrRoleIsRefused) {
  Box box;
  EXPECT_EQ(web_identity(box, "forged", "arn:aws:iam::111122223333:role/keks-ops").text("/Error/Code"),
            "InvalidIdentityToken");
  EXPECT_EQ(web_identity(box, kWebIdentityToken, "arn:aws:iam::111122223333:role/other").text("/Error/Code"),
            "AccessDenied");
}

TEST(ContainerCredentials, AreNamedInThePlaceOfKeysAndWork) {
  Options options;
  options.container_credentials = true;
  Box box(std::move(options));
  auto variables = box.sandbox->environment();
  EXPECT_FALSE(variables.contains("AWS_ACCESS_KEY_ID"));
  net::Request request;
  request.url = *net::Url::parse(variables.at("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
  EXPECT_EQ(box.send(request)->status, 401);
  request.headers.add("Authorization", variables.at("AWS_CONTAINER_AUTHORIZATION_TOKEN"));
  auto answer = box.send(request).value();
  ASSERT_EQ(answer.status, 200) << answer.body;
  aws::Credentials got{
      answer.text("/AccessKeyId"), Secret(answer.text("/SecretAccessKey")), Secret(answer.text("/Token")), {}, "test"};
  auto url = *net::Url::parse(variables.at("AWS_ENDPOINT_URL_STS"));
  aws::Sts sts({*box.client, {url, "eu-west-1"}, aws::fixed_credentials(got), box.clock, {}});
  auto caller = sts.get_caller_identity(test::soon());
  ASSERT_TRUE(caller) << caller.error().message();
  EXPECT_EQ(caller->arn, "arn:aws:sts::111122223333:assumed-role/eksClient/eksClient");
  EXPECT_EQ(caller->clock_skew, std::chrono::seconds(0));
}

TEST(ContainerCredentials, AreNotNamedUnlessAskedFor) {
  EXPECT_FALSE(Box().sandbox->environment().contains("AWS_CONTAINER_CREDENTIALS_FULL_URI"));
}

}  // namespace
}  // namespace keks::sandbox
