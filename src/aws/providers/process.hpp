#pragma once

#include <keks/base/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace keks::aws {

/// The words of a command line by the quoting rules of a POSIX shell, of which no other rule holds: nothing is
/// expanded, and `|`, `>` and `#` are letters. *Errors:* `ConfigMalformed`: a quote is not closed, or a backslash ends
/// the line.
Result<std::vector<std::string>> split_words(std::string_view line);

}  // namespace keks::aws
