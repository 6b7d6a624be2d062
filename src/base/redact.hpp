#pragma once

#include <string>
#include <string_view>

namespace keks {

/// `text` with `***` in every place of `secret`; an empty secret is nowhere.
std::string without(std::string_view secret, std::string_view text);

}  // namespace keks
