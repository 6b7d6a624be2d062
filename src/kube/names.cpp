#include <keks/kube/names.hpp>

#include <algorithm>

#include "base/ascii.hpp"

namespace keks::kube {
namespace {

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_lower_alnum(char c) { return is_lower(c) || is_digit(c); }
bool is_lower_alnum_dash(char c) { return is_lower_alnum(c) || c == '-'; }
bool is_alnum_dash(char c) { return is_alnum(c) || c == '-'; }
bool is_key_letter(char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.'; }
bool is_identifier_letter(char c) { return is_alnum(c) || c == '_'; }

bool all(std::string_view text, bool (*of)(char)) { return !text.empty() && std::ranges::all_of(text, of); }

/// `inner` throughout, `edge` at both ends.
bool framed(std::string_view text, bool (*edge)(char), bool (*inner)(char)) {
  return all(text, inner) && edge(text.front()) && edge(text.back());
}

bool is_label(std::string_view text) { return framed(text, is_lower_alnum, is_lower_alnum_dash); }

/// Labels and dots, of any length.
bool is_domain(std::string_view text) {
  for (;;) {
    auto dot = text.find('.');
    if (!is_label(text.substr(0, dot))) return false;
    if (dot == text.npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_qualified_part(std::string_view text) { return text.size() <= 63 && framed(text, is_alnum, is_key_letter); }

/// What a volume could not have as a file's name.
bool is_dotted(std::string_view text) { return text == "." || text.starts_with(".."); }

}  // namespace

bool is_dns1123_label(std::string_view text) { return text.size() <= 63 && is_label(text); }

bool is_dns1123_subdomain(std::string_view text) { return text.size() <= 253 && is_domain(text); }

bool is_dns1035_label(std::string_view text) { return is_dns1123_label(text) && is_lower(text.front()); }

bool is_wildcard_dns1123_subdomain(std::string_view text) {
  return text.size() <= 253 && text.starts_with("*.") && is_domain(text.substr(2));
}

bool is_label_key(std::string_view text) {
  auto slash = text.find('/');
  if (slash == text.npos) return is_qualified_part(text);
  return is_dns1123_subdomain(text.substr(0, slash)) && is_qualified_part(text.substr(slash + 1));
}

bool is_label_value(std::string_view text) { return text.empty() || is_qualified_part(text); }

bool is_config_map_key(std::string_view text) {
  return text.size() <= 253 && all(text, is_key_letter) && !is_dotted(text);
}

bool is_port_name(std::string_view text) {
  return text.size() <= 15 && is_label(text) && text.find("--") == text.npos && std::ranges::any_of(text, is_lower);
}

bool is_env_var_name(std::string_view text) {
  return all(text, is_key_letter) && !is_digit(text.front()) && !is_dotted(text);
}

bool is_http_header_name(std::string_view text) { return all(text, is_alnum_dash); }

bool is_c_identifier(std::string_view text) { return all(text, is_identifier_letter) && !is_digit(text.front()); }

bool is_percent(std::string_view text) { return text.ends_with('%') && all(text.substr(0, text.size() - 1), is_digit); }

bool is_path_segment(std::string_view text) {
  return text != "." && text != ".." && text.find_first_of("/%") == text.npos;
}

}  // namespace keks::kube
