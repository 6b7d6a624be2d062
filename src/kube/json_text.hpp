#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

// The pieces of RFC 8259's grammar below its structure: pure functions on text in memory.

namespace keks::kube {

namespace bytes {

constexpr std::uint64_t repeat(unsigned char byte) { return 0x0101010101010101U * byte; }

/// The high bit of each byte that is zero in `word`. Bytes above the lowest hit may be hit falsely.
constexpr std::uint64_t zero_bytes(std::uint64_t word) { return (word - repeat(0x01)) & ~word & repeat(0x80); }

/// The high bit of each byte that is no plain string text: below 0x20, a quote, a backslash, not ASCII.
constexpr std::uint64_t special_bytes(std::uint64_t word) {
  auto control = (word - repeat(0x20)) & ~word & repeat(0x80);
  return control | zero_bytes(word ^ repeat('"')) | zero_bytes(word ^ repeat('\\')) | (word & repeat(0x80));
}

inline bool is_special(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte >= 0x80 || c == '"' || c == '\\';
}

/// The first special byte from `at` on, or `end`; eight bytes at a time.
inline char const* skip_plain(char const* at, char const* end) {
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - at >= 8; at += 8) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      if (auto hits = special_bytes(word)) return at + std::countr_zero(hits) / 8;
    }
  }
  while (at != end && !is_special(*at)) ++at;
  return at;
}

inline constexpr std::array<bool, 256> kWordLetters = [] {
  std::array<bool, 256> set{};
  for (unsigned c = 'a'; c <= 'z'; ++c) set[c] = set[c - 32] = true;
  for (unsigned c = '0'; c <= '9'; ++c) set[c] = true;
  set['+'] = set['-'] = set['.'] = true;
  return set;
}();

}  // namespace bytes

/// Finds the end of a string that may arrive in pieces, and remembers what else must be looked at in it.
class StringRun {
 public:
  /// From after the opening quote, or from the beginning of the next piece, to the closing quote or a control
  /// character, whose place is returned; `end` when it is not in this piece.
  char const* find_end(char const* at, char const* end);
  bool has_escapes() const { return has_escapes_; }
  bool is_ascii() const { return is_ascii_; }

 private:
  bool after_backslash_ = false, has_escapes_ = false, is_ascii_ = true;
};

inline char const* StringRun::find_end(char const* at, char const* end) {
  if (after_backslash_ && at != end) ++at, after_backslash_ = false;
  for (;;) {
    at = bytes::skip_plain(at, end);
    if (at == end || *at == '"') return at;
    if (*at == '\\') {
      has_escapes_ = true;
      if (++at == end) return after_backslash_ = true, end;
    } else if (static_cast<unsigned char>(*at) < 0x20) {
      return at;
    } else {
      is_ascii_ = false;
    }
    ++at;
  }
}

bool is_valid_utf8(std::string_view text);

/// Replaces escapes. False when one is not JSON, or names half of a surrogate pair. Appends to `out`.
bool unescape(std::string_view text, std::string& out);

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
bool is_number(std::string_view text);

/// Letters, digits, `+`, `-` and `.`: what numbers and literals are made of.
inline bool is_word_letter(char c) { return bytes::kWordLetters[static_cast<unsigned char>(c)]; }

}  // namespace keks::kube
