#include "kube/scanner.hpp"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace keks::kube {
namespace {

/// Writes down what it hears, in a form that shows structure and values.
struct Recorder {
  std::string heard;
  std::string skip_key;  ///< the member whose value is not wanted

  Step on_object() { return add("{"), Step::Go; }
  Step on_array() { return add("["), Step::Go; }
  Step on_key(std::string_view text) {
    add("k").append(text);
    return text == skip_key && !skip_key.empty() ? Step::Skip : Step::Go;
  }
  bool on_end() { return add("."), true; }
  bool on_string(std::string_view text) { return add("s").append(text), true; }
  bool on_number(std::string_view text) { return add("n").append(text), true; }
  bool on_bool(bool value) { return add(value ? "true" : "false"), true; }
  bool on_null() { return add("null"), true; }

  std::string& add(std::string_view word) { return heard.append(" ").append(word); }
};

struct Outcome {
  std::string heard;
  bool good;
  Fault fault;
  friend bool operator==(Outcome const&, Outcome const&) = default;
};

Outcome scan(std::vector<std::string_view> const& pieces, std::string skip_key = {}, ScanLimits limits = {}) {
  Recorder recorder{{}, std::move(skip_key)};
  Scanner<Recorder> scanner(recorder, limits);
  bool good = true;
  for (auto piece : pieces) {
    // A copy of its own, so that a sanitizer sees views that outlive their piece.
    std::string own(piece);
    good = scanner.feed(own);
    if (!good) break;
  }
  good = scanner.finish() && good;
  return {good ? recorder.heard : "", good, scanner.fault()};
}

Outcome scan(std::string_view text) { return scan(std::vector{text}); }

bool boost_takes(std::string_view text) {
  boost::json::parse_options options;
  options.max_depth = 1'000;
  boost::system::error_code error;
  boost::json::parse(text, error, {}, options);
  // A limit of the other parser: the text is JSON.
  return !error || error == boost::json::error::exponent_overflow;
}

std::vector<std::string> const kGood{
    "{}",
    "[]",
    " \t\r\n{ } \n",
    "null",
    "true",
    "\"x\"",
    "0",
    "-0",
    "10",
    "-12.5e+3",
    "1E400",
    R"({"a":1,"b":[true,false,null,"x",{}],"c":{"d":[[],[{}]]}})",
    R"([ 1 , 2 ])",
    R"("\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83d\ude00")",
    "\"gr\xC3\xBC\xC3\x9F \xE2\x82\xAC \xF0\x9F\x98\x80\"",
    R"({"long member name that fills a word or two":"and a value that is longer than thirty-two bytes, with \" in it"})",
    "\"\x7F\"",
};

std::vector<std::string> const kBad{
    "",
    " ",
    "{",
    "[",
    "}",
    "]",
    "[}",
    "{]",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{1:2}",
    "{a:1}",
    "[1,]",
    "[,1]",
    "[1 2]",
    "[1]]",
    "{}{}",
    "{} x",
    ",",
    ":",
    "1,2",
    "nul",
    "nulls",
    "True",
    "tru e",
    "NaN",
    "Infinity",
    "01",
    "-01",
    "+1",
    "1.",
    ".5",
    "-",
    "1e",
    "1e+",
    "0x10",
    "1.2.3",
    "'a'",
    "// c\n{}",
    "\xEF\xBB\xBF{}",
    "\"",
    "\"\\\"",
    "\"\\x\"",
    "\"\\u12\"",
    "\"\\u12G4\"",
    "\"\\ud800\"",
    "\"\\ud800x\"",
    "\"\\ud800\\u0041\"",
    "\"\\udc00\"",
    "\"\x01\"",
    "\"a\nb\"",
    "\"\xFF\xFE\"",
    "\"\xC0\x80\"",
    "\"\xED\xA0\x80\"",
    "\"\xF5\x80\x80\x80\"",
    "\"\xE2\x82\"",
    "{\"a\":\"\xC3\"}",
};

TEST(Scanner, reports_what_a_text_holds) {
  EXPECT_EQ(scan(R"({"a":[1,"x\n",true],"b":null})").heard, " { ka [ n1 sx\n true . kb null .");
}

TEST(Scanner, takes_json_whole_and_cut_at_every_place) {
  for (auto const& text : kGood) {
    auto whole = scan(text);
    EXPECT_TRUE(whole.good) << text;
    for (std::size_t i = 0; i <= text.size(); ++i)
      EXPECT_EQ(scan({std::string_view(text).substr(0, i), std::string_view(text).substr(i)}), whole)
          << text << " at " << i;
  }
}

TEST(Scanner, refuses_what_is_not_json_whole_and_cut_at_every_place) {
  for (auto const& text : kBad) {
    auto whole = scan(text);
    EXPECT_FALSE(whole.good) << text;
    for (std::size_t i = 0; i <= text.size(); ++i)
      EXPECT_EQ(scan({std::string_view(text).substr(0, i), std::string_view(text).substr(i)}), whole)
          << text << " at " << i;
  }
}

TEST(Scanner, skips_a_value_without_reporting_any_of_it) {
  for (auto value : {"1", "\"s\"", "{}", "[1,[2,{\"x\":[]}],\"\\n\"]", "{\"skip\":{\"skip\":1},\"y\":[]}", "null"}) {
    auto text = std::string(R"({"a":1,"skip":)") + value + R"(,"b":2})";
    for (std::size_t i = 0; i <= text.size(); ++i)
      EXPECT_EQ(scan({std::string_view(text).substr(0, i), std::string_view(text).substr(i)}, "skip").heard,
                " { ka n1 kskip kb n2 .")
          << text << " at " << i;
  }
}

TEST(Scanner, is_as_strict_in_what_it_skips) {
  for (auto const& bad : kBad) {
    auto text = R"({"skip":[)" + bad + "]}";
    if (boost_takes(text)) continue;
    EXPECT_FALSE(scan({text}, "skip").good) << text;
  }
}

TEST(Scanner, limits_depth_without_recursion) {
  auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(scan(nested(1'000)).good);
  EXPECT_EQ(scan(nested(1'001)).fault, Fault::TooDeep);
  EXPECT_EQ(scan({std::string(R"({"skip":)") + nested(100'000) + "}"}, "skip").fault, Fault::TooDeep);
}

TEST(Scanner, limits_what_it_keeps_of_one_token) {
  ScanLimits limits{.token = 64};
  std::string half(40, 'x');
  EXPECT_EQ(scan({"\"" + half, half, "\""}, {}, limits).fault, Fault::TooLong);
  EXPECT_EQ(scan({std::string(40, '1'), std::string(40, '1')}, {}, limits).fault, Fault::TooLong);
}

TEST(Scanner, names_the_place_of_a_fault) {
  Recorder recorder;
  Scanner<Recorder> scanner(recorder);
  EXPECT_TRUE(scanner.feed(R"({"a":)"));
  EXPECT_FALSE(scanner.feed("  ?"));
  EXPECT_EQ(scanner.position(), 7U);
}

/// Random values, with everything that a writer of JSON may do.
class RandomJson {
 public:
  explicit RandomJson(unsigned seed) : random_(seed) {}

  std::string value(int depth) {
    switch (pick(depth > 4 ? 6 : 8)) {
      case 0:
        return "null";
      case 1:
        return pick(2) ? "true" : "false";
      case 2:
      case 3:
        return number();
      case 4:
      case 5:
        return text();
      case 6:
        return sequence(depth, '[', ']', [&] { return value(depth + 1); });
      default:
        return sequence(depth, '{', '}', [&] { return text() + space() + ":" + space() + value(depth + 1); });
    }
  }

  /// One byte changed, lost or doubled.
  std::string spoiled(std::string json) {
    static constexpr std::string_view kBytes = "{}[],:\"\\ntrue0.eE+-\x01\x80\xC3 u";
    if (json.empty()) return json;
    auto at = pick(json.size());
    switch (pick(3)) {
      case 0:
        json[at] = kBytes[pick(kBytes.size())];
        break;
      case 1:
        json.erase(at, 1);
        break;
      default:
        json.insert(at, 1, json[at]);
    }
    return json;
  }

  std::size_t pick(std::size_t below) { return std::uniform_int_distribution<std::size_t>(0, below - 1)(random_); }

 private:
  template <class Each>
  std::string sequence(int, char open, char close, Each each) {
    std::string out(1, open);
    for (auto n = pick(5); n > 0; --n) out += space() + each() + (n > 1 ? "," : "");
    return out + space() + close;
  }
  std::string space() { return std::string(pick(8) ? 0 : pick(3), " \n\t\r"[pick(4)]); }
  std::string number() {
    static std::vector<std::string> const kNumbers{"0",   "-0",   "7",      "-123", "9223372036854775807",
                                                   "1.5", "-1e9", "2E-308", "1e+5", "18446744073709551616"};
    return kNumbers[pick(kNumbers.size())];
  }
  std::string text() {
    static std::vector<std::string> const kParts{
        "a",       "name",     "\\n",          "\\\"",           "\\\\",
        "\\u00e9", "\xC3\xA9", "\xE2\x82\xAC", "\\ud83d\\ude00", "0123456789abcdef"};
    std::string out = "\"";
    for (auto n = pick(6); n > 0; --n) out += kParts[pick(kParts.size())];
    return out + "\"";
  }

  std::mt19937 random_;
};

/// The same words that Recorder writes, from a parsed value.
void tell(boost::json::value const& value, Recorder& to) {
  if (auto const* object = value.if_object()) {
    to.on_object();
    for (auto const& [key, member] : *object) to.on_key(key), tell(member, to);
    to.on_end();
  } else if (auto const* array = value.if_array()) {
    to.on_array();
    for (auto const& item : *array) tell(item, to);
    to.on_end();
  } else if (auto const* string = value.if_string()) {
    to.on_string(*string);
  } else if (value.is_bool()) {
    to.on_bool(value.get_bool());
  } else if (value.is_null()) {
    to.on_null();
  } else {
    to.add("n");
  }
}

/// Numbers without their digits: the other parser keeps values, not spelling.
std::string without_digits(std::string const& heard) {
  std::string out;
  for (std::size_t i = 0; i < heard.size(); ++i) {
    out += heard[i];
    bool is_number = heard[i] == 'n' && i > 0 && heard[i - 1] == ' ' && i + 1 < heard.size() &&
                     std::string_view("-0123456789").find(heard[i + 1]) != std::string_view::npos;
    if (is_number)
      while (i + 1 < heard.size() && heard[i + 1] != ' ') ++i;
  }
  return out;
}

TEST(Scanner, hears_the_same_as_another_parser_in_random_texts) {
  RandomJson random(20'261'124);
  int compared = 0;
  for (int i = 0; i < 4'000; ++i) {
    auto text = random.value(0);
    auto parsed = boost::json::parse(text);
    Recorder told;
    tell(parsed, told);
    auto at = random.pick(text.size() + 1);
    auto outcome = scan({std::string_view(text).substr(0, at), std::string_view(text).substr(at)});
    ASSERT_TRUE(outcome.good) << text;
    // Boost keeps one member of a name; texts with repeated names say nothing here.
    if (without_digits(outcome.heard).size() != without_digits(told.heard).size()) continue;
    ++compared;
    ASSERT_EQ(without_digits(outcome.heard), without_digits(told.heard)) << text;
  }
  EXPECT_GT(compared, 3'000);
}

TEST(Scanner, takes_and_refuses_the_same_spoiled_texts_as_another_parser) {
  RandomJson random(42);
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto text = random.spoiled(random.value(0));
    bool taken = boost_takes(text);
    refused += !taken;
    ASSERT_EQ(scan(text).good, taken) << text;
  }
  EXPECT_GT(refused, 5'000);
}

}  // namespace
}  // namespace keks::kube
