#pragma once

#include <string>
#include <string_view>

#include "sandbox/reply.hpp"

namespace keks::sandbox {

/// What a `Status` tells beyond its code and message.
struct StatusDetails {
  std::string name{}, kind{}, continue_token{};
  int retry_after_seconds = 0;  ///< 0: none
};

Reply json_reply(int status, std::string body);
/// A `Status` with the reason that belongs to its code.
Reply status_reply(int code, std::string_view message, StatusDetails const& details = {});

}  // namespace keks::sandbox
