#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/base/encoding.hpp>

#include "sandbox/lambda_ids.hpp"
#include "sandbox/lambda_log.hpp"

namespace keks::sandbox {
namespace {

using namespace std::chrono_literals;

TEST(InvocationLog, JoinsPiecesAndEndsTheLastLine) {
  std::vector<std::string> seen;
  InvocationLog log([&](std::string_view line) { seen.emplace_back(line); });
  log.output("a");
  log.output("b\n\nc");
  log.line("START");
  log.end_output();
  EXPECT_THAT(seen, testing::ElementsAre("ab", "", "START", "c"));
  EXPECT_EQ(log.take(), "ab\n\nSTART\nc\n");
  EXPECT_EQ(log.take(), "");
}

TEST(InvocationLog, IsBoundedAndKeepsTheEnd) {
  InvocationLog log(nullptr);
  std::string piece(1 << 20, 'x');
  for (int i = 0; i < 40; ++i) log.output(piece);
  log.output("\nthe end\n");
  auto text = log.take();
  EXPECT_LE(text.size(), 17u << 20);
  EXPECT_TRUE(text.ends_with("\nthe end\n"));
}

TEST(Report, HasLambdasFieldsBetweenTabs) {
  EXPECT_EQ((Report{"id", 1.2301ms, 12.3449ms, 256, 8, ""}.text()),
            "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 14 ms\tMemory Size: 256 MB\t"
            "Max Memory Used: 8 MB\tInit Duration: 12.34 ms");
  EXPECT_EQ((Report{"id", 2ms, std::nullopt, 128, 1, "timeout"}.text()),
            "REPORT RequestId: id\tDuration: 2.00 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\t"
            "Max Memory Used: 1 MB\tStatus: timeout");
}

TEST(LogTail, IsTheLastFourKilobytes) {
  EXPECT_EQ(base64_decode(log_tail("short\n")), "short\n");
  EXPECT_EQ(base64_decode(log_tail(std::string(9000, 'a') + "z")), std::string(4095, 'a') + "z");
}

TEST(LambdaTexts, AreThoseOfLambda) {
  EXPECT_EQ(timeout_text(WallTime(1'700'000'000'123ms), "id", 3s),
            "2023-11-14T22:13:20.123Z id Task timed out after 3.00 seconds");
  EXPECT_EQ(exit_text("id", "signal: killed"), "RequestId: id Error: Runtime exited with error: signal: killed");
  EXPECT_EQ(exit_text("id", ""), "RequestId: id Error: Runtime exited without providing a reason");
}

TEST(LambdaIds, HaveTheirForms) {
  EXPECT_THAT(make_request_id(),
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"));
  EXPECT_NE(make_request_id(), make_request_id());
  EXPECT_THAT(make_trace_id(WallTime(1'700'000'000s)),
              testing::MatchesRegex("Root=1-6553f100-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0"));
  EXPECT_THAT(log_stream_name(WallTime(1'700'000'000s)),
              testing::MatchesRegex("2023/11/14/\\[\\$LATEST\\][0-9a-f]{32}"));
}

}  // namespace
}  // namespace keks::sandbox
