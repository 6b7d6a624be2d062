#include "sandbox/selector.hpp"

#include <algorithm>

#include "base/format.hpp"

namespace keks::sandbox {

Selector::Term Selector::parse_term(std::string_view text) {
  if (text.starts_with('!')) return {std::string(text.substr(1)), "", Relation::Absent};
  auto equals = text.find('=');
  if (equals == std::string_view::npos) return {std::string(text), "", Relation::Present};
  bool differs = equals > 0 && text[equals - 1] == '!';
  auto value = text.substr(equals + (text.substr(equals).starts_with("==") ? 2 : 1));
  return {std::string(text.substr(0, equals - (differs ? 1 : 0))), std::string(value),
          differs ? Relation::NotEqual : Relation::Equal};
}

Result<Selector> Selector::parse(std::string_view text) {
  Selector selector;
  while (!text.empty()) {
    auto part = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), part.size() + 1));
    auto term = parse_term(part);
    if (term.name.empty() || part.find_first_of(" ()<>") != std::string_view::npos || selector.terms_.size() == 64)
      return fail(
          Code::BadRequest,
          format("unable to parse requirement \"{}\": the sandbox knows =, ==, != and presence", part.substr(0, 128)));
    selector.terms_.push_back(std::move(term));
  }
  return selector;
}

bool Selector::matches(Lookup const& lookup) const {
  return std::ranges::all_of(terms_, [&](Term const& term) {
    auto value = lookup(term.name);
    switch (term.relation) {
      case Relation::Equal:
        return value == term.value;
      case Relation::NotEqual:
        return value != term.value;
      case Relation::Present:
        return value.has_value();
      case Relation::Absent:
        return !value.has_value();
    }
    return false;
  });
}

std::vector<std::string> Selector::names() const {
  std::vector<std::string> names;
  for (auto const& term : terms_) names.push_back(term.name);
  return names;
}

}  // namespace keks::sandbox
