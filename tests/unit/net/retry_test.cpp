#include <gmock/gmock.h>
#include <keks/base/time.hpp>
#include <keks/net/retry.hpp>

#include "support.hpp"

namespace keks::net::test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

Error const kBusy(Code::ServerError, "busy");

TEST(NextDelay, GrowsExponentiallyUpToTheMost) {
  RetryPolicy policy{.max_attempts = 10, .first_delay = milliseconds(100), .max_delay = milliseconds(500), .factor = 2};
  EXPECT_EQ(next_delay(policy, 1, kBusy, 0.5), milliseconds(50));
  EXPECT_EQ(next_delay(policy, 2, kBusy, 0.5), milliseconds(100));
  EXPECT_EQ(next_delay(policy, 3, kBusy, 0.5), milliseconds(200));
  EXPECT_EQ(next_delay(policy, 4, kBusy, 0.5), milliseconds(250));
  EXPECT_EQ(next_delay(policy, 9, kBusy, 0.5), milliseconds(250));
}

TEST(NextDelay, HasFullJitter) {
  RetryPolicy policy;
  EXPECT_EQ(next_delay(policy, 1, kBusy, 0.0), milliseconds(0));
  EXPECT_EQ(next_delay(policy, 1, kBusy, 0.999), milliseconds(99));
}

TEST(NextDelay, DoesWhatTheServerAsksFor) {
  RetryPolicy policy;
  EXPECT_EQ(next_delay(policy, 1, kBusy.with_retry_after(seconds(77)), 0.1), seconds(77));
  EXPECT_EQ(next_delay(policy, 1, kBusy.with_retry_after(milliseconds(0)), 0.9), milliseconds(0));
}

TEST(NextDelay, EndsWithTheAttempts) {
  RetryPolicy policy{.max_attempts = 3};
  EXPECT_TRUE(next_delay(policy, 2, kBusy, 0.5));
  EXPECT_FALSE(next_delay(policy, 3, kBusy, 0.5));
  EXPECT_FALSE(next_delay(policy, 3, kBusy.with_retry_after(seconds(1)), 0.5));
}

TEST(NextDelay, LeavesFinalErrorsAlone) {
  EXPECT_FALSE(next_delay({}, 1, Error(Code::Forbidden, "no"), 0.5));
  EXPECT_FALSE(next_delay({}, 1, Error(Code::DeadlineExceeded, "late"), 0.5));
}

TEST(NextDelay, DoesNotOverflowAfterManyAttempts) {
  RetryPolicy policy{.max_attempts = 1 << 20};
  EXPECT_EQ(next_delay(policy, 100'000, kBusy, 0.5), policy.max_delay / 2);
}

/// Notes the waits instead of waiting.
class FakeClock final : public Clock {
 public:
  WallTime wall() const override { return {}; }
  Result<void> sleep(milliseconds span, Deadline const& deadline) const override {
    if (deadline.remaining() < span) return fail(Code::DeadlineExceeded, "too late");
    slept.push_back(span);
    return {};
  }
  mutable std::vector<milliseconds> slept;
};

TEST(WithRetry, GoesOnUntilItSucceeds) {
  FakeClock clock;
  int calls = 0;
  auto result = with_retry({}, clock, Deadline::never(), [&]() -> Result<int> {
    if (++calls < 3) return fail(kBusy.with_retry_after(seconds(calls)));
    return 7;
  });
  EXPECT_EQ(*result, 7);
  EXPECT_THAT(clock.slept, testing::ElementsAre(seconds(1), seconds(2)));
}

TEST(WithRetry, ReturnsTheLastErrorWhenTheDeadlineIsNearerThanTheWait) {
  FakeClock clock;
  auto result = with_retry({}, clock, Deadline::after(seconds(5)),
                           []() -> Result<int> { return fail(kBusy.with_retry_after(seconds(60))); });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code(), Code::ServerError);
  EXPECT_TRUE(clock.slept.empty());
}

TEST(RandomUnit, StaysInItsIntervalAndVaries) {
  double least = 1, most = 0;
  for (int i = 0; i < 1000; ++i) {
    double r = random_unit();
    least = std::min(least, r);
    most = std::max(most, r);
  }
  EXPECT_GE(least, 0.0);
  EXPECT_LT(most, 1.0);
  EXPECT_LT(least, 0.1);
  EXPECT_GT(most, 0.9);
}

struct RetryAfterRow {
  char const* text;
  std::optional<milliseconds> wait;
};
class RetryAfter : public testing::TestWithParam<RetryAfterRow> {};

TEST_P(RetryAfter, IsRead) {
  auto now = *parse_http_date("Thu, 27 Apr 2023 21:13:20 GMT");
  EXPECT_EQ(parse_retry_after(GetParam().text, now), GetParam().wait);
}

INSTANTIATE_TEST_SUITE_P(Rows, RetryAfter,
                         testing::Values(RetryAfterRow{"0", milliseconds(0)}, RetryAfterRow{"1", seconds(1)},
                                         RetryAfterRow{"86400", seconds(86'400)},
                                         RetryAfterRow{"86401", seconds(86'400)},
                                         RetryAfterRow{"Thu, 27 Apr 2023 21:13:50 GMT", seconds(30)},
                                         RetryAfterRow{"Thu, 27 Apr 2023 21:00:00 GMT", milliseconds(0)},
                                         RetryAfterRow{"Thu, 27 Apr 2028 21:00:00 GMT", seconds(86'400)},
                                         RetryAfterRow{"", std::nullopt}, RetryAfterRow{"-1", std::nullopt},
                                         RetryAfterRow{"-0", std::nullopt}, RetryAfterRow{"+1", std::nullopt},
                                         RetryAfterRow{"1.5", std::nullopt}, RetryAfterRow{" 1", std::nullopt},
                                         RetryAfterRow{"1 ", std::nullopt}, RetryAfterRow{"0x10", std::nullopt},
                                         RetryAfterRow{"99999999999999999999", seconds(86'400)},
                                         RetryAfterRow{"soon", std::nullopt}));

}  // namespace
}  // namespace keks::net::test
