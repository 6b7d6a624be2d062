// What STS answers: no text may crash the reader, and no leaf may be longer than the text.
#include <cstdint>
#include <cstdlib>

#include "aws/xml.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  std::string_view text(reinterpret_cast<char const*>(data), size);
  auto leaves = keks::aws::XmlLeaves::read(text);
  if (!leaves) {
    if (leaves.error().message().empty()) std::abort();
    return 0;
  }
  for (auto path : {"ErrorResponse/Error/Code", "ErrorResponse/Error/Message",
                    "AssumeRoleResponse/AssumeRoleResult/Credentials/SecretAccessKey", ""})
    if (leaves->get(path).size() > size) std::abort();
  return 0;
}
