#pragma once

#include <keks/base/clock.hpp>

#include <string>

namespace keks::sandbox {

std::string random_hex(std::size_t bytes);  ///< lower case, two digits a byte, from the system
std::string make_request_id();              ///< a UUID, version 4
std::string make_trace_id(WallTime now);    ///< `Root=1-5759e988-bd862e3fe1be46a994272793;Parent=...;Sampled=0`
std::string log_stream_name(WallTime now);  ///< `2026/11/24/[$LATEST]` and 32 hex digits

}  // namespace keks::sandbox
