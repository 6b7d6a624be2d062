#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/base/time.hpp>

#include <boost/json.hpp>

#include "apps/keks/whoami.hpp"
#include "unit/apps/run_keks.hpp"
#include "unit/apps/sandbox_test.hpp"

namespace keks {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

aws::Credentials credentials(std::string source) {
  return {"AKIDEXAMPLE", Secret("s"), Secret(""), {}, std::move(source)};
}

struct Row {
  std::string arn, canonical, pathless, session;
};

TEST(Whoami, TellsWhatAClusterMakesOfTheCaller) {
  std::vector<Row> const rows{
      {"arn:aws:sts::111122223333:assumed-role/eksClient/i-1", "arn:aws:iam::111122223333:role/eksClient",
       "arn:aws:iam::111122223333:role/eksClient", "i-1"},
      {"arn:aws:iam::111122223333:role/ci/Build", "arn:aws:iam::111122223333:role/ci/Build",
       "arn:aws:iam::111122223333:role/Build", ""},
      {"arn:aws:iam::111122223333:user/ops/ann", "arn:aws:iam::111122223333:user/ops/ann",
       "arn:aws:iam::111122223333:user/ops/ann", ""},
      {"something else", "something else", "something else", ""},
  };
  for (auto const& row : rows) {
    auto caller = cli::caller_of({"111122223333", row.arn, "AID"}, credentials("environment"));
    EXPECT_EQ(caller.canonical_arn, row.canonical) << row.arn;
    EXPECT_EQ(caller.pathless_arn, row.pathless) << row.arn;
    EXPECT_EQ(caller.session_name, row.session) << row.arn;
  }
}

TEST(Whoami, TextIsOneLineAFactAndJsonHasAlwaysTheSameKeys) {
  auto user =
      cli::caller_of({"111122223333", "arn:aws:iam::111122223333:user/ann\n", "AID"}, credentials("environment"));
  auto text = cli::caller_text(user);
  EXPECT_THAT(text, AllOf(HasSubstr("arn            arn:aws:iam::111122223333:user/ann\\n\n"),
                          HasSubstr("session        -\n"), HasSubstr("valid until    no end is known\n")));
  auto json = boost::json::parse(cli::caller_json(user)).as_object();
  for (auto key : {"arn", "canonicalArn", "pathlessArn", "session", "account", "userId", "source", "expiration"})
    EXPECT_TRUE(json.contains(key)) << key;
  EXPECT_TRUE(json["session"].is_null() && json["expiration"].is_null());
}

class WhoamiInSandbox : public test::SandboxTest {};

TEST_F(WhoamiInSandbox, NeedsNoRegion) {
  start({.region = "us-east-1"});
  for (auto name : {"AWS_REGION", "AWS_DEFAULT_REGION", "region"}) variables_.erase(name);
  auto result = keks({"whoami"}, variables_);
  ASSERT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("account        111122223333\n"));
}

TEST_F(WhoamiInSandbox, TellsOfTheRoleWithItsEnd) {
  auto result = keks({"whoami", "--role", variables_["arn"], "-o", "json"}, variables_);
  ASSERT_EQ(result.code, 0) << result.err;
  auto json = boost::json::parse(result.out).as_object();
  EXPECT_EQ(json["arn"].as_string(), "arn:aws:sts::111122223333:assumed-role/keks-ops/keks");
  EXPECT_EQ(json["canonicalArn"].as_string(), "arn:aws:iam::111122223333:role/keks-ops");
  EXPECT_EQ(json["session"].as_string(), "keks");
  EXPECT_TRUE(parse_rfc3339(std::string_view(json["expiration"].as_string())));
  EXPECT_THAT(std::string(json["source"].as_string()), HasSubstr("keks-ops"));
  EXPECT_THAT(result.out + result.err, Not(HasSubstr(variables_["AWS_SECRET_ACCESS_KEY"])));
}

TEST_F(WhoamiInSandbox, SaysWhatIsWrong) {
  EXPECT_EQ(keks({"whoami", "-o", "xml"}, variables_).code, 2);
  EXPECT_EQ(keks({"whoami", "--request-timeout", "0"}, variables_).code, 2);
  auto role = keks({"whoami", "--role", "ops"}, variables_);
  EXPECT_EQ(role.code, 1);
  EXPECT_THAT(role.err, HasSubstr("role"));
  auto profile = keks({"whoami", "--profile", "nobody"}, variables_);
  EXPECT_EQ(profile.code, 1);
  EXPECT_THAT(profile.err, HasSubstr("nobody"));
}

}  // namespace
}  // namespace keks
