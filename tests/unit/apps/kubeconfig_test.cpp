// keks kubeconfig as a process, against the sandbox's EKS.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/json.hpp>
#include <csignal>
#include <filesystem>

#include "apps/keks/kubeconfig_file.hpp"
#include "base/yaml.hpp"
#include "run_keks.hpp"
#include "unit/apps/sandbox_test.hpp"

namespace keks {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr auto kArn = "arn:aws:eks:eu-west-1:111122223333:cluster/sandbox";

unsigned mode_of(std::string const& path) {
  struct stat found{};
  return stat(path.c_str(), &found) == 0 ? found.st_mode & 0777u : 0;
}

cli::KubeconfigEntry entry(std::string context) {
  return {.cluster = "c",
          .user = "u",
          .context = std::move(context),
          .server = "s",
          .certificate_authority = "ca",
          .proxy_url = "",
          .command = "keks",
          .args = {}};
}

TEST(KubeconfigPaths, InAFolderThatIsGoneAreAnError) {
  auto before = fs::current_path();
  {
    test::TemporaryFolder gone;
    fs::current_path(gone.path());
  }
  auto paths = cli::kubeconfig_paths("config", Environment());
  fs::current_path(before);
  ASSERT_FALSE(paths);
  EXPECT_EQ(paths.error().code(), Code::Io);
}

/// A home folder with its kubeconfig.
class KubeHome {
 protected:
  void put(std::string const& text) { test::write(file_, text); }
  json::value written(std::string const& path) { return yaml_to_json(content_of(path)).value(); }
  json::value written() { return written(file_); }
  std::vector<std::string> folder() {
    std::vector<std::string> names;
    for (auto const& entry : fs::directory_iterator(home_ / ".kube")) names.push_back(entry.path().filename());
    return names;
  }

  test::TemporaryFolder home_;
  std::string const file_ = home_ / ".kube/config";
};

class KubeconfigCommand : public test::SandboxTest, protected KubeHome {
 protected:
  void SetUp() override {
    start({});
    variables_["HOME"] = home_.path();
  }

  Outcome run(std::vector<std::string> words = {}) {
    words.insert(words.begin(), {"kubeconfig", "sandbox"});
    return keks(std::move(words), variables_);
  }
  std::vector<std::string> plugin_args() {
    auto config = written();
    return json::value_to<std::vector<std::string>>(config.at("users").at(0).at("user").at("exec").at("args"));
  }
};

/// Without a sandbox, whose threads a fork would leave behind.
class KubeconfigFile : public testing::Test, protected KubeHome {};

TEST_F(KubeconfigCommand, WritesAFileThatOnlyItsOwnerReads) {
  auto first = run();
  EXPECT_EQ(first.code, 0) << first.err;
  EXPECT_EQ(first.out, std::string("Added new context ") + kArn + " to " + file_ + "\n");
  EXPECT_EQ(mode_of(file_), 0600u);
  EXPECT_EQ(mode_of(home_ / ".kube"), 0700u);
  auto config = written();
  EXPECT_EQ(config.at("current-context"), kArn);
  EXPECT_EQ(config.at("clusters").at(0).at("cluster").at("server"), json::string_view(box_->kube_url()));
  EXPECT_THAT(plugin_args(), ElementsAre("token", "-i", "sandbox", "--region", "eu-west-1"));
  EXPECT_EQ(run().out, std::string("Updated context ") + kArn + " in " + file_ + "\n");
  EXPECT_EQ(written(), config);
  EXPECT_THAT(folder(), ElementsAre("config"));
}

TEST_F(KubeconfigCommand, OptionsNameEntriesAndGoIntoThePluginsArguments) {
  auto done = run({"--alias", "prod", "--user-alias", "me", "--role-arn", variables_["arn"], "--proxy-url",
                   "http://proxy:3128", "--command", "/opt/keks", "--assume-role-arn", variables_["arn"]});
  ASSERT_EQ(done.code, 0) << done.err;
  auto config = written();
  EXPECT_EQ(config.at("contexts").at(0),
            json::parse(std::string(R"({"context":{"cluster":")") + kArn + R"(","user":"me"},"name":"prod"})"));
  EXPECT_EQ(config.at("users").at(0).at("user").at("exec").at("command"), "/opt/keks");
  EXPECT_EQ(config.at("clusters").at(0).at("cluster").at("proxy-url"), "http://proxy:3128");
  EXPECT_THAT(plugin_args(),
              ElementsAre("token", "-i", "sandbox", "--region", "eu-west-1", "--role", variables_["arn"]));
  EXPECT_EQ(box_->counters().requests["sts.assume"], 1u);
}

TEST_F(KubeconfigCommand, TheVariablesProfileIsKeptWhereItIsWhoOneIs) {
  auto profile_is_kept = [&] {
    auto done = run();
    EXPECT_EQ(done.code, 0) << done.err;
    auto args = plugin_args();
    return std::ranges::find(args, "--profile") != args.end();
  };
  variables_["AWS_PROFILE"] = "dev";
  variables_["AWS_SHARED_CREDENTIALS_FILE"] = home_ / "credentials";
  std::ofstream(home_ / "credentials") << "[dev]\naws_access_key_id = " << variables_["AWS_ACCESS_KEY_ID"]
                                       << "\naws_secret_access_key = " << variables_["AWS_SECRET_ACCESS_KEY"]
                                       << "\naws_session_token = " << variables_["AWS_SESSION_TOKEN"] << "\n";
  EXPECT_FALSE(profile_is_kept());
  for (auto name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}) variables_.erase(name);
  EXPECT_TRUE(profile_is_kept());
  std::ofstream(home_ / "token") << sandbox::kWebIdentityToken;
  variables_["AWS_WEB_IDENTITY_TOKEN_FILE"] = home_ / "token";
  variables_["AWS_ROLE_ARN"] = "arn:aws:iam::111122223333:role/keks-ops";
  EXPECT_FALSE(profile_is_kept());
}

TEST_F(KubeconfigCommand, DryRunPrintsTheWholeAndWritesNothing) {
  put("users: [{name: me, user: {}}]\n");
  auto before = content_of(file_);
  auto done = run({"--dry-run"});
  EXPECT_EQ(done.code, 0) << done.err;
  EXPECT_THAT(done.out, AllOf(HasSubstr("- name: me\n"), HasSubstr(kArn)));
  EXPECT_EQ(content_of(file_), before);
  EXPECT_THAT(folder(), ElementsAre("config"));
  fs::remove_all(home_ / ".kube");
  EXPECT_EQ(run({"--dry-run"}).code, 0);
  EXPECT_FALSE(fs::exists(home_ / ".kube"));
}

TEST_F(KubeconfigCommand, ABackupKeepsTheOldFileByteForByte) {
  put("# mine\nusers: []\n");
  ASSERT_EQ(run({"--backup"}).code, 0);
  EXPECT_EQ(content_of(file_ + ".bak"), "# mine\nusers: []\n");
  EXPECT_EQ(mode_of(file_ + ".bak"), 0600u);
}

TEST_F(KubeconfigCommand, ABrokenFileIsNamedWithItsLineAndNotTouched) {
  put("kind: Config\nclusters: text\n");
  auto refused = run({"--backup"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr(file_), HasSubstr("line 2: clusters is no list")));
  EXPECT_EQ(content_of(file_), "kind: Config\nclusters: text\n");
  EXPECT_THAT(folder(), ElementsAre("config"));
}

TEST_F(KubeconfigCommand, ALinkedFileIsReplacedWhereItIs) {
  put("");
  fs::rename(file_, home_ / "real");
  fs::create_symlink(home_ / "real", file_);
  ASSERT_EQ(run().code, 0);
  EXPECT_TRUE(fs::is_symlink(file_));
  EXPECT_EQ(written(home_ / "real").at("current-context"), kArn);
}

TEST_F(KubeconfigCommand, TheFileOfKUBECONFIGThatHasTheClusterIsTaken) {
  auto a = home_ / "a", b = home_ / "b";
  variables_["KUBECONFIG"] = a + "::" + b;
  ASSERT_EQ(run({"--kubeconfig", b}).code, 0);
  EXPECT_THAT(run().out, HasSubstr("in " + b));
  EXPECT_FALSE(fs::exists(a));
  std::ofstream(a) << "- broken";
  auto passed = run();
  EXPECT_EQ(passed.code, 0);
  EXPECT_THAT(passed.err, HasSubstr(a));
  fs::remove(b);
  EXPECT_EQ(run().code, 1);
  EXPECT_FALSE(fs::exists(b));
}

TEST_F(KubeconfigFile, WritersAtTheSameTimeLoseNothing) {
  std::vector<pid_t> writers;
  for (int i = 0; i < 10; ++i) {
    writers.push_back(fork());
    if (writers.back() != 0) continue;
    _exit(cli::update_kubeconfig(file_, entry("context-" + std::to_string(i)), false,
                                 Deadline::after(std::chrono::seconds(60)))
              ? 0
              : 1);
  }
  for (auto writer : writers) {
    int status = -1;
    waitpid(writer, &status, 0);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(written().at("contexts").as_array().size(), 10u);
  EXPECT_THAT(folder(), ElementsAre("config"));
}

TEST_F(KubeconfigCommand, WaitsForKubectlsLockNoLongerThanItMay) {
  put("");
  std::ofstream(file_ + ".lock") << "";
  auto refused = run({"--request-timeout", "1"});
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, AllOf(HasSubstr(file_ + ".lock"), HasSubstr("Remove it")));
  EXPECT_EQ(content_of(file_), "");
  EXPECT_TRUE(fs::exists(file_ + ".lock"));
}

TEST_F(KubeconfigFile, WhatDoesNotFitOnTheDiskLeavesTheOldFile) {
  put("users: []\n");
  auto child = fork();
  if (child == 0) {
    rlimit const little{100, 100};
    setrlimit(RLIMIT_FSIZE, &little);
    std::signal(SIGXFSZ, SIG_IGN);
    auto done =
        cli::update_kubeconfig(file_, entry(std::string(500, 'c')), false, Deadline::after(std::chrono::seconds(60)));
    _exit(!done && done.error().code() == Code::Io ? 0 : 1);
  }
  int status = -1;
  waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(content_of(file_), "users: []\n");
  EXPECT_THAT(folder(), ElementsAre("config"));
}

TEST_F(KubeconfigCommand, ALimitOnTheSizeOfFilesIsAnErrorAndLeavesNothingBehind) {
  put("users: []\n");
  auto refused = test::run({"/bin/sh", "-c", "ulimit -f 1; exec " KEKS_CLI " kubeconfig sandbox"}, variables_);
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("File too large"));
  EXPECT_EQ(content_of(file_), "users: []\n");
  EXPECT_THAT(folder(), ElementsAre("config"));
}

TEST_F(KubeconfigCommand, AClusterThatIsNotReadyWritesNothing) {
  box_->set_faults({sandbox::Fault::parse("eks.describe=status:value=CREATING").value()});
  auto refused = run();
  EXPECT_EQ(refused.code, 1);
  EXPECT_THAT(refused.err, HasSubstr("CREATING"));
  EXPECT_FALSE(fs::exists(home_ / ".kube"));
  box_->set_faults({sandbox::Fault::parse("eks.describe=status:value=UPDATING").value()});
  EXPECT_EQ(run().code, 0);
}

TEST_F(KubeconfigCommand, WhatNobodyCouldUseIsAUsageError) {
  EXPECT_EQ(keks({"kubeconfig"}, {{"HOME", home_.path()}}).code, 2);
  EXPECT_EQ(run({"other"}).code, 2);
  EXPECT_EQ(run({"--cluster", "other"}).code, 2);
  EXPECT_EQ(run({"--role", "ops"}).code, 2);
  EXPECT_EQ(run({"--proxy-url", "proxy:3128"}).code, 2);
  EXPECT_EQ(run({"--alias", "a\nb"}).code, 2);
  EXPECT_EQ(run({"--alias", "\xff"}).code, 2);
  EXPECT_FALSE(fs::exists(home_ / ".kube"));
}

TEST_F(KubeconfigCommand, NeitherKeysNorTokensAreWritten) {
  ASSERT_EQ(run().code, 0);
  EXPECT_THAT(content_of(file_),
              AllOf(Not(HasSubstr(variables_["AWS_SECRET_ACCESS_KEY"])), Not(HasSubstr("k8s-aws-v1"))));
}

}  // namespace
}  // namespace keks
