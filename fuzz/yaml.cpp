// A configuration file: no text may crash the reader, and what it reads is written so that it reads the same again.
#include <boost/json.hpp>
#include <cstdint>
#include <cstdlib>

#include "base/yaml.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  auto value = keks::yaml_to_json({reinterpret_cast<char const*>(data), size});
  if (!value) {
    if (value.error().message().empty()) std::abort();
    return 0;
  }
  auto again = keks::yaml_to_json(keks::json_to_yaml(*value));
  if (!again || *again != *value) std::abort();
  return 0;
}
