#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/aws/shared_config.hpp>

namespace keks::aws {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

SharedConfig config(std::string text) { return SharedConfig::parse(ConfigText{"config", std::move(text)}, {}); }
SharedConfig credentials(std::string text) {
  return SharedConfig::parse({}, ConfigText{"credentials", std::move(text)});
}
SharedConfig both(std::string config, std::string credentials) {
  return SharedConfig::parse(ConfigText{"config", std::move(config)},
                             ConfigText{"credentials", std::move(credentials)});
}

std::string value(SharedConfig const& files, std::string_view profile, std::string_view key) {
  auto const* section = files.profile(profile);
  return section ? section->get(key).value_or("(unset)") : "(no such profile)";
}

std::vector<std::string> faults(SharedConfig const& files) {
  std::vector<std::string> out;
  for (auto const& fault : files.faults()) out.push_back(fault.text());
  return out;
}

TEST(SharedConfig, ItsDigestIsOfBothTextsAndOfWhichFileHasWhich) {
  EXPECT_EQ(both("a", "b").digest(), both("a", "b").digest());
  for (auto const& other : {both("b", "a"), both("ab", ""), both("a", "b\n"), config("a"), credentials("a")})
    EXPECT_NE(both("a", "b").digest(), other.digest());
  EXPECT_NE(config("a").digest(), credentials("a").digest());
}

TEST(SharedConfig, BeginsAfterAByteOrderMark) {
  EXPECT_EQ(value(config("\xEF\xBB\xBF[default]\nregion = eu-west-1\n"), "default", "region"), "eu-west-1");
}

TEST(SharedConfig, CountsLinesOfEveryKind) {
  auto files = config("[default]\r\nregion = a\r\n\r\n# c\nbroken\rbroken\r\n\nbroken");
  ASSERT_EQ(files.faults().size(), 3u);
  EXPECT_EQ(files.faults()[0].line, 5u);
  EXPECT_EQ(files.faults()[1].line, 6u);
  EXPECT_EQ(files.faults()[2].line, 8u);
}

TEST(SharedConfig, KeysOfTheCredentialsFileWin) {
  auto files = both("[profile x]\nregion = a\nrole_arn = r\n", "[x]\nregion = b\n");
  EXPECT_EQ(value(files, "x", "region"), "b");
  EXPECT_EQ(value(files, "x", "role_arn"), "r");
  EXPECT_EQ(files.profile("x")->where, "config, line 1 and credentials, line 1");
}

TEST(SharedConfig, KeyPairAndSessionTokenComeFromOneFile) {
  auto pair = std::string("aws_access_key_id = A\naws_secret_access_key = S\n"),
       token = std::string("aws_session_token = T\n");
  auto in_credentials = both("[default]\n" + token, "[default]\n" + pair);
  EXPECT_EQ(value(in_credentials, "default", "aws_session_token"), "(unset)");
  EXPECT_EQ(value(in_credentials, "default", "aws_secret_access_key"), "S");
  auto in_config = both("[default]\n" + pair, "[default]\n" + token);
  EXPECT_EQ(value(in_config, "default", "aws_session_token"), "(unset)");
  EXPECT_EQ(value(in_config, "default", "aws_access_key_id"), "A");
  EXPECT_EQ(value(both("[default]\n" + pair + token, ""), "default", "aws_session_token"), "T");
}

TEST(SharedConfig, HalvesOfAKeyPairInTwoFilesStayHalves) {
  auto files = both("[default]\naws_secret_access_key = S\n", "[default]\naws_access_key_id = A\n");
  EXPECT_EQ(value(files, "default", "aws_access_key_id"), "A");
  EXPECT_EQ(value(files, "default", "aws_secret_access_key"), "(unset)");
}

TEST(SharedConfig, QuotesThatShellsWriteAreReadInNames) {
  EXPECT_THAT(config(R"([profile 'it'"'"'s mine'])").profile_names(), ElementsAre("it's mine"));
  EXPECT_THAT(config(R"([profile "a \"b\" \\c"])").profile_names(), ElementsAre(R"(a "b" \c)"));
  EXPECT_THAT(config(R"([profile DOMAIN\user])").profile_names(), ElementsAre(R"(DOMAIN\user)"));
  EXPECT_THAT(config(R"([profile "a]b"] # c)").profile_names(), ElementsAre("a]b"));
}

TEST(SharedConfig, NamesInTheCredentialsFileStandAsTheyAre) {
  EXPECT_THAT(credentials("[it's]\n[\"q\"]\n[profile x]\n").profile_names(), ElementsAre("\"q\"", "it's", "profile x"));
}

TEST(SharedConfig, QuotesAroundAValueAreTakenOffButFromACommandLine) {
  auto files = config("[default]\nregion = \"eu-west-1\"\ncredential_process = \"/opt/my tool\"\nrole_arn = 'a' 'b'\n");
  EXPECT_EQ(value(files, "default", "region"), "eu-west-1");
  EXPECT_EQ(value(files, "default", "credential_process"), "\"/opt/my tool\"");
  EXPECT_EQ(value(files, "default", "role_arn"), "'a' 'b'");
}

TEST(SharedConfig, CommentsEndAValueButNotInsideQuotes) {
  auto files = config("[default]\na = x#y\nb = x ;y\ncredential_process = run '# 1' \"; 2\" # rest\nd = it's # c\n");
  EXPECT_EQ(value(files, "default", "a"), "x#y");
  EXPECT_EQ(value(files, "default", "b"), "x");
  EXPECT_EQ(value(files, "default", "credential_process"), "run '# 1' \"; 2\"");
  EXPECT_EQ(value(files, "default", "d"), "it's");
}

TEST(SharedConfig, ALineThatIsNoKeyIsAFaultOfItsSectionOnly) {
  auto files = config("[profile x]\nregion\n[profile y]\nregion = b\n");
  EXPECT_THAT(faults(files), ElementsAre("config, line 2: this is no key with a value (`key = value`)"));
  auto broken = files.need_profile("x");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code(), Code::ConfigMalformed);
  EXPECT_THAT(broken.error().message(), HasSubstr("config, line 2"));
  EXPECT_TRUE(files.need_profile("y"));
}

TEST(SharedConfig, KeysAfterABrokenHeadBelongToNobody) {
  for (auto head : {"[profile y", "[profile y] z", "[]", "[profile \"y]", "[profile '']"}) {
    auto files = config(std::string("[profile x]\nregion = a\n") + head + "\nregion = b\n[profile z]\nregion = c\n");
    SCOPED_TRACE(head);
    EXPECT_EQ(value(files, "x", "region"), "a");
    EXPECT_EQ(value(files, "z", "region"), "c");
    EXPECT_EQ(files.faults().size(), 1u);
    EXPECT_TRUE(files.need_profile("x"));
    auto hidden = files.need_profile("y");
    ASSERT_FALSE(hidden);
    EXPECT_EQ(hidden.error().code(), Code::ConfigMalformed);
    EXPECT_THAT(hidden.error().message(), HasSubstr("config, line 3"));
  }
}

TEST(SharedConfig, SectionsOfOtherProgramsAreNoFault) {
  auto files = config("[plugins]\nwhatever\n[profile]\nx\n[default]\nregion = a\n");
  EXPECT_TRUE(files.faults().empty());
  EXPECT_THAT(files.profile_names(), ElementsAre("default"));
}

TEST(SharedConfig, WhatIsWrittenTwiceIsWorthAWarningOnly) {
  auto files = config("[default]\nregion = a\nRegion = b\n[profile default]\nregion = c\nregion = d\n");
  EXPECT_EQ(value(files, "default", "region"), "d");
  EXPECT_EQ(files.faults().size(), 3u);
  for (auto const& fault : files.faults()) EXPECT_TRUE(fault.harmless) << fault.text();
  EXPECT_TRUE(files.need_profile("default"));
}

TEST(SharedConfig, FaultsNeverQuoteALine) {
  auto files = credentials("CANARY\n[CANARY\n[x] CANARY\n[x]\naws_secret_access_key CANARY\n= CANARY\n  CANARY\n");
  EXPECT_EQ(files.faults().size(), 6u);
  for (auto const& text : faults(files)) EXPECT_EQ(text.find("CANARY"), text.npos) << text;
}

TEST(SharedConfig, ListsOneHundredFaultsAtMostAndKeepsThoseOfLaterSections) {
  std::string text = "[default]\n";
  for (int i = 0; i < 1000; ++i) text += "broken\n";
  auto files = config(text + "[profile x]\nbroken\n");
  EXPECT_EQ(files.faults().size(), 100u);
  ASSERT_TRUE(files.profile("x")->fault);
  EXPECT_EQ(files.profile("x")->fault->line, 1003u);
}

TEST(SharedConfig, SubKeysBelongToTheKeyWithoutAValueAbove) {
  auto files = config(
      "[services s]\nsts =\n  endpoint_url = \"http://127.0.0.1:1\"\neks =\n  endpoint_url = u\nx = y\n  z = 1\n");
  auto const* section = files.services("s");
  ASSERT_TRUE(section);
  EXPECT_EQ(section->nested.at("sts").at("endpoint_url"), "http://127.0.0.1:1");
  EXPECT_EQ(section->nested.at("eks").at("endpoint_url"), "u");
  EXPECT_EQ(section->get("z"), "1");
}

TEST(SharedConfig, SectionsThatAreMissingAreNamed) {
  auto files = config("[default]\n");
  EXPECT_EQ(files.need_profile("x").error().code(), Code::ProfileNotFound);
  EXPECT_EQ(files.need_sso_session("corp").error().code(), Code::ConfigMalformed);
  EXPECT_THAT(files.need_services("s").error().message(), HasSubstr("[services s]"));
}

TEST(SharedConfig, AHeadOfTheOtherFilesFormIsToldToWhomMissesTheProfile) {
  auto in_config = config("[default]\n[x]\nregion = r\n").need_profile("x");
  EXPECT_EQ(in_config.error().code(), Code::ProfileNotFound);
  EXPECT_THAT(in_config.error().message(), HasSubstr("config, line 2 has [x], and the config file wants [profile x]"));
  auto in_credentials = credentials("[profile x]\nregion = r\n").need_profile("x");
  EXPECT_EQ(in_credentials.error().code(), Code::ProfileNotFound);
  EXPECT_THAT(in_credentials.error().message(),
              HasSubstr("line 1 has [profile x], and the credentials file wants [x]"));
  EXPECT_THAT(config("[x]\n").need_profile("y").error().message(), testing::Not(HasSubstr("[x]")));
  EXPECT_THAT(config("[corp]\n").need_sso_session("corp").error().message(), testing::Not(HasSubstr("line 1")));
}

TEST(SharedConfig, ReadsMegabytesOfSectionsAndQuotes) {
  std::string text;
  for (int i = 0; i < 40'000; ++i) text += "[profile p" + std::to_string(i) + "]\nregion = r\n";
  EXPECT_EQ(config(text).profile_names().size(), 40'000u);
  EXPECT_FALSE(config("[profile " + std::string(1 << 20, '\'') + "x").need_profile("x"));
  EXPECT_EQ(value(config("[default]\na = " + std::string(1 << 20, '"')), "default", "a").size(), std::size_t{1} << 20);
}

}  // namespace
}  // namespace keks::aws
