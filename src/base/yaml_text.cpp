#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <cmath>

#include "base/ascii.hpp"
#include "base/format.hpp"
#include "base/yaml.hpp"

namespace keks {
namespace {

namespace json = boost::json;

/// Words that some reader takes for null, a truth value or a number, however they are capitalised.
bool is_word_of_a_reader(std::string_view text) {
  static constexpr std::array<std::string_view, 11> words{"y",    "n",     "yes",  "no",  "on", "off",
                                                          "true", "false", "null", "nan", "inf"};
  return std::ranges::find(words, lower(text)) != words.end();
}

/// True only for what every reader takes for this very text without quotes: names, paths, URLs, ARNs, base64, `--flag`.
bool is_plain(std::string_view text) {
  auto rest = text.starts_with("--") ? text.substr(2) : text;
  if (rest.empty() || !(is_letter(rest[0]) || rest[0] == '/') || rest.back() == ':') return false;
  auto is_safe = [](char c) { return is_alnum(c) || std::string_view("_./:@+=-").contains(c); };
  return std::ranges::all_of(rest, is_safe) && !is_word_of_a_reader(text);
}

struct Letter {
  char32_t code = 0xFFFD;
  std::size_t size = 1;
};

/// The first character of UTF-8 text; what is no UTF-8 is one byte of U+FFFD.
Letter first_of(std::string_view text) {
  auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  if (byte(0) < 0x80) return {byte(0), 1};
  std::size_t size = byte(0) >= 0xF0 ? 4 : byte(0) >= 0xE0 ? 3 : 2;
  if (byte(0) < 0xC2 || byte(0) > 0xF4 || text.size() < size) return {};
  char32_t code = byte(0) & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3Fu);
  }
  constexpr std::array<char32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
  bool good = code >= least[size] && code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
  return good ? Letter{code, size} : Letter{};
}

/// C0, DEL, C1, line separators, byte order mark and non-characters: no reader takes them, or not as they are.
bool wants_escape(char32_t code) {
  return code < 0x20 || (code >= 0x7F && code <= 0xA0) || code == 0x2028 || code == 0x2029 || code == 0xFEFF ||
         (code & 0xFFFE) == 0xFFFE;
}

std::string escaped(char32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\t') return "\\t";
  if (code < 0x100) return format("\\x{:02X}", static_cast<unsigned>(code));
  if (code < 0x10000) return format("\\u{:04X}", static_cast<unsigned>(code));
  return format("\\U{:08X}", static_cast<unsigned>(code));
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    auto [code, size] = first_of(text);
    if (code == '"' || code == '\\') out += '\\';
    if (wants_escape(code)) {
      out += escaped(code);
    } else if (code == 0xFFFD) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out + '"';
}

std::string text_of(std::string_view text) { return is_plain(text) ? std::string(text) : quoted(text); }

/// With a point, which YAML 1.1 wants of every number that is no integer.
std::string real(double number) {
  if (!std::isfinite(number)) return "null";
  auto text = format("{}", number);
  if (text.find('.') != std::string::npos) return text;
  auto exponent = std::min(text.find('e'), text.size());
  return text.insert(exponent, ".0");
}

std::string scalar(json::value const& value) {
  if (auto const* text = value.if_string()) return text_of(*text);
  if (auto const* number = value.if_double()) return real(*number);
  if (value.is_object()) return "{}";
  if (value.is_array()) return "[]";
  return json::serialize(value);
}

bool is_block(json::value const& value) {
  return (value.is_object() && !value.get_object().empty()) || (value.is_array() && !value.get_array().empty());
}

/// Block style as kubectl writes it: a list stands as far in as the key that it belongs to.
class Writer {
 public:
  std::string out;

  /// The cursor is where the value begins; further lines stand `indent` in.
  void block(json::value const& value, std::size_t indent) {
    bool first = true;
    auto line = [&] {
      if (!std::exchange(first, false)) out.append(indent, ' ');
    };
    if (auto const* list = value.if_array())
      for (auto const& item : *list) line(), out += "- ", inner(item, indent + 2);
    else
      for (auto const& [key, item] : value.get_object()) line(), entry(key, item, indent);
  }

 private:
  static constexpr std::size_t kLongKey = 120;  // a key before its colon has 1,024 characters at most

  void inner(json::value const& value, std::size_t indent) {
    if (is_block(value)) return block(value, indent);
    out += scalar(value) + "\n";
  }

  void entry(std::string_view key, json::value const& value, std::size_t indent) {
    auto name = text_of(key);
    if (name.size() > kLongKey) {
      out += "? " + name + "\n" + std::string(indent, ' ') + ": ";
      return inner(value, indent + 2);
    }
    out += name + ":";
    if (!is_block(value)) {
      out += " " + scalar(value) + "\n";
      return;
    }
    auto deeper = value.is_object() ? indent + 2 : indent;
    out += "\n" + std::string(deeper, ' ');
    block(value, deeper);
  }
};

}  // namespace

std::string json_to_yaml(json::value const& value) {
  if (!is_block(value)) return scalar(value) + "\n";
  Writer writer;
  writer.block(value, 0);
  return std::move(writer.out);
}

}  // namespace keks
