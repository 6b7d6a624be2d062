#include "kube/json_text.hpp"

#include "base/ascii.hpp"

namespace keks::kube {
namespace {

std::size_t digits(std::string_view text, std::size_t from) {
  std::size_t at = from;
  while (at < text.size() && is_digit(text[at])) ++at;
  return at - from;
}

int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// The code unit of `XXXX`, or -1.
int code_unit(std::string_view text) {
  if (text.size() < 4) return -1;
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    int digit = hex_digit(text[static_cast<std::size_t>(i)]);
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void append_utf8(char32_t c, std::string& out) {
  auto put = [&](char32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) return put(c);
  if (c < 0x800) return put(0xC0 | (c >> 6)), put(0x80 | (c & 0x3F));
  if (c < 0x10000) return put(0xE0 | (c >> 12)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
  put(0xF0 | (c >> 18)), put(0x80 | ((c >> 12) & 0x3F)), put(0x80 | ((c >> 6) & 0x3F)), put(0x80 | (c & 0x3F));
}

bool is_high(int unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low(int unit) { return unit >= 0xDC00 && unit < 0xE000; }

/// Reads what follows `\u`; returns how many letters, 0 if they are no character.
std::size_t unescape_unicode(std::string_view text, std::string& out) {
  int first = code_unit(text);
  if (first < 0 || is_low(first)) return 0;
  if (!is_high(first)) return append_utf8(static_cast<char32_t>(first), out), 4;
  if (text.substr(4, 2) != "\\u") return 0;
  int second = code_unit(text.substr(6));
  if (!is_low(second)) return 0;
  append_utf8(static_cast<char32_t>(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)), out);
  return 10;
}

/// The length of the UTF-8 sequence at the beginning, 0 if it is none.
std::size_t utf8_sequence(std::string_view text) {
  auto byte = [&](std::size_t i) -> unsigned { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  auto more = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
  unsigned lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead < 0xE0) return more(1) ? 2 : 0;
  if (lead >= 0xE0 && lead < 0xF0) {
    unsigned low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
    return byte(1) >= low && byte(1) <= high && more(2) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead < 0xF5) {
    unsigned low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
    return byte(1) >= low && byte(1) <= high && more(2) && more(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    auto length = utf8_sequence(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

bool unescape(std::string_view text, std::string& out) {
  static constexpr std::string_view kShort = "\"\\/bfnrt", kMeaning = "\"\\/\b\f\n\r\t";
  for (;;) {
    auto backslash = text.find('\\');
    out.append(text.substr(0, backslash));
    if (backslash == text.npos) return true;
    text.remove_prefix(backslash + 1);
    if (text.empty()) return false;
    char letter = text[0];
    text.remove_prefix(1);
    if (letter == 'u') {
      auto length = unescape_unicode(text, out);
      if (length == 0) return false;
      text.remove_prefix(length);
    } else {
      auto which = kShort.find(letter);
      if (which == kShort.npos) return false;
      out.push_back(kMeaning[which]);
    }
  }
}

bool is_number(std::string_view text) {
  std::size_t at = text.starts_with('-') ? 1 : 0;
  auto whole = digits(text, at);
  if (whole == 0 || (whole > 1 && text[at] == '0')) return false;
  at += whole;
  if (at < text.size() && text[at] == '.') {
    auto fraction = digits(text, at + 1);
    if (fraction == 0) return false;
    at += 1 + fraction;
  }
  if (at < text.size() && (text[at] | 0x20) == 'e') {
    ++at;
    if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
    auto exponent = digits(text, at);
    if (exponent == 0) return false;
    at += exponent;
  }
  return at == text.size();
}

}  // namespace keks::kube
