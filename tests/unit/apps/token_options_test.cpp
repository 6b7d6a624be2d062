#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "apps/keks/authenticator.hpp"
#include "apps/keks/config.hpp"
#include "apps/keks/logging.hpp"
#include "apps/keks/token_plan.hpp"

namespace keks::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::span<Option const> options() { return command_of("token").options; }

Result<Arguments> parsed(std::vector<std::string> const& words) {
  Arguments out;
  auto done = parse_like_pflag(options(), words, out);
  return done ? Result<Arguments>(out) : std::unexpected(done.error());
}

TEST(Pflag, ReadsAnOptionInAllItsForms) {
  for (auto const& words : std::vector<std::vector<std::string>>{
           {"-i", "prod"}, {"-iprod"}, {"-i=prod"}, {"--cluster-id", "prod"}, {"--cluster-id=prod"}})
    EXPECT_EQ(parsed(words)->get("cluster-id"), "prod") << words.front();
  EXPECT_EQ(parsed({"-i", "-x"})->get("cluster-id"), "-x");
  EXPECT_EQ(parsed({"-i", "a", "-i", "b"})->get("cluster-id"), "b");
}

TEST(Pflag, ReadsTruthValues) {
  EXPECT_TRUE(parsed({"--cache"})->flag("cache"));
  EXPECT_FALSE(parsed({"--cache=false"})->flag("cache"));
  EXPECT_TRUE(parsed({"--cache=false"})->flags.contains("cache"));
  EXPECT_THAT(parsed({"--cache=perhaps"}).error().message(), HasSubstr("\"perhaps\" for \"--cache\""));
}

TEST(Pflag, LeavesWordsAndWhatFollowsTwoDashes) {
  EXPECT_THAT(parsed({"a", "--cache", "b", "--", "--cache", "-i"})->positionals,
              ElementsAre("a", "b", "--cache", "-i"));
  EXPECT_TRUE(parsed({"-h"})->flag("help"));
}

TEST(Pflag, RefusesInItsOwnWords) {
  EXPECT_EQ(parsed({"--bogus=1"}).error().message(), "unknown flag: --bogus");
  EXPECT_EQ(parsed({"-x"}).error().message(), "unknown shorthand flag: 'x' in -x");
  EXPECT_EQ(parsed({"--role"}).error().message(), "flag needs an argument: --role");
  EXPECT_EQ(parsed({"-i"}).error().message(), "flag needs an argument: 'i' in -i");
}

TEST(Pflag, FindsTheCommandBehindGlobalOptions) {
  auto at = [](std::vector<std::string> const& words) { return find_command_word(options(), words); };
  EXPECT_EQ(at({"token", "-i", "x"}), 0u);
  EXPECT_EQ(at({"-i", "x", "token"}), 2u);
  EXPECT_EQ(at({"--cluster-id=x", "-vdebug", "token"}), 2u);
  EXPECT_EQ(at({"--help", "token"}), 1u);
  EXPECT_EQ(at({"-i", "token"}), 2u);
  EXPECT_EQ(at({}), 0u);
}

TEST(AuthenticatorName, IsWhatTheProgramIsCalledBy) {
  EXPECT_TRUE(is_authenticator("/usr/bin/aws-iam-authenticator"));
  EXPECT_TRUE(is_authenticator("aws-iam-authenticator"));
  EXPECT_FALSE(is_authenticator("keks"));
  EXPECT_FALSE(is_authenticator("/aws-iam-authenticator/keks"));
}

TEST(FeatureGates, AreCheckedAndHaveNoEffect) {
  EXPECT_TRUE(check_feature_gates(""));
  EXPECT_TRUE(check_feature_gates("SSORoleMatch=true,AllAlpha=false"));
  EXPECT_THAT(check_feature_gates("Bogus=true").error().message(), HasSubstr("unrecognized feature gate: Bogus"));
  EXPECT_THAT(check_feature_gates("AllBeta").error().message(), HasSubstr("missing bool value for AllBeta"));
  EXPECT_FALSE(check_feature_gates("AllBeta=2"));
}

Arguments configured(std::string_view json, Arguments args = {}) {
  auto done = apply_config(*parse_json(json), options(), args);
  EXPECT_TRUE(done) << done.error().message();
  return args;
}

TEST(Config, FillsInWhatWasNotTyped) {
  auto args = configured(R"({"clusterid":"prod","ROLE":"arn","tokenOnly":true,"server":{"port":1},"region":null})");
  EXPECT_EQ(args.get("cluster-id"), "prod");
  EXPECT_EQ(args.get("role"), "arn");
  EXPECT_TRUE(args.flag("token-only"));
  EXPECT_FALSE(args.get("region"));
  Arguments typed;
  typed.values["cluster-id"] = {"typed"};
  typed.flags["token-only"] = false;
  auto kept = configured(R"({"clusterID":"prod","tokenOnly":true})", typed);
  EXPECT_EQ(kept.get("cluster-id"), "typed");
  EXPECT_FALSE(kept.flag("token-only"));
}

TEST(Config, TakesValuesOfOtherTypes) {
  EXPECT_EQ(configured(R"({"clusterID":1})").get("cluster-id"), "1");
  EXPECT_EQ(configured(R"({"clusterID":true})").get("cluster-id"), "true");
  for (auto yes : {R"("true")", "1", R"("1")", "true"})
    EXPECT_TRUE(configured(std::string(R"({"cache":)") + yes + "}").flag("cache")) << yes;
  EXPECT_FALSE(configured(R"({"cache":0})").flag("cache"));
}

TEST(Config, RefusesWhatHasNoMeaning) {
  Arguments args;
  for (auto text : {R"({"clusterID":["a"]})", R"({"cache":"perhaps"})", R"({"cache":{}})"})
    EXPECT_EQ(apply_config(*parse_json(text), options(), args).error().code(), Code::ConfigMalformed) << text;
}

TEST(Config, VariablesWinOverTheFile) {
  Arguments args;
  args.environment =
      Environment(Environment::Map{{"KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID", "variable"}, {"KEKS_CACHE", "0"}});
  ASSERT_TRUE(take_variables(options(), args));
  args = configured(R"({"clusterID":"file","cache":true})", args);
  EXPECT_EQ(args.get("cluster-id"), "variable");
  EXPECT_FALSE(args.flag("cache"));
  args.environment = Environment(Environment::Map{{"KEKS_CACHE", "perhaps"}});
  args.flags.clear();
  EXPECT_EQ(take_variables(options(), args).error().code(), Code::InvalidArgument);
}

TEST(TokenPlan, NeedsACluster) { EXPECT_EQ(token_plan({}).error().code(), Code::ClusterUnset); }

TEST(TokenPlan, SaysWhatHasNoEffectWithoutARole) {
  Arguments args;
  args.values = {{"cluster-id", {"prod"}}, {"external-id", {"e"}}};
  args.flags["forward-session-name"] = true;
  EXPECT_THAT(token_plan(args)->warning, HasSubstr("--external-id and --forward-session-name"));
  args.values["role"] = {"arn"};
  EXPECT_EQ(token_plan(args)->warning, "");
  args.values["session-name"] = {"s"};
  EXPECT_EQ(token_plan(args).error().code(), Code::InvalidArgument);
}

TEST(TokenPlan, ForwardsTheNameOfASessionOnly) {
  EXPECT_EQ(session_name_of("AROAEXAMPLE:me"), "me");
  for (auto id : {"AIDAEXAMPLE", "AROA:a:b", "AROA:", ""}) EXPECT_FALSE(session_name_of(id)) << id;
}

TEST(TokenOutput, ComesAsTheAwsCliPrintsIt) {
  iam::Token token{Secret("k8s-aws-v1.QUJD"), WallTime(std::chrono::seconds(1'768'478'400))};
  auto text = token_output(TokenOutput::Text, token, {});
  EXPECT_EQ(text.json.reveal(),
            "client.authentication.k8s.io/v1beta1\tExecCredential\nSTATUS\t2026-01-15T12:00:00Z\tk8s-aws-v1.QUJD");
  auto yaml = token_output(TokenOutput::Yaml, token, {});
  EXPECT_THAT(std::string(yaml.json.reveal()), HasSubstr("\n  token: k8s-aws-v1.QUJD"));
  EXPECT_EQ(token_output(TokenOutput::Bare, token, {}).json.reveal(), "k8s-aws-v1.QUJD");
}

TEST(LogLine, HasThreeForms) {
  WallTime at{std::chrono::seconds(1'768'478'400)};
  EXPECT_EQ(log_line(LogFormat::Line, LogLevel::Warn, "a\nb", at), "keks: a\\nb\n");
  EXPECT_EQ(log_line(LogFormat::Json, LogLevel::Warn, "a \"b\"", at),
            "{\"level\":\"warning\",\"msg\":\"a \\\"b\\\"\",\"time\":\"2026-01-15T12:00:00Z\"}\n");
  EXPECT_EQ(log_line(LogFormat::Logrus, LogLevel::Fatal, "m", at),
            "time=\"2026-01-15T12:00:00Z\" level=fatal msg=\"m\"\n");
}

TEST(LogLevel, IsReadAsLogrusDoes) {
  for (auto name : {"panic", "fatal", "error", "warning", "warn", "info", "debug", "trace", "DEBUG"})
    EXPECT_TRUE(parse_log_level(name)) << name;
  EXPECT_THAT(parse_log_level("loud").error().message(), HasSubstr("Invalid log level \"loud\""));
}

}  // namespace
}  // namespace keks::cli
