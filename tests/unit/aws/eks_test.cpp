#include <keks/base/encoding.hpp>

#include "fixture.hpp"

namespace keks::aws {
namespace {

constexpr std::string_view kPem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

std::string described(std::string status, std::string ca = base64(kPem)) {
  return R"({"cluster":{"name":"prod","arn":"arn:aws:eks:eu-west-1:111122223333:cluster/prod","version":"1.33",)"
         R"("endpoint":"https://ABC.gr7.eu-west-1.eks.amazonaws.com","status":")" +
         status + R"(","certificateAuthority":{"data":")" + ca +
         R"("},"accessConfig":{"authenticationMode":"API"},"tags":{"a":"b"}}})";
}

struct EksTest : AwsTest {
  Result<Cluster> describe(std::string name = "prod") { return eks().describe_cluster(name, Deadline::never()); }
  Result<Cluster> ready() { return eks().describe_ready_cluster("prod", Deadline::never()); }
  void refuse(int status, std::string code, std::string message) {
    transport.answer(status, {{"x-amzn-ErrorType", code}}, R"({"message":")" + message + "\"}");
  }
};

TEST_F(EksTest, DescribesACluster) {
  transport.answer(200, described("CREATING"));
  auto got = describe();
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->name, "prod");
  EXPECT_EQ(got->endpoint, "https://ABC.gr7.eu-west-1.eks.amazonaws.com");
  EXPECT_EQ(got->status, "CREATING");
  EXPECT_EQ(got->version, "1.33");
  EXPECT_EQ(got->certificate_authority, kPem);
  EXPECT_EQ(got->authentication_mode, "API");
  auto request = transport.requests().at(0);
  EXPECT_EQ(request.method, "GET");
  EXPECT_EQ(request.url.text(), "https://eks.eu-west-1.amazonaws.com/clusters/prod");
  EXPECT_NE(request.headers.get("Authorization").find("/eu-west-1/eks/aws4_request"), std::string::npos);
}

TEST_F(EksTest, TellsWhoMayConnectAndTakesNoOffenceWhereThatIsOdd) {
  auto with = [](std::string vpc) {
    auto text = described("ACTIVE");
    return text.insert(text.find("\"arn\""), R"("resourcesVpcConfig":)" + vpc + ",");
  };
  transport.answer(
      200, with(R"({"endpointPublicAccess":true,"endpointPrivateAccess":false,"publicAccessCidrs":["a","b"]})"));
  transport.answer(200, with(R"({"endpointPublicAccess":"yes","publicAccessCidrs":7})"));
  auto got = describe();
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->endpoint_public_access, true);
  EXPECT_EQ(got->endpoint_private_access, false);
  EXPECT_EQ(got->public_access_cidrs, (std::vector<std::string>{"a", "b"}));
  auto odd = describe();
  ASSERT_TRUE(odd) << odd.error().message();
  EXPECT_EQ(odd->endpoint_public_access, std::nullopt);
  EXPECT_TRUE(odd->public_access_cidrs.empty());
}

TEST_F(EksTest, AClusterOnOutpostsWithoutAnEtcdOfItsOwnGoesByItsId) {
  auto outpost = [](std::string config) {
    auto text = described("ACTIVE");
    return text.insert(text.find("\"arn\""), R"("id":"4ee8-1","outpostConfig":)" + config + ",");
  };
  transport.answer(200, outpost(R"({"controlPlaneInstanceType":"m5.large"})"));
  transport.answer(200, outpost(R"({"etcdInstanceType":"m5.large"})"));
  transport.answer(200, outpost("null"));
  for (auto id : {"4ee8-1", "", ""}) {
    auto got = describe();
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_EQ(got->outpost_id, id);
  }
}

TEST_F(EksTest, RefusesNamesThatNoClusterHas) {
  EXPECT_TRUE(failed(describe(""), Code::ClusterUnset, {"name"}));
  for (auto name : {"..", "a b", "a/b", "-a", "_a", "a?b", "k\xc3\xbc\x63he"})
    EXPECT_TRUE(failed(describe(name), Code::InvalidArgument, {name}));
  EXPECT_TRUE(failed(describe(std::string(101, 'a')), Code::InvalidArgument, {"100"}));
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(EksTest, ADeniedCallSaysWhichPermissionIsMissing) {
  refuse(403, "AccessDeniedException",
         "User: arn:aws:sts::111122223333:assumed-role/fn/fn is not authorized to perform: eks:DescribeCluster on "
         "resource: arn:aws:eks:eu-west-1:111122223333:cluster/prod");
  EXPECT_TRUE(failed(describe(), Code::DescribeClusterDenied,
                     {"arn:aws:sts::111122223333:assumed-role/fn/fn", "arn:aws:eks:eu-west-1:111122223333:cluster/prod",
                      "Allow eks:DescribeCluster on"}));
}

TEST_F(EksTest, ADeniedCallNamesTheClusterEvenWhenEksSaysNothing) {
  refuse(403, "AccessDeniedException", "no");
  EXPECT_TRUE(failed(describe(), Code::DescribeClusterDenied, {"arn:aws:eks:eu-west-1:*:cluster/prod"}));
}

TEST_F(EksTest, AnUnknownClusterIsToldWithItsRegion) {
  refuse(404, "com.amazonaws.eks#ResourceNotFoundException:http://x", "No cluster found for name: prod.");
  EXPECT_TRUE(failed(describe(), Code::ClusterNotFound, {"prod", "eu-west-1", "account"}));
}

TEST_F(EksTest, OnlyClustersThatServeAreReady) {
  for (auto status : {"ACTIVE", "UPDATING"}) {
    test::FakeTransport one;
    one.answer(200, described(status));
    auto to = options("eks");
    EXPECT_TRUE(Eks({one, to.endpoint, to.credentials, clock}).describe_ready_cluster("prod", Deadline::never()));
  }
  transport.answer(200, described("CREATING")).answer(200, described("FAILED")).answer(200, described("DELETING"));
  EXPECT_TRUE(failed(ready(), Code::ClusterNotReady, {"prod", "CREATING", "Wait"}));
  EXPECT_TRUE(failed(ready(), Code::ClusterNotReady, {"FAILED", "describe-cluster"}));
  EXPECT_TRUE(failed(ready(), Code::ClusterNotReady, {"DELETING", "another"}));
}

TEST_F(EksTest, ACertificateAuthorityMustBePem) {
  transport.answer(200, described("ACTIVE", "Q0E=")).answer(200, described("ACTIVE", "***"));
  transport.answer(200, described("ACTIVE", ""));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(failed(ready(), Code::CaNotPem, {"prod"}));
}

TEST_F(EksTest, SaysWhichFieldIsOfAnotherShape) {
  transport.answer(200, R"({"cluster":{"name":7}})").answer(200, R"({"cluster":{"certificateAuthority":"x"}})");
  transport.answer(200, R"({"cluster":{"accessConfig":{"authenticationMode":{}}}})").answer(200, R"({"cluster":[]})");
  transport.answer(200, "<html>");
  EXPECT_TRUE(failed(describe(), Code::ReplyWrongShape, {"cluster.name"}));
  EXPECT_TRUE(failed(describe(), Code::ReplyWrongShape, {"cluster.certificateAuthority"}));
  EXPECT_TRUE(failed(describe(), Code::ReplyWrongShape, {"cluster.accessConfig.authenticationMode"}));
  EXPECT_TRUE(failed(describe(), Code::ReplyWrongShape, {"cluster object"}));
  EXPECT_TRUE(failed(describe(), Code::ReplyNotJson, {"byte 0"}));
}

TEST_F(EksTest, ListsClustersOverAllPages) {
  transport.answer(200, R"({"clusters":["a","b"],"nextToken":"x/y="})")
      .answer(200, R"({"clusters":["c"],"nextToken":null})");
  auto got = eks().list_clusters(Deadline::never());
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(*got, (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_EQ(transport.requests()[0].url.target(), "/clusters");
  EXPECT_EQ(transport.requests()[1].url.target(), "/clusters?nextToken=x%2Fy%3D");
}

TEST_F(EksTest, AListWithoutEndIsGivenUp) {
  transport.answer(200, R"({"clusters":[],"nextToken":"again"})");
  EXPECT_TRUE(failed(eks().list_clusters(Deadline::never()), Code::ReplyTooLarge, {"pages"}));
}

TEST_F(EksTest, AListOfSomethingElseIsRefused) {
  transport.answer(200, R"({"clusters":[1]})").answer(200, R"({"clusters":"a"})").answer(200, R"({"nextToken":1})");
  for (auto fault : {"clusters is no list of names", "clusters is no list of names", "nextToken is no string"})
    EXPECT_TRUE(failed(eks().list_clusters(Deadline::never()), Code::ReplyWrongShape, {fault}));
}

}  // namespace
}  // namespace keks::aws
