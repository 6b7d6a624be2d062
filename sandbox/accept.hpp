#pragma once

#include <optional>
#include <string_view>

namespace keks::sandbox {

enum class MediaType { Json, Table };

/// The first media type of an `Accept` header that the server can answer in; JSON when there is no header.
/// Nothing when none will do.
std::optional<MediaType> negotiate(std::string_view accept, bool tables);

}  // namespace keks::sandbox
