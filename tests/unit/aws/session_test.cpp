#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/aws/session.hpp>

#include "support/fake_clock.hpp"
#include "support/fake_transport.hpp"
#include "support/temporary_folder.hpp"

namespace keks::aws {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class SessionTest : public testing::Test {
 protected:
  Result<Session> session(std::string config, Keeper keep = {}) {
    folder_.write("config", config);
    Environment::Map variables{{"AWS_CONFIG_FILE", folder_ / "config"},
                               {"AWS_SHARED_CREDENTIALS_FILE", folder_ / "none"},
                               {"AWS_ACCESS_KEY_ID", "AKID"},
                               {"AWS_SECRET_ACCESS_KEY", "s"}};
    SessionOptions options{.environment = Environment(std::move(variables)), .keep = std::move(keep)};
    options.log = {LogLevel::Info, [this](LogLevel, std::string_view line) { logged_.emplace_back(line); }};
    return Session::make(std::move(options), clock_,
                         std::shared_ptr<net::Transport>(std::shared_ptr<void>(), &transport_));
  }

  test::TemporaryFolder folder_;
  test::FakeClock clock_;
  test::FakeTransport transport_;
  std::vector<std::string> logged_;
};

TEST_F(SessionTest, InAnotherRegionItIsTheSameIdentityAndSaysNothingTwice) {
  auto first = session("[default]\nstray\n");
  ASSERT_TRUE(first) << first.error().message();
  EXPECT_THAT(logged_, ElementsAre(HasSubstr("line 2")));
  EXPECT_EQ(first->region().region, "");
  auto second = first->in("eu-west-1");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->region().region, "eu-west-1");
  EXPECT_EQ(second->own()->get(Deadline::never())->access_key_id, "AKID");
  EXPECT_EQ(logged_.size(), 1u);

  transport_.answer(403, "");
  EXPECT_FALSE(second->sts(second->own())->get_caller_identity(Deadline::never()));
  EXPECT_EQ(transport_.requests().at(0).url.host, "sts.eu-west-1.amazonaws.com");
}

TEST_F(SessionTest, TheKeeperIsToldWhoseTheCredentialsAre) {
  std::vector<std::string> told;
  auto keep = [&](KeptSource source) {
    told.push_back(source.settings.profile_name() + " " + source.region.region + " " +
                   (source.role ? source.role->role_arn : source.chain->steps().front().provider));
    return std::move(source.provider);
  };
  auto made = session("[default]\nregion = eu-west-2\n", keep);
  ASSERT_TRUE(made) << made.error().message();
  ASSERT_TRUE(made->assume({.role_arn = "arn:aws:iam::111122223333:role/ops", .session_name = "s"}));
  ASSERT_TRUE(made->in("eu-west-3"));
  EXPECT_THAT(told, ElementsAre("default eu-west-2 environment", "default eu-west-2 arn:aws:iam::111122223333:role/ops",
                                "default eu-west-3 environment"));
}

}  // namespace
}  // namespace keks::aws
