#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/kube/token_source.hpp>

#include "support/fake_clock.hpp"

namespace keks::kube {
namespace {

using testing::HasSubstr;
using testing::Not;

class Credentials final : public aws::CredentialsProvider {
 public:
  Result<aws::Credentials> get(Deadline const&) override {
    ++asked;
    if (failure) return fail(*failure, "no credentials");
    return aws::Credentials{"AKIDEXAMPLE", keks::Secret("secret" + std::to_string(generation)), keks::Secret("session"),
                            expiration, source};
  }
  void invalidate() override {
    ++invalidated;
    ++generation;
  }
  int asked = 0, invalidated = 0, generation = 1;
  std::optional<Code> failure;
  std::optional<WallTime> expiration;
  std::string source = "role arn:aws:iam::111122223333:role/jobs";
};

struct Rig {
  test::FakeClock clock;
  std::shared_ptr<Credentials> credentials = std::make_shared<Credentials>();
  std::shared_ptr<TokenSource> tokens =
      eks_token_source(credentials, {.cluster_id = "prod", .region = {.region = "eu-west-1"}}, clock);
  std::string token() { return std::string(tokens->token(Deadline::never())->reveal()); }
};

TEST(EksTokenSource, keeps_a_token_for_14_minutes_by_the_wall_clock) {
  Rig rig;
  auto first = rig.token();
  EXPECT_TRUE(first.starts_with("k8s-aws-v1."));
  rig.clock.advance(std::chrono::minutes(13));
  EXPECT_EQ(rig.token(), first);
  EXPECT_EQ(rig.credentials->asked, 1);
  rig.clock.advance(std::chrono::minutes(1));
  EXPECT_NE(rig.token(), first);
  EXPECT_EQ(rig.credentials->asked, 2);
}

TEST(EksTokenSource, keeps_no_token_beyond_its_credentials) {
  Rig rig;
  rig.credentials->expiration = rig.clock.wall() + std::chrono::minutes(6);
  auto first = rig.token();
  rig.clock.advance(std::chrono::minutes(6));
  rig.credentials->expiration.reset();
  EXPECT_NE(rig.token(), first);
}

TEST(EksTokenSource, throws_token_and_credentials_away_when_refused) {
  Rig rig;
  auto first = rig.token();
  rig.tokens->refused(keks::Secret(first));
  EXPECT_EQ(rig.credentials->invalidated, 1);
  EXPECT_NE(rig.token(), first);
}

TEST(EksTokenSource, keeps_what_another_caller_has_replaced_already) {
  Rig rig;
  auto first = rig.token();
  rig.tokens->refused(keks::Secret(first));
  auto second = rig.token();
  rig.tokens->refused(keks::Secret(first));
  EXPECT_EQ(rig.credentials->invalidated, 1);
  EXPECT_EQ(rig.token(), second);
}

TEST(EksTokenSource, passes_on_why_there_are_no_credentials) {
  Rig rig;
  rig.credentials->failure = Code::AssumeRoleDenied;
  EXPECT_EQ(rig.tokens->token(Deadline::never()).error().code(), Code::AssumeRoleDenied);
  rig.credentials->failure.reset();
  EXPECT_TRUE(rig.tokens->token(Deadline::never()));
}

TEST(EksTokenSource, advises_where_to_map_whom) {
  Rig rig;
  rig.token();
  EXPECT_THAT(rig.tokens->advice(),
              HasSubstr("aws eks create-access-entry --cluster-name prod --region eu-west-1 --principal-arn "
                        "arn:aws:iam::111122223333:role/jobs"));
  EXPECT_THAT(rig.tokens->advice(), HasSubstr("aws-auth"));
  EXPECT_THAT(rig.tokens->advice(), Not(HasSubstr("secret")));
  rig.credentials->source = "environment";
  rig.clock.advance(std::chrono::hours(1));
  rig.token();
  EXPECT_THAT(rig.tokens->advice(), Not(HasSubstr("arn:aws")));
}

TEST(FixedToken, stays_the_same) {
  auto tokens = fixed_token(keks::Secret("t"));
  tokens->refused(keks::Secret("t"));
  EXPECT_EQ(tokens->token(Deadline::never())->reveal(), "t");
  EXPECT_EQ(tokens->advice(), "");
}

}  // namespace
}  // namespace keks::kube
