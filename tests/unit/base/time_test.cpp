#include <gtest/gtest.h>
#include <keks/base/time.hpp>

namespace keks {
namespace {

WallTime at(long seconds) { return WallTime(std::chrono::seconds(seconds)); }

TEST(Time, FormatsTheMomentOfTheGoldenToken) {
  EXPECT_EQ(format_amz_date(at(1682640000)), "20230428T000000Z");
  EXPECT_EQ(format_rfc3339(at(1682640000)), "2023-04-28T00:00:00Z");
  EXPECT_EQ(format_http_date(at(1682640000)), "Fri, 28 Apr 2023 00:00:00 GMT");
  EXPECT_EQ(format_rfc3339_millis(at(0) + std::chrono::milliseconds(7)), "1970-01-01T00:00:00.007Z");
}

TEST(Time, ReadsBackWhatItWrites) {
  for (long s : {0L, 951782400L, 1709164799L, 4102444800L}) {
    EXPECT_EQ(parse_amz_date(format_amz_date(at(s))), at(s));
    EXPECT_EQ(parse_rfc3339(format_rfc3339(at(s))), at(s));
    EXPECT_EQ(parse_http_date(format_http_date(at(s))), at(s));
  }
}

TEST(Time, TakesOffsetsAndFractions) {
  EXPECT_EQ(parse_rfc3339("2023-04-28T02:00:00.25+02:00"), at(1682640000) + std::chrono::milliseconds(250));
  EXPECT_EQ(parse_rfc3339("2023-04-27T22:30:00-01:30"), at(1682640000));
}

TEST(Time, RefusesWhatIsNoTime) {
  for (auto text :
       {"", "20230431T000000Z", "20230428T240000Z", "20230428T000000", "20230428T000000Zx", "2023-0428T00Z"})
    EXPECT_FALSE(parse_amz_date(text)) << text;
  for (auto text :
       {"2023-04-28 00:00:00Z", "2023-04-28T00:00:00", "2023-04-28T00:00:00.Z", "2023-04-28T00:00:00+25:00"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  EXPECT_FALSE(parse_http_date("Fri, 28 Apr 2023 00:00:00 CET"));
}

TEST(Time, RefusesYearsThatTheClockCannotCount) {
  for (auto text : {"0001-01-01T00:00:00Z", "1700-01-01T00:00:00Z", "1899-12-31T23:59:59Z"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  EXPECT_FALSE(parse_http_date("Fri, 01 Jan 1700 00:00:00 GMT"));
  EXPECT_TRUE(parse_rfc3339("1900-01-01T00:00:00Z"));
  EXPECT_TRUE(parse_rfc3339("2261-12-31T23:59:59Z"));
}

TEST(Time, ReadsAYearBeyondTheClockAsItsLast) {
  for (auto text : {"2262-12-31T23:59:59Z", "9999-12-31T23:59:59Z"}) {
    auto read = parse_rfc3339(text);
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(format_rfc3339(*read), "2261-12-31T23:59:59Z");
  }
}

}  // namespace
}  // namespace keks
