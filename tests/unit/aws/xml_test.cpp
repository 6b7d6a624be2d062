#include "aws/xml.hpp"

#include <gtest/gtest.h>

namespace keks::aws {
namespace {

std::string leaf(std::string_view document, std::string_view path) {
  auto leaves = XmlLeaves::read(document);
  return leaves ? std::string(leaves->get(path)) : "error: " + leaves.error().message();
}

TEST(Xml, FindsLeavesByTheirPath) {
  auto document =
      "\xef\xbb\xbf<?xml version=\"1.0\"?><q:A xmlns:q='x'><B><C> one "
      "</C><C>two</C></B><q:D>&lt;3&#x20AC;</q:D><E/></q:A>";
  EXPECT_EQ(leaf(document, "A/B/C"), "one");
  EXPECT_EQ(leaf(document, "A/D"), "<3\xe2\x82\xac");
  EXPECT_EQ(leaf(document, "A/E"), "");
  EXPECT_EQ(leaf(document, "A/B"), "");
  EXPECT_EQ(leaf(document, "C"), "");
}

TEST(Xml, RefusesDoctypes) {
  auto document = "<!DOCTYPE a [<!ENTITY x \"BOOM\">]><a><b>&x;</b></a>";
  EXPECT_NE(leaf(document, "a/b").find("DOCTYPE"), std::string::npos);
}

TEST(Xml, RefusesWhatIsNotWellFormedAndSaysWhere) {
  for (auto document : {"", "x", "<a>", "<a></b>", "<a/><b/>", "<a>\xff</a>", "<a>&nope;</a>"})
    EXPECT_FALSE(XmlLeaves::read(document)) << document;
  EXPECT_NE(leaf("<a>\n<b></a>", "a").find("line 2"), std::string::npos);
}

TEST(Xml, IsBounded) {
  std::string deep, wide = "<a>";
  for (int i = 0; i < 17; ++i) deep += "<a>";
  for (int i = 0; i < 17; ++i) deep += "</a>";
  for (int i = 0; i < 300; ++i) wide += "<b/>";
  EXPECT_NE(leaf(deep, "").find("too deep"), std::string::npos);
  EXPECT_NE(leaf(wide + "</a>", "").find("too many"), std::string::npos);
  EXPECT_NE(leaf("<" + std::string(200, 'n') + "/>", "").find("too long"), std::string::npos);
}

TEST(Xml, ErrorsDoNotQuoteTheDocument) {
  EXPECT_EQ(leaf("<a><k>CANARY</k><b></a>", "").find("CANARY"), std::string::npos);
}

}  // namespace
}  // namespace keks::aws
