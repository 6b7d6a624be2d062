#include <keks/base/encoding.hpp>

#include <array>
#include <cstdint>

#include "base/ascii.hpp"
#include "base/format.hpp"

namespace keks {
namespace {

constexpr std::string_view kHexLower = "0123456789abcdef";
constexpr std::string_view kHexUpper = "0123456789ABCDEF";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64Url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::uint8_t byte(char c) { return static_cast<std::uint8_t>(c); }

std::string encode64(std::string_view in, std::string_view alphabet, bool padded) {
  std::string out((in.size() + 2) / 3 * 4, '=');
  char* to = out.data();
  auto put = [&](std::uint32_t bits, int digits) {
    for (int shift = 18; digits > 0; --digits, shift -= 6) *to++ = alphabet[bits >> shift & 63];
  };
  for (; in.size() >= 3; in.remove_prefix(3)) put(byte(in[0]) << 16u | byte(in[1]) << 8u | byte(in[2]), 4);
  if (in.size() == 2) put(byte(in[0]) << 16u | byte(in[1]) << 8u, 3);
  if (in.size() == 1) put(byte(in[0]) << 16u, 2);
  if (!padded) out.resize(static_cast<std::size_t>(to - out.data()));
  return out;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

/// Digits to bytes; `size` of the last group decides how many. Unused trailing bits must be zero.
Result<std::string> decode64(std::string_view digits, std::string_view alphabet) {
  if (digits.size() % 4 == 1) return fail(Code::InvalidArgument, "base64 text is cut off");
  std::string out;
  out.reserve(digits.size() / 4 * 3 + 2);
  std::uint32_t bits = 0;
  int have = 0;
  for (char c : digits) {
    auto value = alphabet.find(c);
    if (value == std::string_view::npos) return fail(Code::InvalidArgument, "a character that base64 does not use");
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    have += 6;
    if (have < 8) continue;
    have -= 8;
    out += static_cast<char>(bits >> have & 0xff);
  }
  if (bits & ((1u << have) - 1)) return fail(Code::InvalidArgument, "base64 text with stray bits at its end");
  return out;
}

bool is_unreserved(char c) { return is_alnum(c) || c == '-' || c == '_' || c == '.' || c == '~'; }

std::string percent(std::string_view text, bool keep_slash) {
  std::string out;
  out.reserve(text.size() + 16);
  std::size_t plain = 0;  // where the text begins that is not yet in `out`
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (is_unreserved(c) || (keep_slash && c == '/')) continue;
    char const escape[] = {'%', kHexUpper[byte(c) >> 4], kHexUpper[byte(c) & 15]};
    out.append(text, plain, i - plain).append(escape, sizeof escape);
    plain = i + 1;
  }
  return out.append(text, plain);
}

int hex_value(char c) {
  if (is_digit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The code point of the UTF-8 sequence at the front of `text`, with its length; length 0 when it is none.
std::pair<std::uint32_t, std::size_t> utf8_at(std::string_view text) {
  std::uint8_t first = byte(text[0]);
  if (first < 0x80) return {first, 1};
  std::size_t size = first >= 0xf0 && first < 0xf5 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  if (first >= 0xf5 || size == 0 || text.size() < size) return {0, 0};
  std::uint32_t point = first & (0xffu >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(text[i]) & 0xc0) != 0x80) return {0, 0};
    point = point << 6 | (byte(text[i]) & 0x3f);
  }
  constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  bool surrogate = point >= 0xd800 && point < 0xe000;
  if (point < least[size] || surrogate || point > 0x10ffff) return {0, 0};
  return {point, size};
}

bool is_control(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point < 0xa0) || (point >= 0x2028 && point <= 0x202e) ||
         (point >= 0x2066 && point <= 0x2069);
}

std::string escaped(std::uint32_t point) {
  switch (point) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    default:
      return point < 0x80 ? format("\\x{:02x}", point) : format("\\u{{{:04x}}}", point);
  }
}

}  // namespace

std::string hex(std::span<unsigned char const> bytes) {
  std::string out;
  out.reserve(bytes.size() * 2);
  for (unsigned char b : bytes) {
    out += kHexLower[b >> 4];
    out += kHexLower[b & 15];
  }
  return out;
}

std::string base64(std::string_view bytes) { return encode64(bytes, kBase64, true); }
std::string base64url(std::string_view bytes) { return encode64(bytes, kBase64Url, false); }

Result<std::string> base64_decode(std::string_view text) {
  std::string digits;
  digits.reserve(text.size());
  std::size_t padding = 0;
  for (char c : text) {
    if (is_space(c)) continue;
    if (c == '=') {
      ++padding;
    } else if (padding) {
      return fail(Code::InvalidArgument, "base64 text goes on after its padding");
    } else {
      digits += c;
    }
  }
  if (padding > 2 || (digits.size() + padding) % 4 != 0)
    return fail(Code::InvalidArgument, "base64 text whose length is no multiple of four");
  return decode64(digits, kBase64);
}

Result<std::string> base64url_decode(std::string_view text) { return decode64(text, kBase64Url); }

std::string percent_encode(std::string_view text) { return percent(text, false); }
std::string percent_encode_path(std::string_view text) { return percent(text, true); }

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0) return fail(Code::InvalidArgument, "a % without two hex digits");
    out += static_cast<char>(high << 4 | low);
    i += 2;
  }
  return out;
}

std::string escape_controls(std::string_view text, std::size_t limit) {
  bool cut = text.size() > limit;
  if (cut) text = text.substr(0, limit);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    auto [point, size] = utf8_at(text);
    if (size == 0) {
      out += format("\\x{:02x}", byte(text[0]));
      size = 1;
    } else if (is_control(point)) {
      out += escaped(point);
    } else {
      out.append(text, 0, size);
    }
    text.remove_prefix(size);
  }
  return cut ? out + "..." : out;
}

}  // namespace keks
