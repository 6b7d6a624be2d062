#include "sandbox/hosts.hpp"

#include <keks/aws/endpoint.hpp>

namespace keks::sandbox {

std::string sts_region(std::string_view host, std::string_view otherwise) {
  host = host.substr(0, host.find(':'));
  if (host == "sts.amazonaws.com") return "us-east-1";
  for (std::string_view prefix : {"sts.", "sts-fips."})
    if (host.starts_with(prefix)) {
      host.remove_prefix(prefix.size());
      return std::string(host.substr(0, host.find('.')));
    }
  return std::string(otherwise);
}

bool is_sts_host(std::string_view host, std::string const& region) {
  if (host == "sts.amazonaws.com") return true;
  for (bool fips : {false, true})
    for (bool dual_stack : {false, true}) {
      auto endpoint = aws::endpoint("sts", {.region = region, .fips = fips, .dual_stack = dual_stack});
      if (endpoint && endpoint->url.host == host) return true;
    }
  return false;
}

}  // namespace keks::sandbox
