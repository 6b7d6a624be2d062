#include "lambda/logging.hpp"

#include <gtest/gtest.h>
#include <keks/base/json.hpp>

#include <boost/json.hpp>
#include <vector>

namespace keks::lambda {
namespace {

LogSettings settings(std::string format, std::string level) {
  return LogSettings::from(Environment(
      Environment::Map{{"AWS_LAMBDA_LOG_FORMAT", std::move(format)}, {"AWS_LAMBDA_LOG_LEVEL", std::move(level)}}));
}

TEST(LogSettings, FollowLambdasVariablesWithoutRegardToCase) {
  EXPECT_TRUE(settings("JSON", "").json);
  EXPECT_TRUE(settings("json", "").json);
  EXPECT_FALSE(settings("Text", "").json);
  EXPECT_FALSE(settings("xml", "").json);
  EXPECT_EQ(settings("", "").level, LogLevel::Info);
  EXPECT_EQ(settings("", "loud").level, LogLevel::Info);
  EXPECT_EQ(settings("", "trace").level, LogLevel::Trace);
  EXPECT_EQ(settings("", "FATAL").level, LogLevel::Fatal);
}

TEST(TextLine, IsTheMessageAndNamesOnlyOtherLevels) {
  EXPECT_EQ(text_line(LogLevel::Info, "There are 31 pods in the cluster"), "There are 31 pods in the cluster");
  EXPECT_EQ(text_line(LogLevel::Error, "Function.NotFound: x"), "ERROR Function.NotFound: x");
}

TEST(TextLine, CannotBecomeTwo) { EXPECT_EQ(text_line(LogLevel::Info, "a\nEND\r\xff"), "a\\nEND\\r\\xff"); }

TEST(JsonLine, HasLambdasKeysAndLeavesOutEmptyOnes) {
  WallTime when(std::chrono::milliseconds(1'700'000'000'123));
  EXPECT_EQ(json_line(when, LogLevel::Warn, "a \"b\"", {"id", "arn", "tenant"}),
            R"({"timestamp":"2023-11-14T22:13:20.123Z","level":"WARN","message":"a \"b\"","requestId":"id",)"
            R"("functionArn":"arn","tenantId":"tenant"})");
  EXPECT_EQ(json_line(when, LogLevel::Info, "x", {}),
            R"({"timestamp":"2023-11-14T22:13:20.123Z","level":"INFO","message":"x"})");
}

TEST(JsonLine, ParsesWhateverTheMessageIs) {
  auto line = json_line({}, LogLevel::Info, std::string_view("\0\n\xff\"\\", 5), {});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_TRUE(parse_json(line)) << line;
}

TEST(Log, DropsLinesBelowItsLevel) {
  std::vector<std::string> lines;
  auto log = make_log(settings("", "WARN"), {}, [&](std::string_view line) { lines.emplace_back(line); });
  log(LogLevel::Info, "quiet");
  log(LogLevel::Warn, "loud");
  EXPECT_EQ(lines, std::vector<std::string>{"WARN loud"});
}

}  // namespace
}  // namespace keks::lambda
