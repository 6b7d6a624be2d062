#pragma once

#include <string>

namespace keks::cli::doctor {

/// An address that no one outside of its own network reaches: RFC 1918, 100.64.0.0/10, fc00::/7, fe80::/10. Loopback is
/// not among them.
bool is_private(std::string const& ip);

}  // namespace keks::cli::doctor
