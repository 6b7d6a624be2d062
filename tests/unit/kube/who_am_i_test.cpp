#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/kube/support.hpp"

namespace keks::kube {
namespace {

using test::Rig;
using test::status_body;
using testing::ElementsAre;
using testing::HasSubstr;

std::string review(std::string const& user) {
  return R"({"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1","metadata":{},"status":)" + user + "}";
}

TEST(WhoAmI, AsksByASelfSubjectReview) {
  Rig rig;
  rig.server->answer(201, review(R"({"userInfo":{"username":"ops","uid":"u1","groups":["a","system:authenticated"],)"
                                 R"("extra":{"arn":["x"],"sessionName":["s"]}}})"));
  auto user = rig.client.who_am_i();
  ASSERT_TRUE(user) << user.error().message();
  EXPECT_EQ(user->username, "ops");
  EXPECT_EQ(user->uid, "u1");
  EXPECT_THAT(user->groups, ElementsAre("a", "system:authenticated"));
  EXPECT_THAT(user->extra.at("sessionName"), ElementsAre("s"));
  auto sent = rig.server->requests().at(0);
  EXPECT_EQ(sent.method, "POST");
  EXPECT_EQ(sent.url.target(), "/apis/authentication.k8s.io/v1/selfsubjectreviews");
  EXPECT_EQ(sent.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(sent.body, R"({"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"})");
  EXPECT_EQ(rig.header(0, "Authorization"), std::string("Bearer ") + test::kCanary + "1");
}

TEST(WhoAmI, TakesAUserWithoutAnythingElse) {
  Rig rig;
  rig.server->answer(201, review(R"({"userInfo":{"username":"ops","groups":null}})"));
  auto user = rig.client.who_am_i();
  ASSERT_TRUE(user) << user.error().message();
  EXPECT_TRUE(user->groups.empty());
}

TEST(WhoAmI, TellsAnOldServerFromARefusal) {
  Rig rig;
  rig.server->answer(404, status_body(404, "NotFound", "the server could not find the requested resource"))
      .answer(403, status_body(403, "Forbidden"));
  EXPECT_TRUE(rig.client.who_am_i().error().is_not_found());
  EXPECT_TRUE(rig.client.who_am_i().error().is_forbidden());
}

TEST(WhoAmI, IsRepeatedAfterA401AndAfterAServersError) {
  Rig rig;
  auto good = review(R"({"userInfo":{"username":"ops"}})");
  rig.server->answer(401, status_body(401, "Unauthorized")).answer(503, "").answer(201, good);
  EXPECT_TRUE(rig.client.who_am_i());
  EXPECT_EQ(rig.server->requests().size(), 3U);
}

TEST(WhoAmI, NamesWhatIsWrongInAReply) {
  for (auto const& [user, fault] : std::initializer_list<std::pair<std::string, std::string>>{
           {"42", "no status.userInfo"},
           {R"({"userInfo":42})", "no status.userInfo"},
           {R"({"userInfo":{"username":42}})", "userInfo.username is no string"},
           {R"({"userInfo":{"groups":"a"}})", "userInfo.groups is no list"},
           {R"({"userInfo":{"groups":[7]}})", "userInfo.groups is no string"},
           {R"({"userInfo":{"extra":[]}})", "userInfo.extra is no object"},
           {R"({"userInfo":{"extra":{"a":"b"}}})", "userInfo.extra is no list"}}) {
    Rig rig;
    rig.server->answer(201, review(user));
    auto got = rig.client.who_am_i();
    ASSERT_FALSE(got) << user;
    EXPECT_EQ(got.error().code(), Code::ReplyWrongShape);
    EXPECT_THAT(got.error().message(), HasSubstr(fault));
  }
  Rig rig;
  rig.server->answer(200, "<html>");
  EXPECT_EQ(rig.client.who_am_i().error().code(), Code::ReplyNotJson);
}

TEST(WhoAmI, OneConfigMapIsAKindLikeOthers) {
  Rig rig;
  rig.server->answer(
      200, R"({"kind":"ConfigMap","apiVersion":"v1","metadata":{"name":"aws-auth"},"data":{"mapRoles":"[]"}})");
  auto map = rig.client.in("kube-system").find<ConfigMap>("aws-auth");
  ASSERT_TRUE(map && *map);
  EXPECT_EQ((*map)->data.at("mapRoles"), "[]");
  EXPECT_EQ(rig.target(0), "/api/v1/namespaces/kube-system/configmaps/aws-auth");
}

}  // namespace
}  // namespace keks::kube
