#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/base/encoding.hpp>

#include <boost/json.hpp>
#include <csignal>
#include <filesystem>

#include "apps/keks/process.hpp"
#include "base/file.hpp"
#include "run_keks.hpp"
#include "unit/apps/sandbox_test.hpp"

namespace keks {
namespace {

using testing::AllOf;
using testing::HasSubstr;

using testing::Not;
using testing::StartsWith;

Variables const kKeys{{"AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"}, {"AWS_SECRET_ACCESS_KEY", "canarySECRET/canary"}};

std::string one_line(std::string text) {
  return std::count(text.begin(), text.end(), '\n') == 1 ? text : "not one line: " + text;
}

TEST(Cli, NamesItsCommandsAndRefusesOthers) {
  auto help = keks({"--help"});
  EXPECT_EQ(help.code, 0);
  for (auto name : {"token", "raw", "pods", "lambda serve", "lambda invoke", "sandbox", "version"})
    EXPECT_THAT(help.out, HasSubstr(name));
  auto wrong = keks({"fly"});
  EXPECT_EQ(wrong.code, 2);
  EXPECT_EQ(wrong.err, "keks: there is no command \"fly\" (keks --help lists all)\n");
  EXPECT_EQ(keks({}).code, 2);
  EXPECT_EQ(keks({"token", "--nonsense"}).code, 2);
  EXPECT_THAT(keks({"token", "--help"}).out, AllOf(HasSubstr("--cluster-id"), HasSubstr("--external-id")));
}

TEST(Cli, AFlagThatIsNeitherTrueNorFalseIsAWrongUse) {
  for (std::string value : {"x", "-", "99999999999999999999"}) {
    auto wrong = keks({"token", "-i", "c", "--token-only=" + value}, kKeys);
    EXPECT_EQ(wrong.code, 2) << value;
    EXPECT_THAT(wrong.err, HasSubstr("--token-only")) << value;
    EXPECT_EQ(wrong.out, "") << value;
  }
  EXPECT_THAT(keks({"token", "-i", "c", "--region", "eu-west-1", "--token-only=false"}, kKeys).out, StartsWith("{"));
  EXPECT_THAT(keks({"token", "-i", "c", "--region", "eu-west-1", "--token-only=TRUE"}, kKeys).out, StartsWith("k8s"));
}

TEST(Cli, NamesTheCommandsNearestToAnUnknownOne) {
  std::vector<std::pair<std::vector<std::string>, std::string>> const rows{
      {{"tokne"}, "; the nearest: token ("},
      {{"kubconfig"}, "; the nearest: kubeconfig ("},
      {{"lambda"}, "; the nearest: lambda serve, lambda invoke ("},
      {{"lambda", "server"}, "\"lambda server\"; the nearest: lambda serve, lambda invoke ("},
      {{std::string(100'000, 'a')}, "aaa\" ("}};
  for (auto const& [words, says] : rows) {
    auto result = keks(words);
    EXPECT_EQ(result.code, 2);
    EXPECT_EQ(result.out, "");
    EXPECT_THAT(one_line(result.err), HasSubstr(says));
  }
}

TEST(Cli, DemoSaysHowToComeByTheFunction) {
  auto result = keks({"demo", "--bootstrap", "/no/such/bootstrap"});
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(one_line(result.err), AllOf(HasSubstr("/no/such/bootstrap"), HasSubstr("--bootstrap FILE")));
}

TEST(Cli, TheSandboxsApiServerListensOnLoopbackAlone) {
  auto result = keks({"sandbox", "--listen", "0.0.0.0:0", "--", "true"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(one_line(result.err), HasSubstr("127.0.0.1 only"));
}

TEST(Cli, VersionTellsWhatItIsMadeOf) {
  EXPECT_THAT(keks({"version"}).out, AllOf(StartsWith("keks 0."), HasSubstr("OpenSSL 3")));
  auto json = boost::json::parse(keks({"version", "-o", "json"}).out).as_object();
  EXPECT_TRUE(json.contains("version") && json.contains("openssl") && json.contains("compiler"));
  EXPECT_EQ(keks({"version", "-o", "xml"}).code, 2);
}

TEST(CliToken, PrintsAnExecCredentialWhoseUrlNamesTheRealSts) {
  auto variables = kKeys;
  variables["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:1";
  auto result = keks({"token", "-i", "prod", "--region", "eu-west-1"}, variables);
  ASSERT_EQ(result.code, 0) << result.err;
  auto json = boost::json::parse(one_line(result.out)).as_object();
  EXPECT_EQ(json["apiVersion"].as_string(), "client.authentication.k8s.io/v1beta1");
  std::string text(json["status"].as_object()["token"].as_string());
  ASSERT_THAT(text, StartsWith("k8s-aws-v1."));
  auto url = base64url_decode(text.substr(11)).value();
  EXPECT_THAT(url, StartsWith("https://sts.eu-west-1.amazonaws.com/?Action=GetCallerIdentity&"));
  EXPECT_EQ(result.err, "");
}

TEST(CliToken, TokenOnlyPrintsTheBareToken) {
  auto result = keks({"token", "--cluster-name", "prod", "--region", "eu-west-1", "--token-only"}, kKeys);
  EXPECT_THAT(one_line(result.out), StartsWith("k8s-aws-v1."));
}

TEST(CliToken, TakesTheClusterFromTheAuthenticatorsVariable) {
  auto variables = kKeys;
  variables["KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID"] = "prod";
  variables["AWS_REGION"] = "eu-west-1";
  EXPECT_EQ(keks({"token"}, variables).code, 0);
}

/// With stdout on a full disk.
int code_on_full_disk(std::string const& command) {
  auto line = "AWS_ACCESS_KEY_ID=a AWS_SECRET_ACCESS_KEY=b " KEKS_CLI " " + command + " >/dev/full 2>/dev/null";
  return WEXITSTATUS(std::system(line.c_str()));
}

TEST(Cli, AFullDiskIsAFailure) {
  EXPECT_EQ(code_on_full_disk("token -i prod --region eu-west-1"), 1);
  EXPECT_EQ(code_on_full_disk("version"), 1);
  EXPECT_EQ(WEXITSTATUS(std::system(KEKS_CLI " version >&- 2>/dev/null")), 1);
  EXPECT_EQ(code_on_full_disk("token --help"), 1);
}

TEST(CliToken, SaysWhatIsMissing) {
  auto no_cluster = keks({"token", "--region", "eu-west-1"}, kKeys);
  EXPECT_NE(no_cluster.code, 0);
  EXPECT_THAT(one_line(no_cluster.err), HasSubstr("cluster"));
  auto no_keys = keks({"token", "-i", "prod", "--region", "eu-west-1"}, {{"AWS_EC2_METADATA_DISABLED", "true"}});
  EXPECT_EQ(no_keys.code, 1);
  EXPECT_THAT(one_line(no_keys.err), HasSubstr("AWS_ACCESS_KEY_ID"));
  auto bad_role = keks({"token", "-i", "prod", "--region", "eu-west-1", "-r", "ops"}, kKeys);
  EXPECT_EQ(bad_role.code, 1);
  EXPECT_THAT(one_line(bad_role.err), HasSubstr("role"));
  EXPECT_THAT(no_keys.out + bad_role.out, "");
}

class InSandbox : public test::SandboxTest {
 protected:
  std::vector<std::string> with_cluster(std::vector<std::string> words) {
    for (auto word : {"--cluster", "sandbox", "--region", "eu-west-1"}) words.emplace_back(word);
    return words;
  }
};

TEST_F(InSandbox, PodsPrintsTheBlogsTwoLines) {
  auto result = keks(with_cluster({"pods", "--role", variables_["arn"]}), variables_);
  EXPECT_EQ(result.out, "There are 31 pods in the cluster\nPod example-xxxxx in namespace default not found\n")
      << result.err;
  EXPECT_EQ(result.code, 0);
  auto json = keks(with_cluster({"pods", "--role", variables_["arn"], "-o", "json"}), variables_);
  EXPECT_EQ(json.out, "{\"pods\":31,\"pod\":{\"namespace\":\"default\",\"name\":\"example-xxxxx\",\"found\":false}}\n");
}

TEST_F(InSandbox, RawPrintsTheBodyAsItCame) {
  auto result = keks(with_cluster({"raw", "/api"}), variables_);
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("APIVersions"));
}

TEST_F(InSandbox, RawFailsWithOneLineAndNothingOnStdout) {
  auto result = keks(with_cluster({"raw", "/api/v1/namespaces/default/pods/nope"}), variables_);
  EXPECT_EQ(result.code, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_THAT(one_line(result.err), HasSubstr("nope"));
  EXPECT_EQ(keks(with_cluster({"raw"}), variables_).code, 2);
  EXPECT_EQ(keks(with_cluster({"raw", "api"}), variables_).code, 2);
}

TEST_F(InSandbox, AClosedStdoutIsAnErrorAndNeverASocket) {
  variables_["PATH"] = "/usr/bin:/bin";
  std::string line = "env -i";
  for (auto const& [name, value] : variables_) line += " '" + name + "=" + value + "'";
  line += " " KEKS_CLI " raw /api --cluster sandbox --region eu-west-1 >&- 2>/dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(line.c_str())), 1);
}

TEST_F(InSandbox, NoSecretIsEverPrinted) {
  variables_["AWS_ENDPOINT_URL_STS"] = "http://127.0.0.1:1";
  auto result = keks(with_cluster({"pods", "--role", variables_["arn"]}), variables_);
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(one_line(result.err), Not(HasSubstr(variables_["AWS_SECRET_ACCESS_KEY"])));
}

TEST(CliSandbox, RunsACommandInsideAndExitsAsItDoes) {
  EXPECT_EQ(keks({"sandbox", "--", "sh", "-c", "test -n \"$AWS_ENDPOINT_URL_STS\" && exit 7"}).code, 7);
  auto pods = keks({"sandbox", "--pods", "5", "--", KEKS_CLI, "pods", "--cluster", "sandbox", "--region", "eu-west-1"});
  EXPECT_THAT(pods.out, HasSubstr("There are 5 pods"));
  EXPECT_EQ(keks({"sandbox", "--", "sh", "-c", "kill -XFSZ $$"}).code, 128 + SIGXFSZ);
  auto missing = keks({"sandbox", "--", "/no/such/program"});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(one_line(missing.err), HasSubstr("/no/such/program"));
}

TEST(CliSandbox, SaysThatTheTemporaryFolderIsMissing) {
  auto result = keks({"sandbox", "--aws-tls", "--", "true"}, {{"TMPDIR", "/no/such/folder"}});
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(one_line(result.err), HasSubstr("TMPDIR"));
}

TEST(CliSandbox, RefusesFaultsThatDoNotExist) {
  auto result = keks({"sandbox", "--fault", "kube.list=explode", "--", "true"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("explode"));
}

/// What the pods command says in a sandbox with these options.
Outcome pods_in(std::vector<std::string> options) {
  options.insert(options.begin(), "sandbox");
  for (auto word : {"--", KEKS_CLI, "pods", "--cluster", "sandbox", "--region", "eu-west-1"})
    options.emplace_back(word);
  return keks(options);
}

TEST(CliSandbox, LetsInWhoIsOnTheListOfItsMode) {
  std::string role = "arn:aws:iam::111122223333:role/eksClient";
  test::TemporaryFolder folder;
  auto file = folder / "aws-auth.yaml";
  test::write(file, "kind: ConfigMap\ndata:\n  mapRoles: |\n    - rolearn: " + role +
                        "\n      username: x\n      groups: [keks:viewers]\n");
  EXPECT_EQ(pods_in({"--aws-auth", file}).code, 0);
  EXPECT_EQ(pods_in({"--aws-auth", file, "--mode", "CONFIG_MAP"}).code, 0);
  EXPECT_THAT(pods_in({"--aws-auth", file, "--mode", "API"}).err, HasSubstr("HTTP 401"));
  EXPECT_EQ(pods_in({"--access-entry", role + "=x,keks:viewers", "--mode", "API"}).code, 0);
  EXPECT_THAT(pods_in({"--stale-entry", role + "=x,keks:viewers"}).err, HasSubstr("HTTP 401"));
}

TEST(CliSandbox, RefusesModesAndListsThatAreNone) {
  EXPECT_THAT(keks({"sandbox", "--mode", "api", "--", "true"}).err, HasSubstr("--mode api: API, API_AND_CONFIG_MAP"));
  EXPECT_THAT(keks({"sandbox", "--access-entry", "x=y", "--", "true"}).err, HasSubstr("--access-entry x=y"));
  test::TemporaryFolder folder;
  folder.write("no-config-map.yaml", "data:\n  mapRoles: []\n");
  EXPECT_THAT(keks({"sandbox", "--aws-auth", folder / "no-config-map.yaml", "--", "true"}).err,
              HasSubstr("mapRoles is no text"));
}

TEST(CliSandbox, NamesContainerCredentialsWhenAskedTo) {
  auto shown =
      keks({"sandbox", "--container-credentials", "--", "sh", "-c", "echo $AWS_CONTAINER_CREDENTIALS_FULL_URI"});
  EXPECT_THAT(shown.out, HasSubstr("/credentials"));
}

TEST(CliLambda, InvokePrintsLogAndResult) {
  auto result = keks({"sandbox", "--", KEKS_CLI, "lambda", "invoke", "--function", std::string("f=") + KEKS_BOOTSTRAP,
                      "--handler", "pods", "--env", "cluster", "--env", "region", "--env", "arn"});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(result.out, AllOf(HasSubstr("START RequestId: "), HasSubstr("There are 31 pods in the cluster\n"),
                                HasSubstr("REPORT RequestId: "), HasSubstr("\n{\"pods\":31,")));
}

TEST(CliLambda, RefusesBadOptions) {
  for (auto const& words : std::vector<std::vector<std::string>>{{"--function", "f"},
                                                                 {},
                                                                 {"--function", "f=x", "--memory", "1"},
                                                                 {"--function", "f=x", "--timeout", "ten"},
                                                                 {"--function", "f=x", "--env", "=v"}}) {
    std::vector<std::string> all{"lambda", "invoke"};
    all.insert(all.end(), words.begin(), words.end());
    EXPECT_EQ(keks(all).code, 2);
  }
}

TEST(CliDemo, ShowsAColdAndAWarmInvocation) {
  auto result = keks({"demo", "--bootstrap", KEKS_BOOTSTRAP});
  EXPECT_EQ(result.code, 0) << result.err;
  EXPECT_THAT(
      result.out,
      HasSubstr(
          "cold: 1 DescribeCluster call, 1 AssumeRole call, 1 TLS handshake with the API server, 1 count, 1 get\n"));
  EXPECT_THAT(
      result.out,
      HasSubstr(
          "warm: 0 DescribeCluster calls, 0 AssumeRole calls, 0 TLS handshakes with the API server, 1 count, 1 get\n"));
}

TEST(Bootstrap, SaysWhatItIsWhenStartedByHand) {
  std::vector<std::string> words{KEKS_BOOTSTRAP};
  auto code = cli::run_program(words, {{"AWS_LAMBDA_RUNTIME_API", ""}});
  ASSERT_TRUE(code);
  EXPECT_EQ(*code, 2);
}

TEST(WriteFile, ReplacesFilesButNotDevices) {
  test::TemporaryFolder folder;
  auto path = folder / "file";
  EXPECT_TRUE(cli::write_file(path, "one"));
  EXPECT_TRUE(cli::write_file(path, "two"));
  EXPECT_EQ(read_file(path, 10), "two");
  EXPECT_FALSE(cli::write_file("/dev/full", "text"));
  EXPECT_TRUE(std::filesystem::is_character_file("/dev/full"));
}

TEST(Listen, IsReadStrictly) {
  EXPECT_EQ(cli::parse_listen("127.0.0.1:9001")->port, 9001);
  EXPECT_EQ(cli::parse_listen(":80")->address, "127.0.0.1");
  EXPECT_EQ(cli::parse_listen("[::1]:0")->address, "::1");
  for (auto text : {"", "9001", "a:", "a:b", "a:70000", "a:1x"}) EXPECT_FALSE(cli::parse_listen(text)) << text;
}

}  // namespace
}  // namespace keks
