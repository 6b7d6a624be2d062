#include "sandbox/query.hpp"

#include <keks/base/encoding.hpp>

#include <algorithm>

#include "base/try.hpp"

namespace keks::sandbox {
namespace {

Result<std::string> decode(std::string_view text, Parameters::Plus plus) {
  if (plus == Parameters::Plus::Literal) return percent_decode(text);
  std::string blanks(text);
  std::replace(blanks.begin(), blanks.end(), '+', ' ');
  return percent_decode(blanks);
}

}  // namespace

Result<Parameters> Parameters::parse(std::string_view text, Plus plus) {
  Parameters parameters;
  while (!text.empty()) {
    auto pair = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(text.size(), pair.size() + 1));
    if (pair.empty()) continue;
    if (parameters.pairs_.size() == 64) return fail(Code::InvalidArgument, "more than 64 parameters");
    auto equals = std::min(pair.find('='), pair.size());
    KEKS_TRY(auto name, decode(pair.substr(0, equals), plus));
    KEKS_TRY(auto value, decode(pair.substr(std::min(pair.size(), equals + 1)), plus));
    parameters.pairs_.emplace_back(std::move(name), std::move(value));
  }
  return parameters;
}

std::string Parameters::get(std::string_view name) const {
  auto at = std::ranges::find(pairs_, name, &Pair::first);
  return at == pairs_.end() ? std::string() : at->second;
}

std::size_t Parameters::count(std::string_view name) const {
  return static_cast<std::size_t>(std::ranges::count(pairs_, name, &Pair::first));
}

void Parameters::remove(std::string_view name) {
  std::erase_if(pairs_, [&](Pair const& pair) { return pair.first == name; });
}

}  // namespace keks::sandbox
