#include "base/yaml.hpp"

#include <keks/base/json.hpp>

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <random>

namespace keks {
namespace {

namespace json = boost::json;

std::string read(std::string_view text) {
  auto value = yaml_to_json(text);
  return value ? to_text(*value) : "error: " + value.error().message();
}

struct Case {
  std::string_view yaml, json;
};

void expect(std::initializer_list<Case> cases) {
  for (auto const& c : cases) EXPECT_EQ(read(c.yaml), c.json) << c.yaml;
}

TEST(Yaml, ScalarsMeanWhatKubernetesTakesThemFor) {
  expect({{"[~, null, Null, NULL, '', nULL]", R"([null,null,null,null,"","nULL"])"},
          {"[y, Y, yes, On, TRUE, 'yes', \"true\"]", R"([true,true,true,true,true,"yes","true"])"},
          {"[n, No, off, False, fALSE]", R"([false,false,false,false,"fALSE"])"},
          {"[12, +12, -12, 0, 0777, 0o17, 0x1f, -0b11, 1_000]", "[12,12,-12,0,511,15,31,-3,1000]"},
          {"[9223372036854775808, -9223372036854775808]", "[9223372036854775808,-9223372036854775808]"},
          {"[0x, 0b2, 1_x, '12', -, 1e999]", R"(["0x","0b2","1_x","12","-","1e999"])"},
          {"[1.5, .5, 1., -2e3, 08]", "[1.5E0,5E-1,1E0,-2E3,8E0]"},
          {"[2001-12-14, 12:30:45, 1.2.3, v1, 1e]", R"(["2001-12-14","12:30:45","1.2.3","v1","1e"])"},
          {"k:", R"({"k":null})"}});
}

TEST(Yaml, ReadersMayKeepTheLettersOfPlainScalars) {
  auto value = yaml_to_json("[012345678901, 0111, yes, ~, 'x']", {.plain_is_text = true});
  ASSERT_TRUE(value);
  EXPECT_EQ(to_text(*value), R"(["012345678901","0111","yes",null,"x"])");
}

TEST(Yaml, ReadersMayTakeTheLastOfTwoKeys) {
  EXPECT_FALSE(yaml_to_json("a: 1\na: 2"));
  auto value = yaml_to_json("a: 1\na: 2", {.last_key_wins = true});
  ASSERT_TRUE(value);
  EXPECT_EQ(to_text(*value), R"({"a":2})");
}

TEST(Yaml, TagsForceATypeAndNothingElse) {
  expect({{"!!str 12", R"("12")"},
          {"! 12", R"("12")"},
          {"!!int \"12\"", "12"},
          {"!!float 12", "1.2E1"},
          {"!mine 12", R"("12")"},
          {"!!timestamp 2001-12-14", R"("2001-12-14")"},
          {"a: 1\nb: !!int x", "error: line 2: a value that is no !!int"},
          {"!!binary aGVsbG8=", "error: line 1: a value that is no !!binary"},
          {"x: .inf", "error: line 1: a number that is not finite"}});
}

TEST(Yaml, KeysBecomeText) {
  expect({{"1: a\ntrue: b\non off: c\n1.5: d", R"({"1":"a","true":"b","on off":"c","1.5":"d"})"},
          {"~: a", "error: line 1: a key is a null, a list or a mapping"},
          {"? [a]\n: b", "error: line 1: a key is a null, a list or a mapping"}});
}

TEST(Yaml, AKeyThatComesTwiceIsAnErrorOfItsLine) {
  expect({{"a: 1\nb: 2\na: 3", "error: line 3: key \"a\" comes twice"},
          {"1: a\n'1': b", "error: line 2: key \"1\" comes twice"}});
}

TEST(Yaml, AnchorsAndMergeKeysAreResolved) {
  expect({{"a: &x [1]\nb: *x", R"({"a":[1],"b":[1]})"},
          {"- &x {k: 1, l: 2}\n- {<<: *x, k: 3}", R"([{"k":1,"l":2},{"k":3,"l":2}])"},
          {"- &x {k: 1}\n- &y {k: 2, l: 2}\n- <<: [*x, *y]", R"([{"k":1},{"k":2,"l":2},{"k":1,"l":2}])"},
          {"'<<': 1", R"({"<<":1})"},
          {"<<: 1", "error: line 1: << merges mappings only"},
          {"- *x", "error: line 1: no anchor &x stands above"},
          {"&x [*x]", "error: line 1: anchor &x contains itself"}});
}

TEST(Yaml, OnlyTheFirstDocumentIsRead) {
  expect({{"", "null"},
          {"# nothing\n", "null"},
          {"---\na: 1\n---\nb: 2\n", R"({"a":1})"},
          {"\xEF\xBB\xBF"
           "a: 1",
           R"({"a":1})"}});
}

TEST(Yaml, ASecondDocumentIsAnErrorWhereOneIsWanted) {
  auto two = yaml_to_json("a: 1\n---\nb: 2\n", {.one_document = true});
  ASSERT_FALSE(two);
  EXPECT_EQ(two.error().message(), "line 2: a second document begins");
  EXPECT_TRUE(yaml_to_json("---\na: 1\n...\n", {.one_document = true}));
}

TEST(Yaml, ABrokenTextNamesItsLine) {
  EXPECT_TRUE(read("a: 1\n b: 2\n").starts_with("error: line 2: ")) << read("a: 1\n b: 2\n");
  EXPECT_TRUE(read("a: [1\nb: 2").starts_with("error: line 2: ")) << read("a: [1\nb: 2");
  EXPECT_TRUE(read("a: \x01").starts_with("error: line 1: "));
  EXPECT_TRUE(read("a: \xff").starts_with("error: line 1: "));
  auto broken = yaml_to_json("token: hunter2\n token: hunter2");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code(), Code::ConfigMalformed);
  EXPECT_EQ(broken.error().message().find("hunter2"), std::string::npos);
}

TEST(Yaml, NestingIsBounded) {
  std::string deep(64, '['), deeper(65, '[');
  EXPECT_TRUE(yaml_to_json(deep + std::string(64, ']')));
  EXPECT_EQ(read(deeper + std::string(65, ']')), "error: line 1: it nests deeper than 64");
}

TEST(Yaml, AnAliasBombIsRefusedWhateverItMultiplies) {
  std::string nodes = "- &a0 [1,1,1,1,1,1,1,1,1,1]\n", text = "- &a0 " + std::string(100'000, 'x') + "\n";
  for (int i = 1; i < 8; ++i) {
    auto from = "*a" + std::to_string(i - 1);
    auto line = "- &a" + std::to_string(i) + " [" + from;
    for (int k = 0; k < 9; ++k) line += "," + from;
    nodes += line + "]\n";
    text += line + "]\n";
  }
  EXPECT_TRUE(read(nodes).ends_with("too much, once anchors are resolved"));
  EXPECT_TRUE(read(text).ends_with("too much, once anchors are resolved"));
  std::string merges = "- &m {a: 1}\n";
  for (int i = 0; i < 1000; ++i) merges += "- {<<: *m}\n";
  EXPECT_TRUE(yaml_to_json(merges));
}

TEST(Yaml, IsWrittenInBlockStyleAsKubectlWritesIt) {
  auto value = json::parse(R"({"apiVersion":"v1","clusters":[{"cluster":{"server":"https://x.eu:443/"},
    "name":"arn:aws:eks:eu-west-1:1:cluster/a"}],"preferences":{},"none":[],"args":["--region","-i","no","12"],
    "nested":[[1,[true,null]],[]],"f":1.0,"g":1e30})");
  EXPECT_EQ(json_to_yaml(value), R"(apiVersion: v1
clusters:
- cluster:
    server: https://x.eu:443/
  name: arn:aws:eks:eu-west-1:1:cluster/a
preferences: {}
none: []
args:
- --region
- "-i"
- "no"
- "12"
nested:
- - 1
  - - true
    - null
- []
f: 1.0
g: 1.0e+30
)");
}

TEST(Yaml, TextThatAnotherReaderWouldTakeOtherwiseIsQuoted) {
  for (std::string_view text :
       {"",  " ",  "y",   "NO",   "oN",   "null", "~",  "1",    "-1", "1e3", "0x1", "12:30", "2001-12-14", ".inf",
        "=", "<<", "- a", "a: b", "a #b", "a:",   "#",  "*a",   "&a", "!a",  "%a",  "@a",    "`a",         "{",
        "[", "|",  ">",   "?",    "-",    "---",  "--", "a\nb", "'",  "\"",  "\\",  "ü"})
    EXPECT_EQ(json_to_yaml(json::value(json::string_view(text))).front(), '"') << text;
}

class RandomJson {
 public:
  json::value value(int depth) {
    switch (below(depth > 0 ? 8 : 6)) {
      case 0:
        return nullptr;
      case 1:
        return below(2) == 1;
      case 2:
        return static_cast<std::int64_t>(random_());
      case 3:
        return random_();
      case 4:
        return std::ldexp(static_cast<double>(below(1'000'000)) - 500'000, static_cast<int>(below(200)) - 100);
      case 5:
        return json::value(text());
      case 6:
        return array(depth);
      default:
        return object(depth);
    }
  }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }

  json::string text() {
    static constexpr std::string_view pieces[] = {"y",          "no",     "1",      ":",  " ",
                                                  "#",          "-",      "\n",     "\t", "\"",
                                                  "\\",         "'",      "a",      "~",  "/",
                                                  "\u00fc",     "\u2028", "\ufeff", "=",  "{",
                                                  "\r",         "\x7f",   "\x01",   "\0", "\u0085\u00a0",
                                                  "\U0001F36A", "\uffff"};
    json::string out;
    for (auto n = below(6); n > 0; --n) out.append(pieces[below(std::size(pieces))]);
    if (below(20) == 0) out.append(2000, 'k');
    return out;
  }
  json::value array(int depth) {
    json::array out;
    for (auto n = below(4); n > 0; --n) out.push_back(value(depth - 1));
    return out;
  }
  json::value object(int depth) {
    json::object out;
    for (auto n = below(4); n > 0; --n) out[text()] = value(depth - 1);
    return out;
  }
  std::mt19937_64 random_{5};
};

TEST(Yaml, WhatIsWrittenIsReadBackAsItWas) {
  RandomJson random;
  for (int i = 0; i < 3000; ++i) {
    auto value = random.value(5);
    auto text = json_to_yaml(value);
    auto back = yaml_to_json(text);
    ASSERT_TRUE(back) << text << back.error().message();
    ASSERT_EQ(*back, value) << text << to_text(value);
  }
}

}  // namespace
}  // namespace keks
