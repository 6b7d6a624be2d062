#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "kube/json_text.hpp"

namespace keks::kube {

/// What whoever listens to a scanner says to an event.
enum class Step : std::uint8_t {
  Go,
  Skip,  ///< check the value that begins here, and report nothing of it, not even its end
  Stop,  ///< give up; the listener knows why
};

/// Hears of the structure of a JSON text as it is read. Views hold during the call only.
template <class L>
concept JsonListener = requires(L listener, std::string_view text) {
  { listener.on_object() } -> std::same_as<Step>;
  { listener.on_array() } -> std::same_as<Step>;
  { listener.on_key(text) } -> std::same_as<Step>;  ///< `Skip` means the value of this member
  { listener.on_end() } -> std::same_as<bool>;      ///< of an object or array; false: stop
  { listener.on_string(text) } -> std::same_as<bool>;
  { listener.on_number(text) } -> std::same_as<bool>;
  { listener.on_bool(true) } -> std::same_as<bool>;
  { listener.on_null() } -> std::same_as<bool>;
};

/// Why a text is no JSON, or none that is taken.
enum class Fault : std::uint8_t {
  None,
  Stopped,     ///< by the listener
  Unexpected,  ///< this letter cannot stand here
  Word,        ///< neither a number nor true, false, null
  Control,     ///< a control character in a string
  Escape,
  Utf8,
  TooDeep,
  TooLong,  ///< one string or number
};

struct ScanLimits {
  std::size_t depth = 1'000;  ///< at most 1,024
  std::size_t token = 16 * 1024 * 1024;
};

/// Reads one JSON text (RFC 8259, strictly) that arrives in pieces, and tells a listener.
///
/// Invalid UTF-8, escapes of half a surrogate pair and anything after the text but white space are refused. Memory:
/// a bit for each level and at most one token, only if it lies across pieces or holds escapes. No recursion.
template <class Listener>
class Scanner {
 public:
  explicit Scanner(Listener& listener, ScanLimits limits = {}) : listener_(listener), limits_(limits) {}

  /// False: see `fault()`; nothing more can be read.
  bool feed(std::string_view piece) {
    begin_ = at_ = piece.data();
    end_ = piece.data() + piece.size();
    bool good = fault_ == Fault::None && resume();
    while (good && at_ != end_) good = quiet_ ? run<true>() : run<false>();
    before_ += static_cast<std::uint64_t>(at_ - begin_);
    begin_ = at_;
    return good;
  }

  /// No more pieces come. False with `Fault::None`: the text is not complete.
  bool finish() {
    // Only a word at the top level ends with the text; within a container the text has been cut, perhaps in the word.
    bool ends_word = fault_ == Fault::None && carried_ == Carried::Word && depth_ == 0;
    if (ends_word && !end_word(std::exchange(carry_, {}))) return false;
    return fault_ == Fault::None && expect_ == Expect::Nothing;
  }

  bool skipping() const { return quiet_; }
  Fault fault() const { return fault_; }
  /// Bytes read; after a fault, the place of it.
  std::uint64_t position() const { return before_ + static_cast<std::uint64_t>(at_ - begin_); }

 private:
  enum class Expect : std::uint8_t { Value, ValueOrEnd, Key, KeyOrEnd, Colon, CommaOrEnd, Nothing };
  enum class Carried : std::uint8_t { Nothing, String, Word };

  bool fail(Fault fault) { return fault_ = fault, false; }
  bool expects_value() const { return expect_ == Expect::Value || expect_ == Expect::ValueOrEnd; }

  /// One mode until the piece ends or the mode changes. Quiet: the listener wants nothing of this value.
  template <bool Quiet>
  bool run() {
    while (at_ != end_ && quiet_ == Quiet) {
      bool good;
      switch (*at_) {
        case ' ':
        case '\t':
        case '\n':
        case '\r':
          ++at_;
          continue;
        case '"':
          good = begin_string();
          break;
        case ':':
          good = punctuation(Expect::Colon, Expect::Value);
          break;
        case ',':
          good = punctuation(Expect::CommaOrEnd, in_object() ? Expect::Key : Expect::Value);
          break;
        case '{':
          good = open<Quiet>(true);
          break;
        case '[':
          good = open<Quiet>(false);
          break;
        case '}':
          good = close<Quiet>(true, Expect::KeyOrEnd);
          break;
        case ']':
          good = close<Quiet>(false, Expect::ValueOrEnd);
          break;
        default:
          good = begin_word();
      }
      if (!good) return false;
    }
    return true;
  }

  bool punctuation(Expect wanted, Expect next) {
    if (expect_ != wanted || depth_ == 0) return fail(Fault::Unexpected);
    expect_ = next;
    ++at_;
    return true;
  }

  template <bool Quiet>
  bool open(bool object) {
    if (!expects_value()) return fail(Fault::Unexpected);
    if (depth_ == limits_.depth) return fail(Fault::TooDeep);
    if constexpr (!Quiet) {
      auto step = object ? listener_.on_object() : listener_.on_array();
      if (step == Step::Stop) return fail(Fault::Stopped);
      if (step == Step::Skip) skip_from_here();
    }
    push(object);
    expect_ = object ? Expect::KeyOrEnd : Expect::ValueOrEnd;
    ++at_;
    return true;
  }

  template <bool Quiet>
  bool close(bool object, Expect empty) {
    if (depth_ == 0 || in_object() != object || (expect_ != Expect::CommaOrEnd && expect_ != empty))
      return fail(Fault::Unexpected);
    --depth_;
    ++at_;
    if constexpr (!Quiet)
      if (!listener_.on_end()) return fail(Fault::Stopped);
    return value_complete();
  }

  bool value_complete() {
    expect_ = depth_ == 0 ? Expect::Nothing : Expect::CommaOrEnd;
    if (quiet_ && depth_ == quiet_depth_) quiet_ = false;
    return true;
  }

  void skip_from_here() {
    quiet_ = true;
    quiet_depth_ = depth_;
  }

  bool begin_string() {
    if (!expects_value() && expect_ != Expect::Key && expect_ != Expect::KeyOrEnd) return fail(Fault::Unexpected);
    run_ = {};
    return go_on_string(++at_);
  }

  bool go_on_string(char const* from) {
    at_ = run_.find_end(from, end_);
    if (at_ == end_) return carry(Carried::String, from);
    if (*at_ != '"') return fail(Fault::Control);
    std::string_view text(from, static_cast<std::size_t>(at_ - from));
    ++at_;
    if (carried_ == Carried::Nothing) return end_string(text);
    carried_ = Carried::Nothing;
    carry_.append(text);
    bool good = carry_.size() <= limits_.token ? end_string(carry_) : fail(Fault::TooLong);
    carry_.clear();
    return good;
  }

  bool end_string(std::string_view text) {
    if (!run_.is_ascii() && !is_valid_utf8(text)) return fail(Fault::Utf8);
    if (run_.has_escapes()) {
      plain_.clear();
      if (!unescape(text, plain_)) return fail(Fault::Escape);
      text = plain_;
    }
    return expects_value() ? value([&] { return listener_.on_string(text); }) : key(text);
  }

  bool key(std::string_view text) {
    expect_ = Expect::Colon;
    if (quiet_) return true;
    auto step = listener_.on_key(text);
    if (step == Step::Stop) return fail(Fault::Stopped);
    if (step == Step::Skip) skip_from_here();
    return true;
  }

  bool begin_word() {
    if (!is_word_letter(*at_) || !expects_value()) return fail(Fault::Unexpected);
    return go_on_word(at_);
  }

  bool go_on_word(char const* from) {
    while (at_ != end_ && is_word_letter(*at_)) ++at_;
    if (at_ == end_) return carry(Carried::Word, from);
    std::string_view text(from, static_cast<std::size_t>(at_ - from));
    if (carried_ == Carried::Nothing) return end_word(text);
    carried_ = Carried::Nothing;
    return end_word(std::exchange(carry_, {}).append(text));
  }

  bool end_word(std::string_view text) {
    if (is_number(text)) return value([&] { return listener_.on_number(text); });
    if (text == "true" || text == "false") return value([&] { return listener_.on_bool(text == "true"); });
    if (text == "null") return value([&] { return listener_.on_null(); });
    return fail(Fault::Word);
  }

  template <class Tell>
  bool value(Tell tell) {
    if (!quiet_ && !tell()) return fail(Fault::Stopped);
    return value_complete();
  }

  /// The token goes on in the next piece.
  bool carry(Carried what, char const* from) {
    carried_ = what;
    carry_.append(from, end_);
    return carry_.size() <= limits_.token || fail(Fault::TooLong);
  }

  bool resume() {
    if (carried_ == Carried::Nothing || at_ == end_) return true;
    return carried_ == Carried::String ? go_on_string(at_) : go_on_word(at_);
  }

  bool in_object() const { return depth_ > 0 && ((objects_[(depth_ - 1) / 64] >> ((depth_ - 1) % 64)) & 1) != 0; }
  void push(bool object) {
    auto bit = std::uint64_t{1} << (depth_ % 64);
    auto& word = objects_[depth_ / 64];
    word = object ? word | bit : word & ~bit;
    ++depth_;
  }

  Listener& listener_;
  ScanLimits limits_;
  char const *begin_ = nullptr, *at_ = nullptr, *end_ = nullptr;
  std::uint64_t before_ = 0;  ///< bytes of earlier pieces
  std::size_t depth_ = 0, quiet_depth_ = 0;
  std::array<std::uint64_t, 16> objects_{};  ///< a bit for each level: an object rather than an array
  StringRun run_;
  std::string carry_, plain_;
  Expect expect_ = Expect::Value;
  Carried carried_ = Carried::Nothing;
  Fault fault_ = Fault::None;
  bool quiet_ = false;
};

}  // namespace keks::kube
