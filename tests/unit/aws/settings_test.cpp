#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/aws/settings.hpp>

#include "support/temporary_folder.hpp"

namespace keks::aws {
namespace {

using testing::HasSubstr;

Result<Settings> settings(Environment::Map env, std::string config, std::string_view profile = {}) {
  return Settings::make(Environment(std::move(env)), SharedConfig::parse(ConfigText{"config", std::move(config)}, {}),
                        profile);
}

/// The URL that calls to `service` go to, or the error's code.
std::string url(std::string_view service, Environment::Map env, std::string config) {
  env.try_emplace("AWS_REGION", "eu-west-1");
  auto made = settings(std::move(env), std::move(config));
  auto options = made ? made->endpoint_options() : fail(made.error());
  auto endpoint = options ? made->call_endpoint(service, *options) : fail(options.error());
  return endpoint ? endpoint->url.text() : std::string(to_string(endpoint.error().code()));
}

TEST(Settings, AnOptionNamesTheProfileBeforeTheVariables) {
  auto const* config = "[default]\n[profile x]\n[profile y]\n[profile z]\n";
  Environment::Map env{{"AWS_PROFILE", "y"}, {"AWS_DEFAULT_PROFILE", "z"}};
  auto by_option = settings(env, config, "x");
  ASSERT_TRUE(by_option);
  EXPECT_EQ(by_option->profile_name(), "x");
  EXPECT_TRUE(by_option->profile_is_explicit());
  auto by_variable = settings(env, config);
  ASSERT_TRUE(by_variable);
  EXPECT_EQ(by_variable->profile_name(), "y");
  EXPECT_FALSE(by_variable->profile_is_explicit());
  EXPECT_EQ(settings({{"AWS_DEFAULT_PROFILE", "z"}}, config)->profile_name(), "z");
  EXPECT_EQ(settings({}, config)->profile_name(), "default");
}

TEST(Settings, OnlyTheDefaultProfileMayBeMissingUnlessItIsNamed) {
  EXPECT_EQ(settings({}, "")->profile(), nullptr);
  EXPECT_EQ(settings({}, "", "default").error().code(), Code::ProfileNotFound);
  EXPECT_EQ(settings({{"AWS_PROFILE", "x"}}, "").error().code(), Code::ProfileNotFound);
}

TEST(Settings, ABrokenFileHindersWhoNeedsItsProfile) {
  auto const* config = "[profile x]\nregion eu-west-1\n[profile y]\nregion = eu-west-2\n";
  auto broken = settings({}, config, "x");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code(), Code::ConfigMalformed);
  EXPECT_THAT(broken.error().message(), HasSubstr("config, line 2"));
  EXPECT_EQ(settings({}, config, "y")->region(), "eu-west-2");
  EXPECT_TRUE(settings({}, "[default\nregion = a\n"));
}

TEST(Settings, ABrokenLineOfTheDefaultProfileHindersWhoWantsWhatItBeginsWith) {
  EXPECT_EQ(url("sts", {}, "[default]\nstray\n"), "https://sts.eu-west-1.amazonaws.com/");
  for (auto line : {"use_fips_endpoint true", "USE_DUALSTACK_ENDPOINT\ttrue", "endpoint_url", "services s",
                    "ignore_configured_endpoint_urls true"}) {
    EXPECT_TRUE(settings({}, "[default]\n" + std::string(line)));
    EXPECT_EQ(url("sts", {}, "[default]\nstray\n" + std::string(line)), "ConfigMalformed") << line;
  }
  auto options = settings({}, "[default]\nregion eu-west-1\n")->endpoint_options();
  ASSERT_FALSE(options);
  EXPECT_THAT(options.error().message(), HasSubstr("config, line 2"));
  EXPECT_TRUE(settings({}, "[default]\nregion eu-west-1\n")->endpoint_options("eu-west-1"));
}

TEST(Settings, RegionsComeByOptionVariableAndProfile) {
  auto const* config = "[default]\nregion = c\n";
  Environment::Map env{{"AWS_REGION", "a"}, {"AWS_DEFAULT_REGION", "b"}};
  EXPECT_EQ(settings(env, config)->region("o"), "o");
  EXPECT_EQ(settings(env, config)->region(), "a");
  EXPECT_EQ(settings({{"AWS_REGION", ""}, {"AWS_DEFAULT_REGION", "b"}}, config)->region(), "b");
  EXPECT_EQ(settings({}, config)->region(), "c");
  EXPECT_EQ(settings({}, "")->region(), "");
}

TEST(Settings, EndpointsAreRedirectedByTheNearestSetting) {
  std::string config =
      "[default]\nendpoint_url = http://h:4\nservices = s\n[services s]\nsso_oidc =\n  endpoint_url = http://h:3\n";
  Environment::Map env{{"AWS_ENDPOINT_URL", "http://h:2"}, {"AWS_ENDPOINT_URL_SSO_OIDC", "http://h:1"}};
  EXPECT_EQ(url("sso-oidc", env, config), "http://h:1/");
  EXPECT_EQ(url("sso", env, config), "http://h:2/");
  EXPECT_EQ(url("sso-oidc", {}, config), "http://h:3/");
  EXPECT_EQ(url("sso", {}, config), "http://h:4/");
  env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "TRUE";
  EXPECT_EQ(url("sts", env, config), "https://sts.eu-west-1.amazonaws.com/");
}

TEST(Settings, ServicesHaveHostsByPartition) {
  auto in = [](std::string region, std::string_view service, Environment::Map env = {}) {
    env["AWS_REGION"] = region;
    return url(service, env, "");
  };
  EXPECT_EQ(in("eu-west-1", "sso"), "https://portal.sso.eu-west-1.amazonaws.com/");
  EXPECT_EQ(in("cn-north-1", "sso-oidc"), "https://oidc.cn-north-1.amazonaws.com.cn/");
  EXPECT_EQ(in("us-gov-west-1", "sso", {{"AWS_USE_FIPS_ENDPOINT", "true"}}),
            "https://portal.sso.us-gov-west-1.amazonaws.com/");
  EXPECT_EQ(in("us-east-1", "sso-oidc", {{"AWS_USE_FIPS_ENDPOINT", "true"}}),
            "https://oidc-fips.us-east-1.amazonaws.com/");
  EXPECT_EQ(in("us-east-1", "signin"), "https://us-east-1.signin.aws.amazon.com/");
  EXPECT_EQ(in("cn-north-1", "signin"), "https://cn-north-1.signin.amazonaws.cn/");
  EXPECT_EQ(in("us-gov-west-1", "signin"), "https://us-gov-west-1.signin.amazonaws-us-gov.com/");
  EXPECT_EQ(in("us-gov-west-1", "signin", {{"AWS_USE_FIPS_ENDPOINT", "true"}}),
            "https://signin-fips.us-gov-west-1.amazonaws.com/");
  EXPECT_EQ(in("eusc-de-east-1", "signin"), "https://signin.eusc-de-east-1.amazonaws.eu/");
  EXPECT_EQ(in("us-east-1", "signin", {{"AWS_USE_DUALSTACK_ENDPOINT", "true"}}), "https://signin.us-east-1.api.aws/");
  EXPECT_EQ(in("us-east-1", "s3"), "InvalidArgument");
}

TEST(Settings, AMisspeltSwitchIsNamedWithItsPlace) {
  auto made = settings({{"AWS_REGION", "eu-west-1"}}, "[default]\nuse_dualstack_endpoint = yes\n");
  auto options = made->endpoint_options();
  ASSERT_FALSE(options);
  EXPECT_EQ(options.error().code(), Code::ConfigMalformed);
  EXPECT_THAT(options.error().message(), HasSubstr("use_dualstack_endpoint"));
  EXPECT_THAT(options.error().message(), HasSubstr("config, line 1"));
  EXPECT_EQ(url("sts", {{"AWS_USE_FIPS_ENDPOINT", "1"}}, ""), "InvalidArgument");
  EXPECT_EQ(url("sts", {}, "[default]\nignore_configured_endpoint_urls = 1\n"), "ConfigMalformed");
}

TEST(Settings, AnEndpointOfAFileThatIsNoUrlIsNamedWithItsPlace) {
  auto made = settings({{"AWS_REGION", "eu-west-1"}}, "[default]\nendpoint_url = 127.0.0.1:1\n");
  auto endpoint = made->call_endpoint("sts", {"eu-west-1"});
  ASSERT_FALSE(endpoint);
  EXPECT_THAT(endpoint.error().message(), HasSubstr("endpoint_url (config, line 1)"));
}

TEST(Settings, ReadsTheFilesOfTheHomeFolder) {
  test::TemporaryFolder folder;
  folder.write(".aws/config", "[default]\nregion = a\n");
  folder.write(".aws/credentials", "[x]\n");
  folder.write("elsewhere", "[profile y]\nregion = b\n");
  auto at_home = Settings::load(Environment(Environment::Map{{"HOME", folder.path()}}));
  ASSERT_TRUE(at_home);
  EXPECT_EQ(at_home->region(), "a");
  EXPECT_TRUE(at_home->files().profile("x"));
  EXPECT_EQ(at_home->expand("~/b"), folder / "b");
  EXPECT_EQ(at_home->expand("~b"), "~b");
  auto elsewhere =
      Settings::load(Environment(Environment::Map{{"HOME", folder.path()}, {"AWS_CONFIG_FILE", "~/elsewhere"}}), "y");
  ASSERT_TRUE(elsewhere);
  EXPECT_EQ(elsewhere->region(), "b");
}

TEST(Settings, AbsentAndEmptyFilesAreNoError) {
  EXPECT_TRUE(Settings::load(Environment()));
  EXPECT_TRUE(Settings::load(Environment(Environment::Map{{"HOME", "/dev/null"}})));
  EXPECT_TRUE(Settings::load(Environment(Environment::Map{{"AWS_CONFIG_FILE", "/dev/null"}})));
}

TEST(Settings, AFileThatCannotBeReadIsAnError) {
  test::TemporaryFolder folder;
  folder.write("large", std::string((1 << 20) + 1, '#'));
  for (auto const& file : {folder.path(), folder / "large"}) {
    auto made = Settings::load(Environment(Environment::Map{{"AWS_SHARED_CREDENTIALS_FILE", file}}));
    ASSERT_FALSE(made);
    EXPECT_EQ(made.error().code(), Code::Io);
    EXPECT_THAT(made.error().message(), HasSubstr(file));
  }
}

}  // namespace
}  // namespace keks::aws
