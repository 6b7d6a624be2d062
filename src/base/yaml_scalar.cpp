#include "base/yaml_scalar.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "base/ascii.hpp"

namespace keks {
namespace {

namespace json = boost::json;

bool is_one_of(std::string_view text, std::span<std::string_view const> words) {
  return std::ranges::find(words, text) != words.end();
}

std::optional<json::value> word(std::string_view text) {
  static constexpr std::array<std::string_view, 5> nulls{"", "~", "null", "Null", "NULL"};
  static constexpr std::array<std::string_view, 11> truths{"y",    "Y",    "yes", "Yes", "YES", "true",
                                                           "True", "TRUE", "on",  "On",  "ON"};
  static constexpr std::array<std::string_view, 11> lies{"n",     "N",     "no",  "No",  "NO", "false",
                                                         "False", "FALSE", "off", "Off", "OFF"};
  static constexpr std::array<std::string_view, 9> endless{".inf",  ".Inf",  ".INF",  "+.inf", "+.Inf",
                                                           "+.INF", "-.inf", "-.Inf", "-.INF"};
  static constexpr std::array<std::string_view, 3> none{".nan", ".NaN", ".NAN"};
  if (is_one_of(text, nulls)) return json::value(nullptr);
  if (is_one_of(text, truths)) return json::value(true);
  if (is_one_of(text, lies)) return json::value(false);
  if (is_one_of(text, endless)) return json::value(std::numeric_limits<double>::infinity() * (text[0] == '-' ? -1 : 1));
  if (is_one_of(text, none)) return json::value(std::numeric_limits<double>::quiet_NaN());
  return std::nullopt;
}

/// Takes `0x`, `0b`, `0o` or the leading `0` off.
int take_base(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  auto letter = static_cast<char>(digits[1] | 0x20);
  int base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
  digits.remove_prefix(base != 8 || letter == 'o' ? 2 : 1);
  return base;
}

std::optional<json::value> integer(std::string_view text) {
  bool negative = text.starts_with('-'), has_sign = negative || text.starts_with('+');
  auto digits = text.substr(has_sign ? 1 : 0);
  int base = take_base(digits);
  std::uint64_t size = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, base);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  if (negative && size <= most + 1) return json::value(static_cast<std::int64_t>(0 - size));
  if (!negative && size <= most) return json::value(static_cast<std::int64_t>(size));
  if (!has_sign) return json::value(size);
  return std::nullopt;
}

std::optional<json::value> real(std::string_view text) {
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || (!is_digit(text[0]) && text[0] != '.')) return std::nullopt;
  double size = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return json::value(negative ? -size : size);
}

}  // namespace

json::value resolve_plain(std::string_view text) {
  if (auto found = word(text)) return *found;
  std::string plain(text);
  if (text[0] != '.') std::erase(plain, '_');
  if (is_digit(text[0]) || text[0] == '-' || text[0] == '+')
    if (auto found = integer(plain)) return *found;
  if (is_digit(text[0]) || text[0] == '-' || text[0] == '+' || text[0] == '.')
    if (auto found = real(plain)) return *found;
  return json::value(json::string_view(text.data(), text.size()));
}

}  // namespace keks
