#pragma once

#include <string>
#include <string_view>

namespace keks::sandbox {

/// The region that an STS host stands for (`sts.eu-west-1.amazonaws.com`; the global one is us-east-1's);
/// `otherwise` for any other host. `host` may carry a port.
std::string sts_region(std::string_view host, std::string_view otherwise);

/// Whether the host is one that AWS has for STS in that region.
bool is_sts_host(std::string_view host, std::string const& region);

}  // namespace keks::sandbox
