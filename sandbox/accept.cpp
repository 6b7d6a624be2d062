#include "sandbox/accept.hpp"

#include <algorithm>
#include <string>

namespace keks::sandbox {
namespace {

std::optional<MediaType> media_type(std::string_view part, bool tables) {
  std::string text;
  std::ranges::remove_copy_if(part, std::back_inserter(text), [](char c) { return c == ' ' || c == '\t'; });
  auto type = text.substr(0, text.find(';'));
  auto parameters = text.substr(type.size()) + ";";
  if (type != "application/json" && type != "application/*" && type != "*/*") return std::nullopt;
  auto has = [&](char const* parameter) { return parameters.find(parameter) != std::string::npos; };
  if (!has(";as=")) return MediaType::Json;
  if (tables && has(";as=Table;") && has(";v=v1;") && has(";g=meta.k8s.io;")) return MediaType::Table;
  return std::nullopt;
}

}  // namespace

std::optional<MediaType> negotiate(std::string_view accept, bool tables) {
  if (accept.empty()) return MediaType::Json;
  while (!accept.empty()) {
    auto part = accept.substr(0, accept.find(','));
    accept.remove_prefix(std::min(accept.size(), part.size() + 1));
    if (auto type = media_type(part, tables)) return type;
  }
  return std::nullopt;
}

}  // namespace keks::sandbox
