#include <keks/aws/chain.hpp>

#include "aws/providers/process.hpp"
#include "fixture.hpp"
#include "support/temporary_folder.hpp"

namespace keks::aws {
namespace {

using Outcome = ChainStep::Outcome;

constexpr std::string_view kRole = "arn:aws:iam::222233334444:role/ops";
constexpr std::string_view kKeys = "aws_access_key_id = AKIDB\naws_secret_access_key = CANARY-secret\n";

struct ChainTest : AwsTest {
  ChainTest() { variables["AWS_REGION"] = "eu-west-1"; }

  std::shared_ptr<Chain> chain() {
    auto files = SharedConfig::parse(ConfigText{"config", config}, std::nullopt);
    auto settings = Settings::make(Environment(variables), std::move(files), profile);
    EXPECT_TRUE(settings) << settings.error().message();
    ChainOptions options{.settings = *settings, .transport = {std::shared_ptr<void>(), &transport}};
    options.mfa_prompt = prompt;
    return Chain::make(std::move(options), clock);
  }
  Result<Credentials> get() { return chain()->get(Deadline::after(std::chrono::seconds(30))); }

  /// One letter a step: skipped, chosen, broken, not reached.
  static std::string outcomes(Chain const& chain) {
    std::string out;
    for (auto const& step : chain.steps()) out += "scbn"[static_cast<int>(step.outcome)];
    return out;
  }
  std::vector<std::string> actions() const {
    std::vector<std::string> out;
    for (auto const& request : transport.requests()) {
      auto at = request.body.find("RoleArn=");
      out.push_back(request.body.substr(at, request.body.find('&', at) - at));
    }
    return out;
  }

  Environment::Map variables;
  std::string config, profile;
  MfaPrompt prompt;
};

TEST_F(ChainTest, TellsItsStepsBeforeAnythingIsSent) {
  config = "[default]\nrole_arn = " + std::string(kRole) + "\nsource_profile = b\n[profile b]\n" + std::string(kKeys);
  auto made = chain();
  EXPECT_EQ(outcomes(*made), "sscnn");
  EXPECT_EQ(made->steps()[0].reason, "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not set");
  EXPECT_EQ(made->steps()[2].provider, "profile default");
  EXPECT_EQ(made->steps()[2].reason, "role " + std::string(kRole) + ", assumed with the keys of profile b");
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(ChainTest, ComesToMetadataOnlyWhereNothingElseIsConfigured) {
  auto made = chain();
  EXPECT_EQ(outcomes(*made), "ssssc");
  EXPECT_NE(made->steps()[4].reason.find("since nothing else is configured"), std::string::npos);
  variables["AWS_EC2_METADATA_DISABLED"] = "true";
  EXPECT_EQ(outcomes(*chain()), "sssss");
  EXPECT_TRUE(failed(get(), Code::NoCredentials,
                     {"environment: AWS_ACCESS_KEY_ID", "web identity:", "profile default: the shared files have no",
                      "container:", "instance metadata: disabled"}));
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(ChainTest, AProfileNamedByAnOptionPassesOverTheEnvironment) {
  variables["AWS_ACCESS_KEY_ID"] = "AKIDENV";
  variables["AWS_SECRET_ACCESS_KEY"] = "s";
  config = "[profile x]\n" + std::string(kKeys);
  EXPECT_EQ(get()->access_key_id, "AKIDENV");
  profile = "x";
  EXPECT_EQ(outcomes(*chain()), "sscnn");
  EXPECT_EQ(get()->access_key_id, "AKIDB");
}

TEST_F(ChainTest, ASourceThatFailsIsNotReplacedByAnother) {
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/nowhere/token";
  variables["AWS_ROLE_ARN"] = kRole;
  config = "[default]\n" + std::string(kKeys);
  EXPECT_EQ(outcomes(*chain()), "scnnn");
  EXPECT_TRUE(failed(get(), Code::CredentialSourceFailed, {"/nowhere/token"}));
}

TEST_F(ChainTest, ASourceThatIsConfiguredWronglyEndsIt) {
  variables["AWS_SECRET_ACCESS_KEY"] = "CANARY-secret";
  config = "[default]\n" + std::string(kKeys);
  EXPECT_EQ(outcomes(*chain()), "bnnnn");
  EXPECT_TRUE(failed(get(), Code::ConfigMalformed, {"AWS_ACCESS_KEY_ID is not"}));
}

TEST_F(ChainTest, KeysThatHaveEndedAreNotHandedOut) {
  variables["AWS_ACCESS_KEY_ID"] = "AKIDENV";
  variables["AWS_SECRET_ACCESS_KEY"] = "s";
  variables["AWS_CREDENTIAL_EXPIRATION"] = "2001-01-01T00:00:00Z";
  EXPECT_TRUE(failed(get(), Code::CredentialsExpired, {"environment", "2001-01-01"}));
}

TEST_F(ChainTest, RolesAreAssumedFromTheKeysUpward) {
  config =
      "[default]\nrole_arn = arn:a:TOP\nsource_profile = m\nexternal_id = x\nduration_seconds = +1800\n"
      "role_session_name = me\n[profile m]\nrole_arn = arn:a:MID\nsource_profile = b\n[profile b]\n" +
      std::string(kKeys);
  transport.answer(200, assumed_role());
  auto got = get();
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(actions(), (std::vector<std::string>{"RoleArn=arn%3Aa%3AMID", "RoleArn=arn%3Aa%3ATOP"}));
  auto top = transport.requests()[1];
  EXPECT_NE(top.body.find("RoleSessionName=me&DurationSeconds=1800&ExternalId=x"), std::string::npos) << top.body;
  EXPECT_EQ(top.headers.get("X-Amz-Security-Token"), "TOKEN1");
}

TEST_F(ChainTest, TheSourceOfARoleIsAskedAgainOnlyWhenItsOwnCredentialsEnd) {
  config =
      "[default]\nrole_arn = arn:a:TOP\nsource_profile = m\n[profile m]\nrole_arn = arn:a:MID\nsource_profile = b\n"
      "[profile b]\n" +
      std::string(kKeys);
  transport.answer(200, assumed_role());
  auto made = chain();
  ASSERT_TRUE(made->get(Deadline::never()));
  ASSERT_TRUE(made->get(Deadline::never()));
  EXPECT_EQ(actions().size(), 3u);
  made->invalidate();
  ASSERT_TRUE(made->get(Deadline::never()));
  EXPECT_EQ(actions().size(), 5u);
}

TEST_F(ChainTest, ProfilesThatCannotBeMeantAreRefusedByName) {
  struct Case {
    std::string section;
    std::string_view fragment;
  };
  for (auto const& [section, fragment] : std::initializer_list<Case>{
           {"role_arn = arn:a:R\nsource_profile = default\n", "circle"},
           {"role_arn = arn:a:R\nsource_profile = b\n[profile b]\nrole_arn = arn:a:S\nsource_profile = default\n",
            "circle"},
           {"role_arn = arn:a:R\nsource_profile = nope\n", "source_profile = nope"},
           {"role_arn = arn:a:R\nsource_profile = b\n[profile b]\nregion = us-west-2\n", "profile b"},
           {"role_arn = arn:a:R\n", "one of source_profile and credential_source"},
           {"role_arn = arn:a:R\nsource_profile = b\ncredential_source = Environment\n", "one of source_profile"},
           {"role_arn = arn:a:R\ncredential_source = Moon\n", "credential_source"},
           {"role_arn = arn:a:R\ncredential_source = Environment\n", "AWS_ACCESS_KEY_ID"},
           {"role_arn = R\nsource_profile = b\n", "role_arn"},
           {"role_arn = arn:a:R\nsource_profile = b\nduration_seconds = 15m\n", "duration_seconds"},
           {"role_arn = arn:a:R\nsource_profile = b\nduration_seconds = 899\n", "duration_seconds"},
           {"source_profile = b\n", "source_profile but no role_arn"},
           {"web_identity_token_file = /t\n", "web_identity_token_file but no role_arn"},
           {"web_identity_token_file = /t\n" + std::string(kKeys), "web_identity_token_file but no role_arn"},
           {"role_arn =\nsource_profile = b\n" + std::string(kKeys), "role_arn without a value"},
           {"aws_access_key_id = AKID\n", "aws_secret_access_key is not"},
           {"credential_process = p \"a\n", "quote"}}) {
    config = "[default]\n" + section;
    EXPECT_EQ(outcomes(*chain()), "ssbnn") << section;
    EXPECT_TRUE(failed(get(), Code::ConfigMalformed, {fragment})) << section;
  }
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(ChainTest, ATildeInTheNameOfATokenFileIsNoHome) {
  std::ofstream(testing::TempDir() + "keks-tilde-token") << "JWT";
  variables["HOME"] = testing::TempDir();
  variables["AWS_WEB_IDENTITY_TOKEN_FILE"] = "~/keks-tilde-token";
  variables["AWS_ROLE_ARN"] = kRole;
  EXPECT_TRUE(failed(get(), Code::CredentialSourceFailed, {"~/keks-tilde-token"}));
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(ChainTest, ASourceProfileGivesItsRegionWhereNoneIsConfigured) {
  variables.erase("AWS_REGION");
  config = "[default]\nrole_arn = arn:a:R\nsource_profile = b\n[profile b]\nregion = us-west-2\n" + std::string(kKeys);
  transport.answer(200, assumed_role());
  ASSERT_TRUE(get());
  EXPECT_EQ(transport.requests()[0].url.host, "sts.us-west-2.amazonaws.com");
}

struct MfaTest : ChainTest {
  MfaTest() {
    config = "[default]\nrole_arn = " + std::string(kRole) +
             "\nsource_profile = b\nmfa_serial = arn:aws:iam::111122223333:mfa/u\n[profile b]\n" + std::string(kKeys);
  }
};

TEST_F(MfaTest, ACodeIsAskedForOncePerGet) {
  int asked = 0;
  prompt = [&](std::string_view serial, Deadline const&) -> Result<Secret> {
    EXPECT_EQ(serial, "arn:aws:iam::111122223333:mfa/u");
    return Secret("12345" + std::to_string(asked++));
  };
  transport.answer(500, "").answer(200, assumed_role());
  auto made = chain();
  EXPECT_EQ(asked, 0);
  ASSERT_TRUE(made->get(Deadline::never()));
  EXPECT_EQ(asked, 1);
  ASSERT_TRUE(made->get(Deadline::never()));
  EXPECT_EQ(asked, 2);
  EXPECT_NE(transport.requests().back().body.find("TokenCode=123451"), std::string::npos);
}

TEST_F(MfaTest, WithoutAnyoneToAskTheRoleIsRefusedBeforeAnythingIsSent) {
  EXPECT_EQ(outcomes(*chain()), "sscnn");
  EXPECT_TRUE(failed(get(), Code::MfaNeeded, {kRole, "mfa/u", "terminal"}));
  EXPECT_TRUE(transport.requests().empty());
}

TEST_F(MfaTest, NobodyIsAskedForTheSakeOfASourceThatFails) {
  int asked = 0;
  prompt = [&](std::string_view, Deadline const&) -> Result<Secret> { return Secret(std::to_string(++asked)); };
  config += "[profile c]\ncredential_process = /nowhere/program\n";
  config.replace(config.find("source_profile = b"), 18, "source_profile = c");
  EXPECT_TRUE(failed(get(), Code::CredentialSourceFailed, {"/nowhere/program"}));
  EXPECT_EQ(asked, 0);
}

TEST_F(MfaTest, TheCodeStaysOutOfMessages) {
  prompt = [](std::string_view, Deadline const&) -> Result<Secret> { return Secret("987123"); };
  transport.then([](net::Request const& request) -> Result<net::Response> {
    return net::make_response(
        403, {},
        sts_refusal("AccessDenied", "invalid code " + request.body.substr(request.body.find("TokenCode=") + 10)));
  });
  auto got = get();
  EXPECT_TRUE(failed(got, Code::AssumeRoleDenied, {"MFA"}));
  EXPECT_EQ(got.error().message().find("987123"), std::string::npos) << got.error().message();
}

struct ProcessSource : ChainTest {
  /// What the chain makes of a program that says `out`, complains `err` and ends with `exit`.
  Result<Credentials> says(std::string const& out, std::string const& err = "", int exit = 0) {
    test::TemporaryFolder folder;
    folder.write("out", out);
    folder.write("err", err);
    variables["PATH"] = "/usr/bin:/bin";
    config = "[default]\ncredential_process = sh -c 'cat " + folder / "out" + "; cat " + folder / "err" +
             " >&2; exit " + std::to_string(exit) + "'\n";
    return get();
  }
};

TEST_F(ProcessSource, GivesKeys) {
  auto got = says(R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"S","AccountId":"111122223333"})");
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->access_key_id, "A");
  EXPECT_EQ(got->account_id, "111122223333");
  EXPECT_EQ(got->source, "credential_process of profile default");
  EXPECT_TRUE(got->session_token.empty());
}

TEST_F(ProcessSource, ItsOutputIsNeverQuoted) {
  for (std::string out :
       {R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":"CANARY","Expiration":"CANARY"})",
        R"({"Version":2,"AccessKeyId":"A","SecretAccessKey":"CANARY"})", R"({"Version":1,"SecretAccessKey":"CANARY"})",
        R"({"Version":"CANARY"})", R"(["CANARY"])", R"({"Version":1} CANARY)", "CANARY", "",
        R"({"Version":1,"AccessKeyId":"A","SecretAccessKey":["CANARY"]})"}) {
    auto got = says(out);
    EXPECT_TRUE(failed(got, Code::CredentialSourceFailed, {"credential_process of profile default"})) << out;
    EXPECT_EQ(got.error().message().find("CANARY"), std::string::npos) << got.error().message();
    auto broken = says(out, "went wrong", 3);
    EXPECT_TRUE(failed(broken, Code::CredentialSourceFailed, {"exited with 3", "went wrong"}));
    EXPECT_EQ(broken.error().message().find("CANARY"), std::string::npos) << broken.error().message();
  }
}

TEST_F(ProcessSource, OneThatHangsIsNamedByItsProfile) {
  config = "[default]\ncredential_process = /bin/sleep 60\n";
  auto got = chain()->get(Deadline::after(std::chrono::milliseconds(100)));
  EXPECT_TRUE(failed(got, Code::DeadlineExceeded, {"credential_process of profile default", "by hand"}));
}

TEST_F(ProcessSource, ItsComplaintsAreShortened) {
  auto got = says("", std::string(100'000, 'x') + "\n", 1);
  ASSERT_FALSE(got);
  EXPECT_LT(got.error().message().size(), 800u);
}

TEST(CommandLine, IsSplitAsAShellSplitsWords) {
  auto split = [](std::string_view line) { return split_words(line).value(); };
  using Words = std::vector<std::string>;
  EXPECT_EQ(split(" p  a\tb "), (Words{"p", "a", "b"}));
  EXPECT_EQ(split(R"(p "a b" 'c "d' e\ f "" g"h"i)"), (Words{"p", "a b", "c \"d", "e f", "", "ghi"}));
  EXPECT_EQ(split(R"(p "\"x\" \n \\" '\n')"), (Words{"p", "\"x\" \\n \\", "\\n"}));
  EXPECT_EQ(split("p `x` $HOME * | # >f"), (Words{"p", "`x`", "$HOME", "*", "|", "#", ">f"}));
  EXPECT_EQ(split("  "), Words{});
  for (auto line : {"p \"a", "p 'a", "p a\\", "'"}) EXPECT_EQ(split_words(line).error().code(), Code::ConfigMalformed);
}

}  // namespace
}  // namespace keks::aws
