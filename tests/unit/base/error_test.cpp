#include <gtest/gtest.h>
#include <keks/base/result.hpp>

#include <set>

namespace keks {
namespace {

TEST(Error, EveryCodeHasItsOwnNameThatLambdaAccepts) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(Code::UnexpectedStatus); ++i) {
    auto name = to_string(static_cast<Code>(i));
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_TRUE(name[0] >= 'A' && name[0] <= 'Z');
    for (char c : name) EXPECT_TRUE(std::isalpha(static_cast<unsigned char>(c))) << name;
  }
}

TEST(Error, NamesFollowTheEnum) {
  EXPECT_EQ(to_string(Code::InvalidArgument), "InvalidArgument");
  EXPECT_EQ(to_string(Code::NoCredentials), "NoCredentials");
  EXPECT_EQ(to_string(Code::ClusterNotReady), "ClusterNotReady");
  EXPECT_EQ(to_string(Code::TlsWrongName), "TlsWrongName");
  EXPECT_EQ(to_string(Code::Cancelled), "Cancelled");
  EXPECT_EQ(to_string(Code::Gone), "Gone");
  EXPECT_EQ(to_string(Code::UnexpectedStatus), "UnexpectedStatus");
}

TEST(Error, CopiesDoNotShareLaterChanges) {
  Error plain(Code::Forbidden, "no");
  Error rich = plain.with_host("a").with_http_status(403).with_aws("AccessDenied", "r-1");
  Error other = rich.with_host("b");
  EXPECT_EQ(plain.host(), "");
  EXPECT_EQ(rich.host(), "a");
  EXPECT_EQ(other.host(), "b");
  EXPECT_EQ(other.http_status(), 403);
  EXPECT_EQ(other.aws_code(), "AccessDenied");
  EXPECT_EQ(plain.api_status(), nullptr);
}

TEST(Error, AnswersQuestions) {
  EXPECT_TRUE(Error(Code::TooManyRequests, "").is_retryable());
  EXPECT_FALSE(Error(Code::Forbidden, "").is_retryable());
  EXPECT_TRUE(Error(Code::ConnectTimedOut, "").is_timeout());
  EXPECT_TRUE(Error(Code::Gone, "").is_gone());
  EXPECT_EQ(Error(Code::TooManyRequests, "").with_retry_after(std::chrono::seconds(2)).retry_after(),
            std::chrono::milliseconds(2000));
}

}  // namespace
}  // namespace keks
