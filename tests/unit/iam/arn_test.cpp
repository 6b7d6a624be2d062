#include <gtest/gtest.h>
#include <keks/iam/arn.hpp>

#include "support/rows.hpp"

namespace keks::iam {
namespace {

TEST(Arn, KeepsColonsOfTheResource) {
  auto arn = Arn::parse("arn:aws:logs:eu-west-1:111122223333:log-group:a:b");
  ASSERT_TRUE(arn);
  EXPECT_EQ(arn->resource, "log-group:a:b");
  EXPECT_EQ(arn->text(), "arn:aws:logs:eu-west-1:111122223333:log-group:a:b");
}

TEST(Arn, RefusesOtherTexts) {
  for (auto text : {"", "arn", "arn:aws:iam::1", "urn:aws:iam::1:x"})
    EXPECT_EQ(Arn::parse(text).error().code(), Code::InvalidArgument) << text;
}

TEST(RoleArn, IsTakenInEveryPartitionAndWithAPath) {
  for (auto text :
       {"arn:aws:iam::111122223333:role/ops", "arn:aws-cn:iam::111122223333:role/ops",
        "arn:aws-us-gov:iam::111122223333:role/service-role/a/ops", "arn:aws-eusc:iam::000000000000:role/a_+=,.@-Z9"})
    EXPECT_TRUE(parse_role_arn(text)) << text;
  EXPECT_EQ(parse_role_arn("arn:aws:iam::111122223333:role/a/ops")->resource, "role/a/ops");
}

struct Malformed {
  std::string text, reason;
};

TEST(RoleArn, SaysWhatIsWrongAndShowsAnExample) {
  for (auto const& [text, reason] :
       std::initializer_list<Malformed>{{"", "the form"},
                                        {"ops", "the form"},
                                        {"role/ops", "the form"},
                                        {"arn:moon:iam::111122223333:role/ops", "\"moon\" is no AWS partition"},
                                        {"arn:aws:sts::111122223333:assumed-role/ops/me", "session of a role"},
                                        {"arn:aws:s3::111122223333:role/ops", "\"s3\", not iam"},
                                        {"arn:aws:iam:eu-west-1:111122223333:role/ops", "region"},
                                        {"arn:aws:iam::11112222333:role/ops", "12 digits"},
                                        {"arn:aws:iam::11112222333x:role/ops", "12 digits"},
                                        {"arn:aws:iam::111122223333:user/ops", "user/ops"},
                                        {"arn:aws:iam::111122223333:role", "no role"},
                                        {"arn:aws:iam::111122223333:role/", "role name"},
                                        {"arn:aws:iam::111122223333:role/a b", "role name"},
                                        {"arn:aws:iam::111122223333:role/a:b", "role name"},
                                        {"arn:aws:iam::111122223333:role//ops", "path"},
                                        {"arn:aws:iam::111122223333:role/a b/ops", "path"},
                                        {"arn:aws:iam::111122223333:role/ops\n", "role name"},
                                        {" arn:aws:iam::111122223333:role/ops", "the form"}}) {
    auto got = parse_role_arn(text);
    ASSERT_FALSE(got) << text;
    EXPECT_EQ(got.error().code(), Code::RoleArnMalformed);
    EXPECT_NE(got.error().message().find(reason), std::string::npos) << got.error().message();
    EXPECT_NE(got.error().message().find("arn:aws:iam::111122223333:role/eks-operator"), std::string::npos);
  }
}

using test::text;

/// A role's ARN that ends in a slash: upstream makes an empty name of it. Its rows are marked, but for the one with
/// two.
bool lacks_name(test::Row const& row) {
  return text(row, "arn").find(":role/") != std::string::npos && text(row, "arn").ends_with("//");
}

TEST(PrincipalRows, MatchTheAuthenticator) {
  auto rows = test::rows("arn_rows.jsonl");
  ASSERT_GE(rows.size(), 72u);
  for (auto const& row : rows) {
    if (text(row, "careful_outcome") == "reject") continue;
    auto const& wanted = row.at("canonicalize").as_object();
    auto got = parse_principal(text(row, "arn"));
    ASSERT_EQ(got.has_value(), !wanted.contains("error")) << text(row, "name");
    if (!got) continue;
    EXPECT_EQ(got->arn.text(), text(wanted, "arn"));
    EXPECT_EQ(to_string(got->kind), text(wanted, "kind"));
  }
}

TEST(PathRows, MatchTheAuthenticator) {
  for (auto const& row : test::rows("arn_rows.jsonl")) {
    auto got = strip_path(text(row, "arn"));
    auto const& wanted = row.at("strip_path").as_object();
    bool is_nameless =
        lacks_name(row) || (text(row, "careful_outcome") == "reject" && text(wanted, "arn").ends_with("role/"));
    ASSERT_EQ(got.has_value(), !wanted.contains("error") && !is_nameless) << text(row, "name");
    if (!got) continue;
    EXPECT_EQ(got->text(), text(wanted, "arn"));
  }
}

TEST(Principal, OfASessionIsTheRoleAndKnowsTheSession) {
  auto got = parse_principal("arn:aws-cn:sts::111122223333:assumed-role/Build/job:7");
  ASSERT_TRUE(got);
  EXPECT_EQ(got->arn.text(), "arn:aws-cn:iam::111122223333:role/Build");
  EXPECT_EQ(got->session_name, "job:7");
  EXPECT_FALSE(parse_principal("arn:aws:sts::111122223333:assumed-role//job"));
}

TEST(Principal, IsRefusedWithTheReason) {
  for (auto const& [arn, reason] : std::initializer_list<Malformed>{
           {"ops", "no ARN"},
           {"arn:moon:iam::111122223333:role/x", "\"moon\" is none"},
           {"arn:aws:s3:::bucket", "neither iam nor sts"},
           {"arn:aws:iam::111122223333:group/x", "\"group/x\" is neither"},
           {"arn:aws:sts::111122223333:assumed-role/Build", "assumed-role/ROLE/SESSION"}}) {
    auto got = parse_principal(arn);
    ASSERT_FALSE(got) << arn;
    EXPECT_NE(got.error().message().find(reason), std::string::npos) << got.error().message();
  }
}

}  // namespace
}  // namespace keks::iam
