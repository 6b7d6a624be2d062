#include "apps/keks/doctor/address.hpp"

#include <arpa/inet.h>

namespace keks::cli::doctor {

bool is_private(std::string const& ip) {
  in6_addr six{};
  if (inet_pton(AF_INET6, ip.c_str(), &six) == 1)
    return (six.s6_addr[0] & 0xfe) == 0xfc || (six.s6_addr[0] == 0xfe && (six.s6_addr[1] & 0xc0) == 0x80);
  in_addr four{};
  if (inet_pton(AF_INET, ip.c_str(), &four) != 1) return false;
  auto address = ntohl(four.s_addr);
  return address >> 24 == 10 || address >> 20 == 0xac1 || address >> 16 == 0xc0a8 || address >> 22 == 0x191;
}

}  // namespace keks::cli::doctor
