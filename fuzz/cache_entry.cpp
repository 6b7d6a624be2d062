// What lies in the cache's files: no text may crash the reader, and what it takes is written and read again alike.
#include "apps/keks/cache_entry.hpp"

#include <cstdint>
#include <cstdlib>

#include "apps/keks/authenticator_cache.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using namespace keks::cli;
  std::string_view text(reinterpret_cast<char const*>(data), size);
  auto theirs = read_authenticator_cache(text, "prod", "default", "", {});
  if (!theirs && theirs.error().message().empty()) std::abort();
  auto entry = read_cache_entry(text);
  if (!entry) {
    if (entry.error().message().empty()) std::abort();
    return 0;
  }
  auto again = read_cache_entry(write_cache_entry(*entry).reveal());
  if (!again || again->index() != entry->index()) std::abort();
  return 0;
}
