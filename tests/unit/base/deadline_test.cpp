#include <gtest/gtest.h>
#include <keks/base/deadline.hpp>

namespace keks {
namespace {

using std::chrono::milliseconds;

TEST(Deadline, IsNeverWhenTheSpanIsMoreThanTheClockCanCount) {
  EXPECT_TRUE(Deadline::after(milliseconds::max()).is_never());
  EXPECT_TRUE(Deadline::after(std::chrono::hours(24 * 365 * 300)).is_never());
  EXPECT_TRUE(Deadline::never().at_most(milliseconds::max()).is_never());
  EXPECT_FALSE(Deadline::after(std::chrono::hours(24 * 365 * 100)).is_never());
}

TEST(Deadline, StaysWhatItIsUnderALongerSpan) {
  auto when = Deadline::Clock::now() + std::chrono::hours(1);
  EXPECT_EQ(Deadline::at(when).at_most(milliseconds::max()).when(), when);
}

TEST(Deadline, IsOverWhenTheSpanIsBelowZero) {
  EXPECT_TRUE(Deadline::after(milliseconds::min()).expired());
  EXPECT_TRUE(Deadline::never().at_most(milliseconds(-1)).expired());
}

}  // namespace
}  // namespace keks
