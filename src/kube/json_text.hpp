#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// The pieces of RFC 8259's grammar below its structure: pure functions on text in memory.

namespace keks::kube {

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

bool is_valid_utf8(std::string_view text);

/// Replaces escapes. False when one is not JSON, or names half of a surrogate pair. Appends to `out`.
bool unescape(std::string_view text, std::string& out);

/// `-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?`
bool is_number(std::string_view text);
/// A number without fraction and exponent.
bool is_integer(std::string_view number);

/// Letters, digits, `+`, `-` and `.`: what numbers and literals are made of.
bool is_word_letter(char c);

}  // namespace keks::kube
