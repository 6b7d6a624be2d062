#include <keks/base/time.hpp>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/format.hpp"

namespace keks {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

constexpr int kLastYear = 2261;

struct Parts {
  int year;
  unsigned month, day, weekday;
  long hour, minute, second, millisecond;
};

Parts parts(WallTime t) {
  auto day = floor<days>(t);
  year_month_day date(day);
  hh_mm_ss clock(floor<milliseconds>(t - day));
  return {int(date.year()),      unsigned(date.month()),  unsigned(date.day()),    weekday(day).c_encoding(),
          clock.hours().count(), clock.minutes().count(), clock.seconds().count(), clock.subseconds().count()};
}

/// Reads fixed-width text field by field; one flag says whether all of it fitted.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int digits(std::size_t count) {
    int value = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (rest_.empty() || rest_[0] < '0' || rest_[0] > '9') return ok_ = false, 0;
      value = value * 10 + (rest_[0] - '0');
      rest_.remove_prefix(1);
    }
    return value;
  }
  Reader& literal(std::string_view text) {
    if (rest_.starts_with(text))
      rest_.remove_prefix(text.size());
    else
      ok_ = false;
    return *this;
  }
  template <std::size_t N>
  unsigned one_of(std::array<std::string_view, N> const& words) {
    for (unsigned i = 0; i < N; ++i)
      if (rest_.starts_with(words[i])) return rest_.remove_prefix(words[i].size()), i;
    return ok_ = false, 0;
  }
  microseconds fraction() {
    if (rest_.empty() || rest_[0] != '.') return microseconds(0);
    rest_.remove_prefix(1);
    long value = 0, digits = 0;
    for (; !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; rest_.remove_prefix(1), ++digits)
      if (digits < 6) value = value * 10 + (rest_[0] - '0');
    if (digits == 0) ok_ = false;
    for (; digits < 6; ++digits) value *= 10;
    return microseconds(value);
  }
  minutes offset() {
    if (rest_ == "Z") return rest_ = {}, minutes(0);
    int sign = rest_.starts_with('-') ? -1 : 1;
    if (rest_.empty() || (rest_[0] != '+' && rest_[0] != '-')) return ok_ = false, minutes(0);
    rest_.remove_prefix(1);
    int h = digits(2);
    int m = literal(":").digits(2);
    if (h > 23 || m > 59) ok_ = false;
    return sign * minutes(h * 60 + m);
  }
  bool done() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

Result<WallTime> build(bool fitted, int y, int mo, int d, int h, int mi, int s, std::string_view what,
                       std::string_view text) {
  year_month_day date{year(y), month(unsigned(mo)), day(unsigned(d))};
  // The wall clock counts nanoseconds in 64 bits, which end in 2262; two times far apart must have a difference too.
  bool in_range = y >= 1900 && y <= kLastYear;
  if (!fitted || !in_range || !date.ok() || h > 23 || mi > 59 || s > 60)
    return fail(Code::InvalidArgument, format("\"{}\" is no {}", text.substr(0, 64), what));
  return WallTime(sys_days(date) + hours(h) + minutes(mi) + seconds(s));
}

}  // namespace

std::string format_amz_date(WallTime t) {
  auto p = parts(t);
  return format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", p.year, p.month, p.day, p.hour, p.minute, p.second);
}

std::string format_rfc3339(WallTime t) {
  auto p = parts(t);
  return format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", p.year, p.month, p.day, p.hour, p.minute, p.second);
}

std::string format_rfc3339_millis(WallTime t) {
  auto p = parts(t);
  return format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", p.year, p.month, p.day, p.hour, p.minute, p.second,
                p.millisecond);
}

std::string format_http_date(WallTime t) {
  auto p = parts(t);
  return format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[p.weekday], p.day, kMonths[p.month - 1], p.year,
                p.hour, p.minute, p.second);
}

Result<WallTime> parse_amz_date(std::string_view text) {
  Reader in(text);
  int y = in.digits(4), mo = in.digits(2), d = in.digits(2);
  int h = in.literal("T").digits(2), mi = in.digits(2), s = in.digits(2);
  in.literal("Z");
  return build(in.done(), y, mo, d, h, mi, s, "time like 20060102T150405Z", text);
}

Result<WallTime> parse_rfc3339(std::string_view text) {
  Reader in(text);
  // Who writes 9999 means that it never ends.
  int y = std::min(in.digits(4), kLastYear), mo = in.literal("-").digits(2), d = in.literal("-").digits(2);
  int h = in.literal("T").digits(2), mi = in.literal(":").digits(2), s = in.literal(":").digits(2);
  auto fraction = in.fraction();
  auto offset = in.offset();
  auto whole = build(in.done(), y, mo, d, h, mi, s, "RFC 3339 time", text);
  if (whole) *whole += fraction - offset;
  return whole;
}

Result<WallTime> parse_http_date(std::string_view text) {
  Reader in(text);
  in.one_of(kDays);
  int d = in.literal(", ").digits(2);
  int mo = int(in.literal(" ").one_of(kMonths)) + 1;
  int y = in.literal(" ").digits(4);
  int h = in.literal(" ").digits(2), mi = in.literal(":").digits(2), s = in.literal(":").digits(2);
  in.literal(" GMT");
  return build(in.done(), y, mo, d, h, mi, s, "HTTP date", text);
}

}  // namespace keks
