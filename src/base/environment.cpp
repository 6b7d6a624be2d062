#include <keks/base/environment.hpp>

#include <unistd.h>

namespace keks {

Environment Environment::of_process() {
  Map variables;
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string_view text = *entry;
    auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    variables.try_emplace(std::string(text.substr(0, equals)), text.substr(equals + 1));
  }
  return Environment(std::move(variables));
}

std::optional<std::string> Environment::get(std::string_view name) const {
  auto found = variables_.find(name);
  if (found == variables_.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

std::optional<std::string> Environment::first(std::initializer_list<std::string_view> names) const {
  for (auto name : names)
    if (auto value = get(name)) return value;
  return std::nullopt;
}

}  // namespace keks
