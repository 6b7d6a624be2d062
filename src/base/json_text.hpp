#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>

namespace keks {

/// A string member; empty when it is absent or of another type.
inline std::string_view text_of(boost::json::object const& object, std::string_view name) {
  auto const* found = object.if_contains(name);
  return found && found->is_string() ? std::string_view(found->get_string()) : std::string_view();
}

}  // namespace keks
