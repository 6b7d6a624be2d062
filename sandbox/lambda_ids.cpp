#include "sandbox/lambda_ids.hpp"

#include <sys/random.h>
#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>

#include <array>

#include "base/format.hpp"

namespace keks::sandbox {

std::string random_hex(std::size_t bytes) {
  std::array<unsigned char, 32> random{};
  // Up to 256 bytes come whole or not at all.
  (void)!::getrandom(random.data(), random.size(), 0);
  return hex(std::span(random).first(std::min(bytes, random.size())));
}

std::string make_request_id() {
  auto digits = random_hex(16);
  digits[12] = '4';
  // The variant of RFC 4122: one of 8, 9, a, b.
  digits[16] = "89ab"[static_cast<unsigned char>(digits[16]) % 4];
  std::string_view d = digits;
  return format("{}-{}-{}-{}-{}", d.substr(0, 8), d.substr(8, 4), d.substr(12, 4), d.substr(16, 4), d.substr(20));
}

std::string make_trace_id(WallTime now) {
  auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  return format("Root=1-{:08x}-{};Parent={};Sampled=0", seconds, random_hex(12), random_hex(8));
}

std::string log_stream_name(WallTime now) {
  auto day = format_rfc3339(now);
  return format("{}/{}/{}/[$LATEST]{}", day.substr(0, 4), day.substr(5, 2), day.substr(8, 2), random_hex(16));
}

}  // namespace keks::sandbox
