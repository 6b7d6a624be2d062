// `keks token`, and the same under the name aws-iam-authenticator, as processes: what they print, and what they send.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>
#include <keks/net/server.hpp>

#include <boost/json.hpp>

#include "support/rows.hpp"
#include "unit/apps/sandbox_test.hpp"

namespace keks {
namespace {

using test::Outcome;
using test::Variables;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;
namespace fs = std::filesystem;

constexpr std::string_view kOps = "arn:aws:iam::111122223333:role/keks-ops";
Variables const kKeys{{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"}, {"AWS_SECRET_ACCESS_KEY", "canarySECRET/canary"}};

std::string host_of(std::string const& token) {
  auto url = base64url_decode(token.substr(11, token.find('\n') - 11)).value_or("");
  return url.substr(0, url.find('?'));
}

class Token : public testing::Test {
 protected:
  Outcome keks(std::vector<std::string> words, Variables variables = kKeys) {
    variables.emplace("HOME", home_.path());
    variables.emplace("AWS_EC2_METADATA_DISABLED", "true");
    words.insert(words.begin(), {KEKS_CLI, "token"});
    return test::run(std::move(words), variables);
  }
  test::TemporaryFolder home_;
};

TEST_F(Token, RegionComesFromOptionVariableProfileAndLastOfAllUsEast1) {
  test::write(home_ / ".aws/config", "[default]\nregion = eu-north-1\n[profile dev]\nregion = eu-south-1\n");
  auto host = [&](std::vector<std::string> words, Variables more = {}) {
    words.insert(words.end(), {"-i", "prod", "--token-only"});
    more.insert(kKeys.begin(), kKeys.end());
    return host_of(keks(words, more).out);
  };
  EXPECT_EQ(host({"--region", "eu-west-1"}, {{"AWS_REGION", "eu-west-2"}}), "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_EQ(host({}, {{"AWS_REGION", "eu-west-2"}}), "https://sts.eu-west-2.amazonaws.com/");
  EXPECT_EQ(host({}), "https://sts.eu-north-1.amazonaws.com/");
  fs::remove_all(home_ / ".aws");
  auto last = keks({"-i", "prod", "--token-only"});
  EXPECT_EQ(host_of(last.out), "https://sts.us-east-1.amazonaws.com/");
  EXPECT_THAT(last.err, AllOf(HasSubstr("us-east-1"), HasSubstr("--region")));
}

TEST_F(Token, AnInstanceWithoutARoleIsNotAskedForItsRegionAsWell) {
  auto metadata = net::Server::start({}, [](net::Exchange& exchange) { exchange.reply(404, {}, ""); });
  ASSERT_TRUE(metadata) << metadata.error().message();
  auto got = keks({"-i", "prod"},
                  {{"AWS_EC2_METADATA_DISABLED", "false"},
                   {"AWS_METADATA_SERVICE_TIMEOUT", "20"},
                   {"AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:" + std::to_string((*metadata)->port())}});
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.err, AllOf(HasSubstr("no role"), Not(HasSubstr("us-east-1"))));
  EXPECT_EQ((*metadata)->counters().requests, 2u);  // a token, and the list of roles
}

TEST_F(Token, ProfileNamedByOptionGivesKeysAndRegion) {
  test::write(home_ / ".aws/credentials", "[dev]\naws_access_key_id = AKIDDEV\naws_secret_access_key = s\n");
  test::write(home_ / ".aws/config", "[profile dev]\nregion = eu-south-1\n");
  auto got = keks({"-i", "prod", "--profile", "dev", "--token-only"}, {});
  EXPECT_EQ(host_of(got.out), "https://sts.eu-south-1.amazonaws.com/") << got.err;
  EXPECT_THAT(*base64url_decode(got.out.substr(11, got.out.size() - 12)), HasSubstr("AKIDDEV"));
  auto missing = keks({"-i", "prod", "--profile", "nope"}, {});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("nope"));
}

TEST_F(Token, WarnsOfWhatHasNoEffectAndRefusesContradictions) {
  auto idle = keks({"-i", "prod", "--region", "eu-west-1", "-s", "name", "--token-only"});
  EXPECT_EQ(idle.code, 0);
  EXPECT_THAT(idle.err, HasSubstr("--session-name changes nothing"));
  EXPECT_EQ(keks({"-i", "prod", "-r", std::string(kOps), "-s", "n", "--forward-session-name"}).code, 2);
  EXPECT_EQ(keks({"-i", "prod", "stray"}).code, 2);
  EXPECT_EQ(keks({"-i", "prod", "-o", "xml"}).code, 2);
  EXPECT_EQ(keks({"-i", "prod", "--feature-gates", "Bogus=true"}).code, 2);
  auto loud = keks({"-i", "prod", "-v", "loud"});
  EXPECT_EQ(loud.code, 2);
  EXPECT_THAT(loud.err, HasSubstr("Invalid log level \"loud\""));
}

TEST_F(Token, LogsInTheFormatAndFromTheLevelAskedFor) {
  auto json = keks({"-i", "prod", "-s", "n", "-l", "json", "--region", "eu-west-1"});
  EXPECT_EQ(boost::json::parse(json.err).at("level").as_string(), "warning");
  EXPECT_EQ(keks({"-i", "prod", "-s", "n", "-v", "error", "--region", "eu-west-1"}).err, "");
  auto broken = keks({"-i", "prod", "-l", "json", "--region", "eu-west-1", "-r", "ops"});
  EXPECT_EQ(broken.code, 1);
  EXPECT_EQ(boost::json::parse(broken.err).at("level").as_string(), "error");
}

TEST_F(Token, ReadsItsOptionsFromAFile) {
  test::write(home_ / "c.yaml", "clusterid: prod\nregion: eu-west-3\ntokenonly: \"true\"\n");
  auto got = keks({"-c", home_ / "c.yaml"});
  EXPECT_EQ(host_of(got.out), "https://sts.eu-west-3.amazonaws.com/") << got.err;
  EXPECT_EQ(host_of(keks({"-c", home_ / "c.yaml", "--region", "eu-west-1"}).out),
            "https://sts.eu-west-1.amazonaws.com/");
  auto missing = keks({"-c", home_ / "none.yaml"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("none.yaml"));
}

TEST_F(Token, KeysThatNeverEndLeaveNothingOnDisk) {
  auto got = keks({"-i", "prod", "--region", "eu-west-1", "--cache"});
  EXPECT_EQ(got.code, 0);
  EXPECT_EQ(got.err, "");
  EXPECT_FALSE(fs::exists(home_ / ".kube"));
}

/// A profile whose program fails, and the file of aws-iam-authenticator, which has kept what it said once.
class TheirCache : public Token {
 protected:
  TheirCache() {
    for (auto name : {"default", "dev"}) keep(name);
    fs::permissions(file_, fs::perms::owner_read | fs::perms::owner_write);
    config("[default]\ncredential_process = false\n");
  }
  /// Written before that tool kept anything.
  void config(std::string const& text) {
    auto path = home_ / ".aws/config";
    test::write(path, text);
    fs::last_write_time(path, fs::last_write_time(file_) - std::chrono::hours(1));
  }
  void keep(std::string const& profile) {
    auto kept = fs::exists(file_) ? test::content_of(file_) : std::string("clusters:\n  prod:\n");
    test::write(file_, kept + "    " + profile +
                           ":\n      \"\": {accesskeyid: ASIAKEPT, secretaccesskey: s, sessiontoken: t, "
                           "source: ProcessProvider, canexpire: true, expires: 2099-01-01T00:00:00Z}\n");
  }
  Outcome token(Variables more = {}) {
    more.emplace("AWS_REGION", "eu-west-1");
    more.emplace("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    return keks({"-i", "prod", "--token-only", "--cache"}, more);
  }
  std::string const file_ = home_ / ".kube/cache/aws-iam-authenticator/credentials.yaml";
};

TEST_F(TheirCache, IsReadForTheProfileInUse) {
  auto got = token();
  ASSERT_EQ(got.code, 0) << got.err;
  EXPECT_THAT(*base64url_decode(got.out.substr(11, got.out.size() - 12)), HasSubstr("ASIAKEPT"));
}

TEST_F(TheirCache, IsNotReadForAnIdentityThatIsNoProfiles) {
  test::write(home_ / "token", "t");
  auto got = token({{"AWS_WEB_IDENTITY_TOKEN_FILE", home_ / "token"}, {"AWS_ROLE_ARN", std::string(kOps)}});
  EXPECT_EQ(got.code, 1);
  EXPECT_EQ(got.out, "");
}

TEST_F(TheirCache, IsNotReadForAProfileNamedByTheOlderVariable) {
  config("[default]\ncredential_process = false\n[profile ops]\ncredential_process = false\n");
  EXPECT_EQ(token({{"AWS_DEFAULT_PROFILE", "ops"}}).code, 1);
  EXPECT_EQ(token().code, 0);
}

TEST_F(TheirCache, IsNotReadOnceASharedFileWasChanged) {
  auto config = home_ / ".aws/config";
  fs::last_write_time(config, fs::last_write_time(file_) + std::chrono::hours(1));
  EXPECT_EQ(token().code, 1);
}

TEST_F(TheirCache, IsNotReadWhereOthersCanRead) {
  fs::permissions(file_, fs::perms::group_read, fs::perm_options::add);
  auto got = token();
  EXPECT_EQ(got.code, 1);
  EXPECT_THAT(got.err, HasSubstr("chmod 600"));
}

class CachedToken : public test::SandboxTest {
 protected:
  void SetUp() override {
    start({});
    variables_["HOME"] = home_.path();
    variables_["KEKS_CACHE"] = "1";
  }
  std::vector<std::string> words(std::vector<std::string> more = {}) const {
    std::vector<std::string> all{KEKS_CLI, "token", "-i", "sandbox", "--role", std::string(kOps), "--token-only"};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  Outcome token(std::vector<std::string> more = {}) { return test::run(words(std::move(more)), variables_); }
  std::uint64_t assumed() const { return test::asked(*box_, "sts.assume"); }
  std::string folder() const { return home_ / ".kube/cache/keks"; }
  std::vector<std::string> files(std::string_view ending) const {
    std::vector<std::string> out;
    std::error_code none;
    for (auto const& entry : fs::directory_iterator(folder(), none))
      if (entry.path().string().ends_with(ending)) out.push_back(entry.path().string());
    return out;
  }

  test::TemporaryFolder home_;
};

TEST_F(CachedToken, IsGivenOutAgainWithoutASocket) {
  auto first = token();
  ASSERT_EQ(first.code, 0) << first.err;
  auto before = box_->counters();
  auto second = token();
  EXPECT_EQ(second.out, first.out);
  EXPECT_EQ(second.err, "");
  auto after = box_->counters();
  EXPECT_EQ(after.aws.connections, before.aws.connections);
  EXPECT_EQ(assumed(), 1u);
}

TEST_F(CachedToken, IsAnotherForAnotherClusterUnderTheSameRolesCredentials) {
  auto first = token(), other = token({"-i", "other"});
  EXPECT_NE(first.out, other.out);
  EXPECT_EQ(assumed(), 1u);
  EXPECT_EQ(token({"-s", "someone"}).code, 0);
  EXPECT_EQ(assumed(), 2u);
}

TEST_F(CachedToken, IsNotSharedBetweenIdentities) {
  token();
  variables_["AWS_SESSION_TOKEN"] += "x";
  token();
  EXPECT_EQ(assumed(), 2u);
}

TEST_F(CachedToken, TenProcessesAtOnceAssumeTheRoleOnce) {
  std::vector<std::unique_ptr<test::Running>> running;
  for (int i = 0; i < 10; ++i)
    running.push_back(std::make_unique<test::Running>(words({"-i", "c" + std::to_string(i % 3)}), variables_));
  for (auto& one : running) {
    auto outcome = one->wait();
    EXPECT_EQ(outcome.code, 0) << outcome.err;
    EXPECT_THAT(outcome.out, StartsWith("k8s-aws-v1."));
  }
  EXPECT_EQ(assumed(), 1u);
}

TEST_F(CachedToken, FilesAreTheUsersAlone) {
  ASSERT_EQ(token().code, 0);
  EXPECT_EQ(fs::status(folder()).permissions(), fs::perms::owner_all);
  EXPECT_EQ(files(".json").size(), 2u);
  for (auto const& file : files("")) {
    EXPECT_EQ(fs::status(file).permissions(), fs::perms::owner_read | fs::perms::owner_write) << file;
    EXPECT_THAT(test::content_of(file), Not(HasSubstr(variables_["AWS_SECRET_ACCESS_KEY"])));
  }
}

TEST_F(CachedToken, BrokenFilesNeverStopALogin) {
  ASSERT_EQ(token().code, 0);
  for (auto const& file : files(".json")) test::write(file, test::content_of(file).substr(0, 40));
  auto got = token();
  EXPECT_EQ(got.code, 0);
  EXPECT_THAT(got.err, HasSubstr(".corrupt"));
  EXPECT_EQ(files(".corrupt").size(), 2u);
  EXPECT_EQ(token().err, "");
  EXPECT_EQ(assumed(), 2u);
}

TEST_F(CachedToken, AProcessKilledOnTheWayLeavesNoLockBehind) {
  box_->set_faults({*sandbox::Fault::parse("sts.assume=stall")});
  test::Running stuck(words(), variables_);
  while (assumed() == 0) usleep(10'000);
  stuck.kill();
  stuck.wait();
  box_->set_faults({});
  auto got = token();
  EXPECT_EQ(got.code, 0);
  EXPECT_EQ(got.err, "");
}

TEST_F(CachedToken, WithoutAPlaceToKeepItIsMadeWithOneWarning) {
  test::write(home_ / "file", "");
  fs::create_directory_symlink(home_.path(), home_ / "link");
  for (std::string folder :
       {home_ / "link", home_ / "file/below", std::string("/proc/keks"), std::string("/dev/null")}) {
    variables_["KEKS_CACHE_DIR"] = folder;
    auto got = token();
    EXPECT_EQ(got.code, 0) << got.err;
    EXPECT_EQ(test::lines_in(got.err), 1u) << folder << ": " << got.err;
  }
  variables_.erase("KEKS_CACHE_DIR");
  variables_.erase("HOME");
  auto homeless = token();
  EXPECT_EQ(homeless.code, 0);
  EXPECT_EQ(test::lines_in(homeless.err), 1u) << homeless.err;
}

TEST_F(CachedToken, ForwardsTheNameOfTheSessionInUse) {
  auto got = token({"--forward-session-name"});
  EXPECT_EQ(got.code, 0) << got.err;
  EXPECT_EQ(box_->counters().requests.find("sts.identity")->second, 1u);
}

TEST_F(CachedToken, IsNotKeptUnlessAskedFor) {
  variables_.erase("KEKS_CACHE");
  EXPECT_EQ(token().code, 0);
  EXPECT_FALSE(fs::exists(folder()));
  EXPECT_EQ(token({"--cache"}).code, 0);
  EXPECT_TRUE(fs::exists(folder()));
  variables_["KEKS_CACHE"] = "1";
  token({"--cache=false"});
  EXPECT_EQ(assumed(), 3u);
}

/// The recorded command lines, played through a link of that name.
class CliRows : public testing::Test {
 protected:
  CliRows() { fs::create_symlink(KEKS_CLI, program_); }

  Outcome play(test::Row const& row) {
    test::TemporaryFolder folder;
    auto placed = [&](std::string text) {
      for (auto at = text.find("{{dir}}"); at != text.npos; at = text.find("{{dir}}"))
        text.replace(at, 7, folder.path());
      return text;
    };
    for (auto const& [name, text] : row.at("files").as_object())
      test::write(folder / std::string(name), placed(std::string(text.as_string())));
    Variables variables{{"HOME", folder.path()}, {"AWS_EC2_METADATA_DISABLED", "true"}};
    for (auto const& [name, value] : row.at("env").as_object()) variables[name] = value.as_string();
    std::vector<std::string> words{program_};
    for (auto const& word : row.at("args").as_array()) words.push_back(placed(std::string(word.as_string())));
    return test::run(std::move(words), variables);
  }

  test::TemporaryFolder place_;
  std::string program_ = place_ / "aws-iam-authenticator";
};

/// Rows of commands that this version does not have.
bool is_of_a_later_command(test::Row const& row) {
  auto const& args = row.at("args").as_array();
  if (args.empty()) return false;
  std::string_view first = args.front().as_string();
  return first == "add" || first == "init" || first == "server" || first == "verify";
}

/// What the recorded text must have in common with ours: a fragment of its first line.
std::string fragment_of(std::string text) {
  text = text.substr(0, text.find('\n'));
  for (std::string_view stop : {"{{", "unversioned", "operation error", ": open ", ": While parsing"})
    text = text.substr(0, text.find(stop));
  return text.substr(0, 60);
}

void expect_stream(std::string const& recorded, std::string const& got, std::string const& name) {
  EXPECT_EQ(recorded.empty(), got.empty()) << name << ": " << got;
  EXPECT_THAT(got, HasSubstr(fragment_of(recorded))) << name;
}

TEST_F(CliRows, AreAsRecorded) {
  int played = 0, later = 0, careful = 0;
  for (auto const& row : test::rows("cli_rows.jsonl")) {
    if (is_of_a_later_command(row)) {
      ++later;
      continue;
    }
    auto got = play(row);
    auto name = test::text(row, "name");
    auto const& outcome = row.at("outcome").as_object();
    if (test::flag(row, "upstream_defect")) {
      // Stray arguments are refused.
      EXPECT_EQ(got.code, 1) << name;
      ++careful;
      continue;
    }
    ++played;
    EXPECT_EQ(got.code, outcome.at("exit_code").as_int64()) << name << ": " << got.err;
    // That keys without an end are not kept is no matter for a warning here.
    if (name == "cli/token: cache with static keys") continue;
    expect_stream(test::text(outcome, "stdout"), got.out, name);
    expect_stream(test::text(outcome, "stderr"), got.err, name);
  }
  EXPECT_EQ(played, 21);
  EXPECT_EQ(later, 15);
  EXPECT_EQ(careful, 1);
}

TEST_F(CliRows, VersionHasThatToolsForms) {
  auto version = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {program_, "version"});
    return test::run(words).out;
  };
  EXPECT_TRUE(boost::json::parse(version({})).as_object().contains("Version"));
  EXPECT_THAT(version({"-o", "yaml"}), StartsWith("version: "));
  EXPECT_EQ(test::lines_in(version({"--short"})), 1u);
  EXPECT_THAT(test::run({program_, "help", "token"}).out, HasSubstr("--forward-session-name"));
  EXPECT_THAT(test::run({program_, "verify", "-t", "x"}).err, HasSubstr("not part of this version of keks"));
}

}  // namespace
}  // namespace keks
