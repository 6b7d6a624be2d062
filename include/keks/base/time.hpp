#pragma once

#include <keks/base/clock.hpp>

#include <string>
#include <string_view>

namespace keks {

std::string format_amz_date(WallTime t);        ///< `20230427T211320Z`
std::string format_rfc3339(WallTime t);         ///< `2023-04-27T21:13:20Z`, whole seconds
std::string format_rfc3339_millis(WallTime t);  ///< `2023-04-27T21:13:20.123Z`
std::string format_http_date(WallTime t);       ///< `Thu, 27 Apr 2023 21:13:20 GMT`

/// *Errors (all three):* `InvalidArgument`.
Result<WallTime> parse_amz_date(std::string_view text);
/// Offsets and fractions are taken; a fraction is truncated to microseconds. Years after 2261, which the clock cannot
/// count, are read as that year.
Result<WallTime> parse_rfc3339(std::string_view text);
Result<WallTime> parse_http_date(std::string_view text);

}  // namespace keks
