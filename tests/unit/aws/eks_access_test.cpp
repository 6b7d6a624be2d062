#include "fixture.hpp"

namespace keks::aws {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr char kRole[] = "arn:aws:iam::111122223333:role/ci/Build";

struct EksAccessTest : AwsTest {
  Result<std::vector<std::string>> list() { return eks().list_access_entries("prod", Deadline::never()); }
  Result<std::optional<AccessEntry>> describe(std::string arn = kRole) {
    return eks().describe_access_entry("prod", arn, Deadline::never());
  }
  Result<std::vector<AccessPolicy>> policies() {
    return eks().list_associated_access_policies("prod", kRole, Deadline::never());
  }
  void refuse(int status, std::string code, std::string message) {
    transport.answer(status, {{"x-amzn-ErrorType", code}}, R"({"message":")" + message + "\"}");
  }
};

TEST_F(EksAccessTest, ListsTheEntriesOfAllPages) {
  transport.answer(200, R"({"accessEntries":["arn:aws:iam::1:role/a"],"nextToken":"a/b="})")
      .answer(200, R"({"accessEntries":["arn:aws:iam::1:user/b",null]})");
  auto got = list();
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_THAT(*got, ElementsAre("arn:aws:iam::1:role/a", "arn:aws:iam::1:user/b"));
  auto requests = transport.requests();
  EXPECT_EQ(requests.at(0).url.text(), "https://eks.eu-west-1.amazonaws.com/clusters/prod/access-entries");
  EXPECT_EQ(requests.at(1).url.query, "nextToken=a%2Fb%3D");
}

TEST_F(EksAccessTest, EndlessPagesEnd) {
  transport.answer(200, R"({"accessEntries":[],"nextToken":"again"})");
  EXPECT_TRUE(failed(list(), Code::ReplyTooLarge, {"ListAccessEntries", "do not end"}));
  EXPECT_EQ(transport.requests().size(), 100u);
}

TEST_F(EksAccessTest, DescribesTheEntryOfAnArnWithAPath) {
  transport.answer(200,
                   R"({"accessEntry":{"clusterName":"prod","principalArn":"arn:aws:iam::111122223333:role/ci/Build",)"
                   R"("kubernetesGroups":["ops","dev"],"username":"b:{{SessionName}}","type":"STANDARD",)"
                   R"("createdAt":1.7e9,"tags":{}}})");
  auto got = describe();
  ASSERT_TRUE(got) << got.error().message();
  ASSERT_TRUE(*got);
  EXPECT_EQ((*got)->principal_arn, kRole);
  EXPECT_EQ((*got)->username, "b:{{SessionName}}");
  EXPECT_THAT((*got)->kubernetes_groups, ElementsAre("ops", "dev"));
  EXPECT_EQ((*got)->type, "STANDARD");
  EXPECT_EQ(transport.requests().at(0).url.path,
            "/clusters/prod/access-entries/arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fci%2FBuild");
}

TEST_F(EksAccessTest, AnAbsentEntryIsNoErrorAndAnAbsentClusterIs) {
  refuse(404, "ResourceNotFoundException", "The specified principalArn could not be found.");
  auto got = describe();
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_FALSE(*got);
  refuse(404, "ResourceNotFoundException", "No cluster found for name: prod.");
  describe();
  EXPECT_TRUE(failed(describe(), Code::ClusterNotFound, {"no cluster prod", "eu-west-1"}));
}

TEST_F(EksAccessTest, ADeniedCallNamesThePermission) {
  refuse(403, "AccessDeniedException", "no");
  EXPECT_TRUE(
      failed(list(), Code::AwsRefused, {"Allow eks:ListAccessEntries on arn:aws:eks:eu-west-1:*:cluster/prod "}));
  EXPECT_TRUE(failed(describe(), Code::AwsRefused,
                     {"Allow eks:DescribeAccessEntry on arn:aws:eks:eu-west-1:*:access-entry/prod/* in the policy"}));
  EXPECT_TRUE(failed(policies(), Code::AwsRefused, {"Allow eks:ListAssociatedAccessPolicies on"}));
  EXPECT_EQ(describe().error().aws_code(), "AccessDeniedException");
}

TEST_F(EksAccessTest, AClusterWithoutTheApiIsToldAsSuch) {
  refuse(400, "InvalidRequestException", "The cluster's authentication mode must be set to one of [API]");
  EXPECT_TRUE(failed(describe(), Code::AwsRefused, {"API_AND_CONFIG_MAP"}));
}

TEST_F(EksAccessTest, RefusesNamesAndArnsThatCannotBe) {
  EXPECT_TRUE(failed(eks().list_access_entries("", Deadline::never()), Code::ClusterUnset, {"ListAccessEntries"}));
  EXPECT_TRUE(failed(describe("../x"), Code::InvalidArgument, {"../x"}));
  EXPECT_THAT(transport.requests(), IsEmpty());
}

TEST_F(EksAccessTest, ReadsPoliciesWithTheirScope) {
  transport.answer(
      200, R"({"associatedAccessPolicies":[{"policyArn":"arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy",)"
           R"("accessScope":{"type":"namespace","namespaces":["web"]}},)"
           R"({"policyArn":"p2","accessScope":{"type":"cluster","namespaces":[]}}]})");
  auto got = policies();
  ASSERT_TRUE(got) << got.error().message();
  ASSERT_EQ(got->size(), 2u);
  EXPECT_EQ(got->at(0).policy_arn, "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy");
  EXPECT_EQ(got->at(0).scope, "namespace");
  EXPECT_THAT(got->at(0).namespaces, ElementsAre("web"));
  EXPECT_EQ(got->at(1).scope, "cluster");
}

TEST_F(EksAccessTest, RepliesOfAnotherShapeNameTheField) {
  transport.answer(200, R"({"accessEntries":[7]})")
      .answer(200, R"({"accessEntry":{"principalArn":7}})")
      .answer(200, R"({"accessEntry":42})")
      .answer(200, "{}")
      .answer(200, R"({"associatedAccessPolicies":[{"accessScope":{"type":7}}]})")
      .answer(200, R"({"associatedAccessPolicies":["x"]})");
  EXPECT_TRUE(failed(list(), Code::ReplyWrongShape, {"accessEntries is no list of names"}));
  EXPECT_TRUE(failed(describe(), Code::ReplyWrongShape, {"accessEntry.principalArn is no string"}));
  EXPECT_TRUE(failed(describe(), Code::ReplyWrongShape, {"accessEntry is no object"}));
  EXPECT_TRUE(failed(describe(), Code::ReplyWrongShape, {"without accessEntry.principalArn"}));
  EXPECT_TRUE(failed(policies(), Code::ReplyWrongShape, {"associatedAccessPolicies.accessScope.type is no string"}));
  EXPECT_TRUE(failed(policies(), Code::ReplyWrongShape, {"associatedAccessPolicies is no list of objects"}));
}

}  // namespace
}  // namespace keks::aws
