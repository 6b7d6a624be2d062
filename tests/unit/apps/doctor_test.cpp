// Every finding of doctor, produced in the sandbox or by a peer that is not there, through the real program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/base/encoding.hpp>

#include <boost/json.hpp>
#include <set>

#include "apps/keks/doctor/findings.hpp"
#include "support/ports.hpp"
#include "unit/apps/run_keks.hpp"
#include "unit/apps/sandbox_test.hpp"

namespace keks {
namespace {

using testing::HasSubstr;
using testing::Not;

std::string const kCanary = "canaryCANARYcanary0123456789secretkey";
std::string const kArn = "arn:aws:sts::111122223333:assumed-role/fn/eksClient";
std::string const kRole = "arn:aws:iam::111122223333:role/fn";

/// A ConfigMap aws-auth with one line.
std::string line_for(std::string const& arn) {
  return "data:\n  mapRoles: |\n    - rolearn: '" + arn + "'\n      username: ops\n      groups: [keks:viewers]\n";
}

/// Something wrong, and where doctor finds it. In values, `@endpoint`, `@ca`, `@role`, `@other-endpoint`, `@other-ca`,
/// `@black-hole` and `@config` stand for what only the test knows.
struct Situation {
  std::string finding, step;
  Variables variables = {};
  std::vector<std::string> words = {};
  std::vector<std::string> faults = {};
  std::string aws_auth = {};  ///< of the file given as --aws-auth
  std::string config = {};    ///< of AWS_CONFIG_FILE
  bool mapped = true;         ///< the sandbox lets the identity in
  void (*change)(sandbox::Options&) = [](sandbox::Options&) {};
  bool decides = true;  ///< the verdict is this finding
  int code = 1;
  std::string cluster = "sandbox";
};

std::vector<Situation> of_the_mapping() {
  auto api = [](sandbox::Options& o) { o.access_mode = sandbox::AccessMode::Api; };
  auto stale = [](sandbox::Options& o) { o.access_entries = {{.arn = kRole, .stale = true}}; };
  auto bare = [](sandbox::Options& o) { o.mappings = {{kRole, "ops", {}}}; };
  return {
      {.finding = "NotMapped", .step = "mapping", .mapped = false, .change = api},
      {.finding = "PathInMapping",
       .step = "mapping",
       .aws_auth = line_for("arn:aws:iam::111122223333:role/team/fn"),
       .mapped = false},
      {.finding = "MappedSession", .step = "mapping", .aws_auth = line_for(kArn), .mapped = false},
      {.finding = "MappedOtherAccount",
       .step = "mapping",
       .aws_auth = line_for("arn:aws:iam::999999999999:role/fn"),
       .mapped = false},
      {.finding = "MappingMisspelt", .step = "mapping", .aws_auth = line_for(kRole + " "), .mapped = false},
      {.finding = "MappingBroken",
       .step = "aws-auth",
       .aws_auth = "data:\n  mapRoles: |\n    - rolearn: [\n",
       .mapped = false},
      {.finding = "ModeIgnoresMapping", .step = "mapping", .aws_auth = line_for(kRole), .mapped = false, .change = api},
      {.finding = "MappingUnreadable", .step = "mapping", .faults = {"eks.access=deny"}, .mapped = false},
      {.finding = "RecreatedRole", .step = "token", .mapped = false, .change = stale},
      {.finding = "MappedButRefused", .step = "token", .aws_auth = line_for(kRole), .mapped = false},
      {.finding = "NoPermissions", .step = "rbac", .change = bare, .code = 0},
      {.finding = "Unauthorized",
       .step = "token",
       .variables = {{"AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"}},
       .mapped = false,
       .decides = false},
  };
}

std::vector<Situation> of_credentials() {
  std::string const keys = "[profile base]\naws_access_key_id = AKIDBASE\naws_secret_access_key = " + kCanary + "\n";
  Variables const none{{"AWS_ACCESS_KEY_ID", ""},
                       {"AWS_SECRET_ACCESS_KEY", ""},
                       {"AWS_SESSION_TOKEN", ""},
                       {"AWS_EC2_METADATA_DISABLED", "true"}};
  std::vector<std::string> const work{"--profile", "work"};
  return {
      {.finding = "ProfileIgnored",
       .step = "profile",
       .variables = {{"AWS_PROFILE", "base"}},
       .config = keys,
       .decides = false,
       .code = 0},
      {.finding = "ProfileNotFound", .step = "profile", .words = {"--profile", "nobody"}},
      {.finding = "ConfigMalformed", .step = "profile", .words = work, .config = "[profile work\nregion = x\n"},
      {.finding = "NoCredentials", .step = "credentials", .variables = none},
      {.finding = "CredentialSourceFailed",
       .step = "credentials",
       .words = work,
       .config = "[profile work]\ncredential_process = /bin/false\n"},
      {.finding = "SignInNeeded",
       .step = "credentials",
       .words = work,
       .config = "[profile work]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = ops\n"
                 "[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://sso.invalid/start\n"},
      {.finding = "MfaNeeded",
       .step = "credentials",
       .words = work,
       .config = keys + "[profile work]\nrole_arn = " + kRole +
                 "\nsource_profile = base\nmfa_serial = arn:aws:iam::111122223333:mfa/ann\n"},
      {.finding = "CredentialsExpired", .step = "identity", .faults = {"aws.*=expired"}},
      {.finding = "CredentialsRefused",
       .step = "identity",
       .variables = {{"AWS_SECRET_ACCESS_KEY", "wrong/" + kCanary}}},
      {.finding = "TokenTooLarge",
       .step = "token",
       .variables = {{"AWS_SESSION_TOKEN", kCanary + std::string(4000, 'x')},
                     {"KEKS_ENDPOINT", "@endpoint"},
                     {"KEKS_CA", "@ca"}},
       .decides = false},
      {.finding = "RoleArnMalformed", .step = "setup", .words = {"--role", "ops"}},
      {.finding = "AssumeRoleDenied", .step = "role", .words = {"--role", "@role"}, .faults = {"sts.assume=deny"}},
  };
}

std::vector<Situation> of_aws() {
  return {
      {.finding = "EndpointOverridden", .step = "setup", .decides = false, .code = 0},
      {.finding = "RegionUnset",
       .step = "region",
       .variables = {{"AWS_REGION", ""}, {"AWS_DEFAULT_REGION", ""}, {"region", ""}}},
      {.finding = "ClockSkew", .step = "clock", .faults = {"aws.*=skew:seconds=1200", "kube.*=skew:seconds=1200"}},
      {.finding = "StsUnreachable",
       .step = "role",
       .variables = {{"AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1"}},
       .words = {"--role", "@role"}},
      {.finding = "EksUnreachable", .step = "cluster", .variables = {{"AWS_ENDPOINT_URL_EKS", "http://127.0.0.1:1"}}},
      {.finding = "DescribeClusterDenied", .step = "cluster", .faults = {"eks.describe=deny"}},
      {.finding = "ClusterNotFound", .step = "cluster", .cluster = "nope"},
      {.finding = "ClusterNotReady",
       .step = "cluster",
       .faults = {"eks.describe=status:value=CREATING"},
       .decides = false,
       .code = 0},
      {.finding = "CaNotPem", .step = "endpoint", .faults = {"eks.describe=bad-ca"}},
      {.finding = "AwsThrottled", .step = "cluster", .faults = {"eks.describe=throttle"}},
  };
}

std::vector<Situation> of_the_api_server() {
  auto at = [](std::string endpoint) { return Variables{{"KEKS_ENDPOINT", std::move(endpoint)}, {"KEKS_CA", "@ca"}}; };
  return {
      {.finding = "OtherCluster",
       .step = "endpoint",
       .variables = {{"KEKS_ENDPOINT", "@other-endpoint"}, {"KEKS_CA", "@other-ca"}}},
      {.finding = "NameNotResolved", .step = "dns", .variables = at("https://" + std::string(70, 'x') + ".invalid")},
      {.finding = "EndpointPrivate",
       .step = "tcp",
       .variables = at("https://[fdff:ffff::1]:1"),
       .words = {"--request-timeout", "9"}},
      {.finding = "EndpointRestricted",
       .step = "tcp",
       .faults = {"eks.describe=access:value=203.0.113.0/24"},
       .change = [](sandbox::Options& o) { o.cluster_endpoint = "https://127.0.0.1:1"; }},
      {.finding = "ConnectTimedOut",
       .step = "tcp",
       .variables = at("@black-hole"),
       .words = {"--request-timeout", "9"}},
      {.finding = "ConnectFailed", .step = "tcp", .variables = at("https://127.0.0.1:1")},
      {.finding = "TlsUntrusted", .step = "tls", .faults = {"kube.tls=wrong-ca"}},
      {.finding = "TlsWrongName", .step = "tls", .faults = {"kube.tls=wrong-name"}},
      {.finding = "ServerError", .step = "token", .faults = {"kube.*=500"}},
  };
}

std::vector<Situation> situations() {
  std::vector<Situation> all;
  for (auto const& group : {of_the_mapping(), of_credentials(), of_aws(), of_the_api_server()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

void PrintTo(Situation const& situation, std::ostream* out) { *out << situation.finding; }

sandbox::Options options_of(Situation const& situation) {
  sandbox::Options options;
  options.identities = {{"AKIDEXAMPLE000000001", kCanary, kArn}};
  if (!situation.mapped) options.mappings = {{"arn:aws:iam::111122223333:user/nobody", "nobody", {}}};
  for (auto const& text : situation.faults) options.faults.push_back(sandbox::Fault::parse(text).value());
  situation.change(options);
  return options;
}

class Doctor : public test::SandboxTest, public testing::WithParamInterface<Situation> {
 protected:
  void SetUp() override { start(options_of(GetParam())); }

  std::string known_here(std::string const& value) {
    if (value == "@endpoint") return box_->kube_url();
    if (value == "@ca") return base64(box_->ca_pem());
    if (value == "@role") return variables_["arn"];
    if (value == "@black-hole") return "https://127.0.0.1:" + std::to_string(hole_.port());
    if (!value.starts_with("@other")) return value;
    if (!other_) other_ = test::started({.cluster = "other"});
    return value == "@other-ca" ? base64(other_->ca_pem()) : other_->kube_url();
  }

  Outcome run(Situation const& situation) {
    auto variables = variables_;
    folder_.write("config", situation.config);
    variables["AWS_CONFIG_FILE"] = folder_ / "config";
    variables["AWS_SHARED_CREDENTIALS_FILE"] = "/no/such/file";
    for (auto const& [name, value] : situation.variables) variables[name] = known_here(value);
    std::vector<std::string> words{"doctor", situation.cluster, "-o", "json"};
    for (auto const& word : situation.words) words.push_back(known_here(word));
    if (!situation.aws_auth.empty()) {
      folder_.write("aws-auth", situation.aws_auth);
      words.insert(words.end(), {"--aws-auth", folder_ / "aws-auth"});
    }
    return keks::keks(std::move(words), variables);
  }

  test::TemporaryFolder folder_;
  std::unique_ptr<sandbox::Sandbox> other_;
  test::BlackHole hole_;
};

/// What the step found, by the report in JSON.
std::string found_at(boost::json::object const& report, std::string_view name) {
  for (auto const& step : report.at("steps").as_array())
    if (auto const& members = step.as_object(); members.at("step").as_string() == name)
      return members.contains("finding") ? std::string(members.at("finding").as_string()) : "";
  return "no such step";
}

std::string verdict_of(boost::json::object const& report) {
  auto const& finding = report.at("verdict").as_object().at("finding");
  return finding.is_null() ? "" : std::string(finding.as_string());
}

TEST_P(Doctor, FindsIt) {
  auto const& situation = GetParam();
  auto result = run(situation);
  EXPECT_EQ(result.code, situation.code) << result.out << result.err;
  auto report = boost::json::parse(result.out).as_object();
  EXPECT_EQ(found_at(report, situation.step), situation.finding) << result.out;
  if (situation.decides) {
    EXPECT_EQ(verdict_of(report), situation.finding) << result.out;
  }
  EXPECT_EQ(report.at("ok").as_bool(), situation.code == 0);
  for (std::string_view secret :
       {std::string_view(kCanary), std::string_view("k8s-aws-v1."), std::string_view("X-Amz-")})
    EXPECT_THAT(result.out + result.err, Not(HasSubstr(secret)));
}

INSTANTIATE_TEST_SUITE_P(All, Doctor, testing::ValuesIn(situations()),
                         [](auto const& row) { return row.param.finding; });

TEST(DoctorTable, EachFindingIsProducedByOneOfTheseTests) {
  std::set<std::string, std::less<>> produced;
  for (auto const& situation : situations()) EXPECT_TRUE(produced.insert(situation.finding).second);
  for (auto const& finding : cli::doctor::findings()) EXPECT_TRUE(produced.contains(finding.name)) << finding.name;
  for (auto code : cli::doctor::codes_with_advice()) EXPECT_TRUE(produced.contains(code)) << code;
}

class DoctorAtWork : public test::SandboxTest {};

TEST_F(DoctorAtWork, SaysStepByStepWhatHolds) {
  auto result = keks({"doctor", "sandbox"}, variables_);
  ASSERT_EQ(result.code, 0) << result.out;
  for (auto line : {"ok    region        eu-west-1, named by AWS_REGION\n", "ok    clock         in step with STS\n",
                    "ok    tcp           connected\n", "ok    token         accepted: user eksClient",
                    "What to change: nothing; sandbox lets you in\n"})
    EXPECT_THAT(result.out, HasSubstr(line));
}

TEST_F(DoctorAtWork, SpeaksForTheRole) {
  auto result = keks({"doctor", "sandbox", "--role", variables_["arn"]}, variables_);
  EXPECT_EQ(result.code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr("accepted: user keks-ops"));
}

TEST_F(DoctorAtWork, OneBlackHoleDoesNotEatTheRest) {
  sandbox::Options options;
  options.faults = {sandbox::Fault::parse("sts.identity=stall").value()};
  start(std::move(options));
  auto result = keks({"doctor", "sandbox", "--request-timeout", "12"}, variables_);
  EXPECT_EQ(result.code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr("note  identity      DeadlineExceeded: "));
}

TEST_F(DoctorAtWork, ReadsAwsAuthFromTheClusterWhereItMay) {
  sandbox::Options options;
  options.access_mode = sandbox::AccessMode::ConfigMap;
  options.mappings = {{"arn:aws:iam::111122223333:role/eksClient", "ops", {"keks:viewers", "keks:auth-readers"}}};
  start(std::move(options));
  auto result = keks({"doctor", "sandbox"}, variables_);
  EXPECT_EQ(result.code, 0) << result.out;
  EXPECT_THAT(result.out, HasSubstr("ok    aws-auth      1 roles, 0 users, 0 accounts in the cluster"));
  EXPECT_THAT(result.out, HasSubstr("gives user ops with groups: keks:viewers, keks:auth-readers (mapRoles["));
}

TEST(DoctorCommand, RefusesWrongUse) {
  EXPECT_EQ(keks({"doctor"}).code, 2);
  EXPECT_EQ(keks({"doctor", "a", "b"}).code, 2);
  EXPECT_EQ(keks({"doctor", "a", "-o", "xml"}).code, 2);
  EXPECT_EQ(keks({"doctor", "a", "--request-timeout", "0"}).code, 2);
}

}  // namespace
}  // namespace keks
