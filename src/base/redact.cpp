#include "base/redact.hpp"

namespace keks {

std::string without(std::string_view secret, std::string_view text) {
  if (secret.empty()) return std::string(text);
  std::string out;
  for (auto at = text.find(secret); at != text.npos; at = text.find(secret)) {
    out.append(text.substr(0, at)).append("***");
    text.remove_prefix(at + secret.size());
  }
  return out.append(text);
}

}  // namespace keks
