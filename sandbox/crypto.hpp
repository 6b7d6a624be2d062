#pragma once

#include <string>
#include <string_view>

namespace keks::sandbox {

std::string hmac_sha256(std::string_view key, std::string_view message);  ///< 32 raw bytes
std::string random_bytes(std::size_t count);                              ///< from the system
/// Takes as long for any two texts of one length.
bool equal_in_constant_time(std::string_view a, std::string_view b);
/// `count` characters of `A-Z 2-7`, as AWS's ids are made of; `bytes` must hold at least as many.
std::string id_text(std::string_view bytes, std::size_t count);
std::string random_uuid();

}  // namespace keks::sandbox
