// The core of doctor: facts in, findings and one verdict out. Nothing is asked of anyone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json.hpp>

#include "apps/keks/config_map.hpp"
#include "apps/keks/doctor/address.hpp"
#include "apps/keks/doctor/findings.hpp"
#include "apps/keks/doctor/report.hpp"

namespace keks::cli::doctor {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string const kArn = "arn:aws:sts::111122223333:assumed-role/ops/ann";
std::string const kRole = "arn:aws:iam::111122223333:role/ops";

iam::Mapping entry(std::string arn, std::string place = "access entry") {
  return {.place = std::move(place), .arn = std::move(arn), .sso = {}, .username = "ops", .groups = {"ops"}};
}

AwsAuth aws_auth(std::vector<iam::Mapping> roles) {
  AwsAuth read{.from = "a file"};
  read.mappings.roles = std::move(roles);
  return read;
}

/// All is well.
Facts good() {
  Facts facts{.cluster = "prod"};
  facts.local = Local{.profile = "default", .profile_by = "", .region = "eu-west-1", .region_by = "AWS_REGION"};
  facts.credentials = Held{"environment", {}};
  facts.own = aws::CallerIdentity{"111122223333", kArn, "AROAEXAMPLE:ann", std::chrono::seconds(0)};
  aws::Cluster cluster;
  cluster.name = "prod";
  cluster.status = "ACTIVE";
  cluster.endpoint = "https://prod.example.com";
  cluster.authentication_mode = "API_AND_CONFIG_MAP";
  facts.described = cluster;
  facts.entries = Entries{.all = {entry(kRole)}, .type = "STANDARD"};
  facts.aws_auth = aws_auth({});
  facts.server = Server{*net::Url::parse("https://prod.example.com"), "DescribeCluster"};
  facts.addresses = std::vector<std::string>{"192.0.2.1"};
  facts.tcp = Result<void>();
  facts.tls = Result<void>();
  facts.user = kube::UserInfo{.username = "ops", .uid = "", .groups = {"ops"}, .extra = {}};
  facts.pods = Result<void>();
  return facts;
}

void not_reached(Facts& facts) {
  facts.tcp = fail(Code::ConnectTimedOut, "no answer");
  facts.tls.reset(), facts.user.reset(), facts.pods.reset();
}

void refuse(Facts& facts) {
  facts.user = fail(Code::Unauthorized, "the API server refused the token (401)");
  facts.pods.reset();
}

struct Row {
  std::string name, finding, change;
  void (*spoil)(Facts&);
  bool ok = false;
};

std::vector<Row> of_the_mapping() {
  return {
      {"Good", "", "nothing", [](Facts&) {}, true},
      {"NotMapped", "NotMapped", "create-access-entry --cluster-name prod --region eu-west-1 --principal-arn " + kRole,
       [](Facts& f) {
         refuse(f);
         f.entries->value().all = {entry("arn:aws:iam::111122223333:role/dev")};
       }},
      {"NotMappedThoughAProfileWasMeant", "NotMapped", "profile work",
       [](Facts& f) {
         refuse(f);
         f.entries->value().all = {};
         f.local->value().profile = "work";
         f.local->value().profile_by = "AWS_PROFILE";
         f.local->value().places = {{"environment", aws::ChainStep::Outcome::Chosen, ""}};
       }},
      {"Recreated", "RecreatedRole", kRole, [](Facts& f) { refuse(f); }},
      {"PathInAwsAuth", "PathInMapping", kRole,
       [](Facts& f) {
         refuse(f);
         f.entries->value().all = {};
         f.aws_auth = aws_auth({entry("arn:aws:iam::111122223333:role/team/ops", "mapRoles[0]")});
       }},
      {"AnotherPathOfAUser", "MappingMisspelt", "user/ann",
       [](Facts& f) {
         refuse(f);
         f.own = aws::CallerIdentity{"111122223333", "arn:aws:iam::111122223333:user/ann", "AIDA", {}};
         f.entries->value().all = {};
         f.aws_auth = AwsAuth{.from = "a file", .absent = false, .mappings = {}};
         f.aws_auth->value().mappings.users = {entry("arn:aws:iam::111122223333:user/team/ann", "mapUsers[0]")};
       }},
      {"OtherAccountInAwsAuth", "MappedOtherAccount", kRole,
       [](Facts& f) {
         refuse(f);
         f.entries->value().all = {};
         f.aws_auth = aws_auth({entry("arn:aws:iam::999999999999:role/ops", "mapRoles[0]")});
       }},
      {"SessionInAwsAuth", "MappedSession", kRole,
       [](Facts& f) {
         refuse(f);
         f.entries->value().all = {};
         f.aws_auth = aws_auth({entry(kArn, "mapRoles[0]")});
       }},
  };
}

std::vector<Row> of_lists_that_do_not_help() {
  return {
      {"FitsInAwsAuth", "MappedButRefused", "prod",
       [](Facts& f) {
         refuse(f);
         f.entries->value().all = {};
         f.aws_auth = aws_auth({entry(kRole, "mapRoles[0]")});
       }},
      {"AwsAuthIsNotLookedAt", "ModeIgnoresMapping", "authentication mode",
       [](Facts& f) {
         refuse(f);
         f.described->value().authentication_mode = "API";
         f.entries->value().all = {};
         f.aws_auth = aws_auth({entry(kRole, "mapRoles[0]")});
       }},
      {"EntriesAreNotLookedAt", "ModeIgnoresMapping", "authentication mode",
       [](Facts& f) {
         refuse(f);
         f.described->value().authentication_mode = "CONFIG_MAP";
       }},
      {"BrokenAwsAuth", "MappingBroken", "aws-auth",
       [](Facts& f) {
         refuse(f);
         f.entries->value().all = {};
         f.aws_auth->value().mappings.problems = {"mapRoles: line 3 is no YAML"};
       }},
      {"NothingIsReadable", "MappingUnreadable", "--aws-auth",
       [](Facts& f) {
         refuse(f);
         f.entries = fail(Code::AwsRefused, "not allowed to eks:ListAccessEntries");
         f.aws_auth.reset();
       }},
      {"ANearMissIsToldThoughNotAllIsReadable", "MappedOtherAccount", kRole,
       [](Facts& f) {
         refuse(f);
         f.entries->value().all = {entry("arn:aws:iam::999999999999:role/ops")};
         f.aws_auth.reset();
       }},
  };
}

std::vector<Row> of_the_way() {
  return {
      {"ClockBehind", "ClockSkew", "clock",
       [](Facts& f) {
         refuse(f);
         f.own->value().clock_skew = std::chrono::minutes(20);
       }},
      {"ClockOffAndYetLetIn", "", "nothing", [](Facts& f) { f.own->value().clock_skew = std::chrono::minutes(-6); },
       true},
      {"ElsewhereByVariable", "OtherCluster", "KEKS_ENDPOINT",
       [](Facts& f) {
         refuse(f);
         f.server = Server{*net::Url::parse("https://dev.example.com"), "KEKS_ENDPOINT"};
       }},
      {"PrivateAndNotReached", "EndpointPrivate", "prod",
       [](Facts& f) {
         f.addresses = std::vector<std::string>{"10.0.3.4", "10.0.4.5"};
         not_reached(f);
       }},
      {"PrivateByEksAndNotReached", "EndpointPrivate", "security group",
       [](Facts& f) {
         not_reached(f);
         f.described->value().endpoint_public_access = false;
         f.described->value().endpoint_private_access = true;
       }},
      {"PublicForOthersAndNotReached", "EndpointRestricted", "publicAccessCidrs",
       [](Facts& f) {
         not_reached(f);
         f.described->value().endpoint_public_access = true;
         f.described->value().endpoint_private_access = true;
         f.described->value().public_access_cidrs = {"203.0.113.0/24", "198.51.100.7/32"};
       }},
      {"PublicForAllAndNotReached", "ConnectTimedOut", "CIDR",
       [](Facts& f) {
         not_reached(f);
         f.described->value().endpoint_public_access = true;
         f.described->value().public_access_cidrs = {"0.0.0.0/0"};
       }},
      {"AnotherOnePrivateAndNotReached", "ConnectTimedOut", "CIDR",
       [](Facts& f) {
         not_reached(f);
         f.described->value().endpoint_public_access = false;
         f.server = Server{*net::Url::parse("https://dev.example.com"), "KEKS_ENDPOINT"};
       }},
      {"PublicAndNotReached", "ConnectTimedOut", "CIDR", [](Facts& f) { not_reached(f); }},
  };
}

std::vector<Row> of_what_is_not_known() {
  return {
      {"NotDescribedButReached", "", "nothing",
       [](Facts& f) {
         f.described = fail(Code::DescribeClusterDenied, "not allowed");
         f.server->value().by = "KEKS_ENDPOINT";
         f.entries.reset();
       },
       true},
      {"StsOutOfReachButLetIn", "", "nothing", [](Facts& f) { f.own = fail(Code::StsUnreachable, "no reply"); }, true},
      {"StsOutOfReachAndRefused", "StsUnreachable", "way to STS",
       [](Facts& f) {
         refuse(f);
         f.own = fail(Code::StsUnreachable, "no reply");
       }},
      {"RbacSaysNo", "NoPermissions", "user ops", [](Facts& f) { f.pods = fail(Code::Forbidden, "cannot list pods"); },
       true},
      {"OldServerThatHasNoReview", "", "nothing", [](Facts& f) { f.user = fail(Code::NotFound, "404"); }, true},
      {"NeitherReviewNorPods", "NoPermissions", "bind a role",
       [](Facts& f) {
         f.user = fail(Code::NotFound, "404");
         f.pods = fail(Code::Forbidden, "cannot list pods");
       }},
      {"PodsEndInErrors", "ServerError", "API server", [](Facts& f) { f.pods = fail(Code::ServerError, "500"); }, true},
      {"NoSettings", "ProfileNotFound", "profile",
       [](Facts& f) {
         f = Facts{.cluster = "prod"};
         f.local = fail(Code::ProfileNotFound, "there is no profile work");
       }},
      {"NoTime", "", "--request-timeout",
       [](Facts& f) {
         f = Facts{.cluster = "prod"};
         f.local = Local{.profile = "default", .profile_by = "", .region = "eu-west-1", .region_by = "--region"};
       }},
  };
}

std::vector<Row> rows() {
  std::vector<Row> all;
  for (auto const& group : {of_the_mapping(), of_lists_that_do_not_help(), of_the_way(), of_what_is_not_known()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

void PrintTo(Row const& row, std::ostream* out) { *out << row.name; }

class DoctorVerdict : public testing::TestWithParam<Row> {};

TEST_P(DoctorVerdict, FollowsFromTheFacts) {
  auto facts = good();
  GetParam().spoil(facts);
  auto report = judge(facts);
  EXPECT_EQ(report.finding, GetParam().finding) << report_text(report);
  EXPECT_THAT(report.change, HasSubstr(GetParam().change));
  EXPECT_EQ(report.ok, GetParam().ok);
  EXPECT_THAT(report.change, Not(HasSubstr("{"))) << "a placeholder is not filled";
  EXPECT_THAT(report_text(report), EndsWith("What to change: " + report.change + "\n"));
}

INSTANTIATE_TEST_SUITE_P(All, DoctorVerdict, testing::ValuesIn(rows()), [](auto const& row) { return row.param.name; });

TEST(DoctorReport, JsonHasTheStepsAndTheVerdict) {
  auto facts = good();
  refuse(facts);
  auto json = boost::json::parse(report_json(judge(facts))).as_object();
  EXPECT_EQ(json["cluster"].as_string(), "prod");
  EXPECT_FALSE(json["ok"].as_bool());
  EXPECT_EQ(json["verdict"].as_object()["finding"].as_string(), "RecreatedRole");
  auto const& steps = json["steps"].as_array();
  ASSERT_EQ(steps.size(), steps_of(facts).size());
  EXPECT_EQ(steps[0].as_object().at("step").as_string(), "profile");
  EXPECT_EQ(steps[0].as_object().at("outcome").as_string(), "ok");
  EXPECT_FALSE(steps[0].as_object().contains("finding"));
  auto well = boost::json::parse(report_json(judge(good()))).as_object();
  EXPECT_TRUE(well["verdict"].as_object()["finding"].is_null());
}

TEST(DoctorReport, TellsToWhomEksOpensAnEndpointThatIsNotReached) {
  auto facts = good();
  not_reached(facts);
  auto& cluster = facts.described->value();
  EXPECT_THAT(report_text(judge(facts)), testing::Not(HasSubstr("EKS opens")));
  cluster.endpoint_public_access = cluster.endpoint_private_access = true;
  cluster.public_access_cidrs = {"203.0.113.0/24", "198.51.100.7/32"};
  EXPECT_THAT(report_text(judge(facts)),
              HasSubstr("EKS opens the endpoint to 203.0.113.0/24, 198.51.100.7/32, its VPC"));
  cluster.endpoint_public_access = false;
  EXPECT_THAT(report_text(judge(facts)), HasSubstr("EKS opens the endpoint to its VPC\n"));
}

TEST(DoctorReport, AFewSecondsBesideTheClockOfStsAreInStep) {
  auto told = [](int skew) {
    auto facts = good();
    facts.own->value().clock_skew = std::chrono::seconds(skew);
    return report_text(judge(facts));
  };
  for (int skew : {-4, -1, 0, 4}) EXPECT_THAT(told(skew), HasSubstr("in step with STS\n")) << skew;
  EXPECT_THAT(told(-5), HasSubstr("5 s ahead of STS\n"));
  EXPECT_THAT(told(5), HasSubstr("5 s behind STS\n"));
}

TEST(DoctorReport, TextFromOutsideCannotForgeALine) {
  auto facts = good();
  facts.described->value().name = "x\nok    token";
  EXPECT_THAT(report_text(judge(facts)), HasSubstr("x\\nok    token"));
}

TEST(DoctorFindings, AdviceKeepsWhatItCannotFill) {
  EXPECT_EQ(change_for("ClusterNotReady", {{"cluster", "prod"}}), "wait until prod is ACTIVE, or look why it is not");
  EXPECT_THAT(change_for("ClusterNotReady", {}), HasSubstr("{cluster}"));
  EXPECT_EQ(change_for("Nothing", {}), "");
}

TEST(DoctorFindings, NamesAreCamelCaseAndOnlyOnce) {
  std::set<std::string_view> names;
  for (auto const& finding : findings()) {
    EXPECT_TRUE(names.insert(finding.name).second) << finding.name;
    EXPECT_EQ(finding.name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"),
              std::string::npos);
    EXPECT_FALSE(finding.meaning.empty() || finding.change.empty());
  }
}

TEST(DoctorAddress, KnowsWhatStaysInItsNetwork) {
  for (auto ip :
       {"10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1", "100.127.0.1", "fd00::1", "fe80::1"})
    EXPECT_TRUE(is_private(ip)) << ip;
  for (auto ip : {"127.0.0.1", "172.32.0.1", "100.128.0.1", "11.0.0.1", "::1", "2600::1", "prod", ""})
    EXPECT_FALSE(is_private(ip)) << ip;
}

TEST(DoctorAwsAuth, ReadsWhatKubectlPrints) {
  for (auto text : {"apiVersion: v1\ndata:\n  mapRoles: |\n    - rolearn: a\nkind: ConfigMap\n",
                    R"({"data":{"mapRoles":"- rolearn: a\n"}})", "mapRoles: |\n  - rolearn: a\n"}) {
    auto data = config_map_data(text);
    ASSERT_TRUE(data) << text;
    EXPECT_EQ(data->find("mapRoles")->second, "- rolearn: a\n") << text;
  }
  EXPECT_EQ(config_map_data("data:\n").value().size(), 0u);
  EXPECT_EQ(config_map_data("kind: ConfigMap\nmetadata: {name: aws-auth}\n").value().size(), 0u);
  EXPECT_EQ(config_map_data("data:\n  mapRoles:\n    - rolearn: a\n").error().code(), Code::ConfigMalformed);
  EXPECT_EQ(config_map_data("[1]").error().code(), Code::ConfigMalformed);
  EXPECT_EQ(config_map_data("a: b: c").error().code(), Code::ConfigMalformed);
}

}  // namespace
}  // namespace keks::cli::doctor
