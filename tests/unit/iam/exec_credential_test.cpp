#include <keks/base/time.hpp>
#include <keks/iam/token.hpp>

#include "support/rows.hpp"

namespace keks::iam {
namespace {

using test::flag;
using test::Row;
using test::text;

Token token(std::string value = "k8s-aws-v1.QUJD") {
  return {Secret(std::move(value)), *parse_rfc3339("2026-01-15T12:14:00Z")};
}

std::string answered(std::string const& exec_info) {
  return std::string(exec_credential(token(), exec_info).json.reveal());
}
std::string hint(std::string const& exec_info) { return exec_credential(token(), exec_info).hint; }

/// Times outside the years that a clock of 64-bit nanoseconds can tell.
bool is_beyond_clocks(Row const& row) {
  auto year = std::stol(text(row, "expiration"));
  return year < 1700 || year > 2200;
}

/// The recorded line; where keks does better than it, the same line in the version that every kubectl reads.
std::string wanted(Row const& row) {
  if (flag(row, "upstream_defect"))
    return R"({"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1beta1","spec":{"interactive":false},)"
           R"("status":{"expirationTimestamp":"2026-01-15T12:14:00Z","token":"k8s-aws-v1.QUJD"}})";
  auto line = text(row.at("go").as_object(), "stdout");
  return line.substr(0, line.size() - 1);
}

TEST(ExecCredentialRows, AreAllAsRecorded) {
  int seen = 0, beyond = 0;
  for (auto const& row : test::rows("token_rows.jsonl")) {
    if (text(row, "kind") != "exec_credential") continue;
    if (is_beyond_clocks(row)) {
      ++beyond;
      continue;
    }
    ++seen;
    Token given{Secret(text(row, "token")), *parse_rfc3339(text(row, "expiration"))};
    std::optional<std::string> info;
    if (flag(row, "exec_info_set")) info = text(row, "exec_info");
    EXPECT_EQ(exec_credential(given, info).json.reveal(), wanted(row)) << text(row, "name");
  }
  EXPECT_EQ(seen, 20);
  EXPECT_EQ(beyond, 2);
}

std::string asks(std::string_view version, std::string_view more = "") {
  return R"({"apiVersion":"client.authentication.k8s.io/)" + std::string(version) + "\"" + std::string(more) + "}";
}

TEST(ExecCredential, AnswersInTheVersionThatWasAskedFor) {
  for (auto version : {"v1", "v1beta1", "v1alpha1"})
    EXPECT_NE(answered(asks(version)).find("k8s.io/" + std::string(version) + "\""), std::string::npos);
}

TEST(ExecCredential, SaysNothingWhenAllIsWell) {
  for (auto const& info : {std::string(), asks("v1"), asks("v1beta1")}) EXPECT_EQ(hint(info), "") << info;
  EXPECT_EQ(exec_credential(token(), std::nullopt).hint, "");
}

TEST(ExecCredential, MembersWithoutAValueDoNotCount) {
  for (auto more : {R"(,"kind":null)", R"(,"spec":null)", R"(,"spec":{"interactive":null})"})
    EXPECT_EQ(hint(asks("v1", more)), "") << more;
}

TEST(ExecCredential, HintsAtAVersionThatKubectlHasDropped) {
  EXPECT_NE(hint(asks("v1alpha1")).find("1.24"), std::string::npos);
}

TEST(ExecCredential, FallsBackToV1beta1AndSaysWhy) {
  struct Case {
    std::string info, reason;
  };
  for (auto const& [info, reason] :
       {Case{asks("v2"), "unknown version"}, Case{"{}", "names no apiVersion"}, Case{"[]", "names no apiVersion"},
        Case{asks("v1", R"(,"kind":5)"), "no ExecCredential"}, Case{asks("v1", R"(,"spec":[])"), "no ExecCredential"},
        Case{asks("v1", R"(,"spec":{"interactive":"yes"})"), "no ExecCredential"},
        Case{R"({"apiVersion":7})", "names no apiVersion"}, Case{"{", "not JSON"}, Case{" ", "not JSON"}}) {
    EXPECT_NE(answered(info).find("k8s.io/v1beta1\""), std::string::npos) << info;
    EXPECT_NE(hint(info).find(reason), std::string::npos) << hint(info);
  }
}

TEST(ExecCredential, AForgedVersionStaysOnOneLineOfTheHint) {
  auto text = hint("{\"apiVersion\":\"a\\n\\u001b[31mb\"}");
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(ExecCredential, EchoesWhetherStdinMayBeUsed) {
  EXPECT_NE(answered(asks("v1", R"(,"spec":{"interactive":true})")).find(R"({"interactive":true})"), std::string::npos);
  for (auto spec : {R"(,"spec":{"interactive":false})", R"(,"spec":{"interactive":"yes"})", R"(,"spec":[])", ""})
    EXPECT_NE(answered(asks("v1", spec)).find(R"({"interactive":false})"), std::string::npos) << spec;
}

TEST(ExecCredential, TheHintNeverHoldsTheToken) {
  for (auto const& info : {asks("v1alpha1"), asks("v2"), std::string("{"), std::string("{}")})
    EXPECT_EQ(exec_credential(token("k8s-aws-v1.CANARY"), info).hint.find("CANARY"), std::string::npos);
}

}  // namespace
}  // namespace keks::iam
