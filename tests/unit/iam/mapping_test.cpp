#include <gmock/gmock.h>
#include <keks/iam/mapping.hpp>

#include "support/rows.hpp"

namespace keks::iam {
namespace {

using test::Row;
using test::text;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Why = NearMiss::Why;
using Data = std::map<std::string, std::string, std::less<>>;

Data data_of(Row const& row, std::string_view name) {
  Data data;
  for (auto const& [key, value] : row.at(name).as_object()) data[std::string(key)] = value.as_string();
  return data;
}

std::vector<std::string> texts(boost::json::value const* list) {
  std::vector<std::string> out;
  if (list && list->is_array())
    for (auto const& item : list->get_array()) out.emplace_back(item.as_string());
  return out;
}

/// An entry in one line, to be compared.
std::string line_of(Mapping const& entry) {
  auto who = entry.sso ? entry.sso->permission_set + "@" + entry.sso->account + "@" + entry.sso->partition : entry.arn;
  auto line = who + " = " + entry.username;
  for (auto const& group : entry.groups) line += ", " + group;
  return line;
}

std::string line_of(Row const& wanted, std::string_view arn_key) {
  Mapping entry{"", text(wanted, arn_key), std::nullopt, text(wanted, "username"), texts(wanted.if_contains("groups"))};
  if (auto const* sso = wanted.if_contains("sso"))
    entry.sso = {text(sso->as_object(), "permissionSetName"), text(sso->as_object(), "accountID"),
                 text(sso->as_object(), "partition")};
  return line_of(entry);
}

/// The authenticator keeps what it could read of an entry with a member of the wrong type; we drop the entry.
bool keeps_half_an_entry(Row const& outcome) {
  for (auto const& error : texts(outcome.if_contains("errors")))
    if (error.find("Go struct field") != std::string::npos) return true;
  return false;
}

/// Entries that are not wanted are only allowed to be missing where the authenticator keeps half of one.
void expect_entries(std::vector<Mapping> const& got, Row const& outcome, std::string_view list, std::string_view key) {
  std::vector<std::string> wanted, found;
  for (auto const& entry : outcome.at(list).as_array()) wanted.push_back(line_of(entry.as_object(), key));
  for (auto const& entry : got) found.push_back(line_of(entry));
  if (keeps_half_an_entry(outcome))
    EXPECT_THAT(wanted, testing::IsSupersetOf(found));
  else
    EXPECT_EQ(found, wanted);
}

TEST(ConfigMapRows, AreReadAsByTheAuthenticator) {
  int seen = 0;
  for (auto const& row : test::rows("mapping_rows.jsonl")) {
    if (text(row, "kind") != "configmap") continue;
    SCOPED_TRACE(text(row, "name"));
    ++seen;
    auto const& outcome = row.at("outcome").as_object();
    auto got = parse_aws_auth(data_of(row, "data"));
    expect_entries(got.roles, outcome, "roles", "rolearn");
    expect_entries(got.users, outcome, "users", "userarn");
    EXPECT_EQ(got.accounts, texts(outcome.if_contains("accounts")));
    EXPECT_EQ(got.problems.empty(), texts(outcome.if_contains("errors")).empty())
        << testing::PrintToString(got.problems);
  }
  EXPECT_GE(seen, 61);
}

bool is_for_aws_auth(Row const& row) {
  if (text(row, "kind") != "identity") return false;
  for (auto const& backend : row.at("backends").as_array())
    if (!backend.as_object().contains("configmap_data")) return false;
  return true;
}

Identity identity_of_row(Row const& row) {
  auto const& who = row.at("identity").as_object();
  return {text(who, "arn"),     text(who, "canonical_arn"), text(who, "account_id"),
          text(who, "user_id"), text(who, "session_name"),  text(who, "access_key_id")};
}

MappingRules rules_of(Row const& row) {
  auto const& backend = row.at("backends").as_array().front().as_object();
  return {.sso = test::flag(row, "sso_gate"),
          .reserved_prefixes = texts(backend.if_contains("reserved_prefixes")),
          .private_dns_name = [names = row.at("ec2_private_dns").as_object()](std::string_view id) {
            return names.contains(id) ? std::optional(text(names, id)) : std::nullopt;
          }};
}

/// Marked rows whose note says what a careful authenticator does; the name that it gives, or nothing.
std::optional<std::optional<std::string>> careful(Row const& row) {
  auto note = text(row, "careful_note");
  if (note == "last entry wins") return "second";
  if (note == "the longest set name") return "long";
  if (note == "not mapped" || note == "lower-case hex only") return std::optional<std::string>();
  return std::nullopt;
}

/// The entry for a session's ARN: the note would make it count, but EKS does not, and keks tells what EKS does.
TEST(IdentityRows, AreMappedAsByTheAuthenticator) {
  int seen = 0;
  for (auto const& row : test::rows("mapping_rows.jsonl")) {
    // One backend at a time: the chain of several is the server's.
    if (!is_for_aws_auth(row) || row.at("backends").as_array().size() != 1) continue;
    SCOPED_TRACE(text(row, "name"));
    ++seen;
    auto const& backend = row.at("backends").as_array().front().as_object();
    auto got = find_mapping(identity_of_row(row), parse_aws_auth(data_of(backend, "configmap_data")), rules_of(row));
    auto name = got.match ? std::optional(got.match->username) : std::nullopt;
    if (auto wanted = careful(row)) {
      EXPECT_EQ(name, *wanted);
      continue;
    }
    auto const& outcome = row.at("outcome").as_object();
    ASSERT_EQ(got.match.has_value(), outcome.at("status").as_int64() == 200) << got.reason;
    if (!got.match) continue;
    EXPECT_EQ(name, text(outcome, "username"));
    EXPECT_EQ(got.match->groups, texts(outcome.if_contains("groups")));
  }
  EXPECT_GE(seen, 27);
}

constexpr char kRole[] = "arn:aws:iam::111122223333:role/Build";

Identity build() {
  return *identity_of({"111122223333", "arn:aws:sts::111122223333:assumed-role/Build/job@7", "AROA1:job@7"}, "ASIA1");
}

Mappings with_role(std::string const& arn) {
  return parse_aws_auth({{"mapRoles", "- rolearn: '" + arn + "'\n  username: b\n"}});
}

Mapping access_entry(std::string arn, std::string username, std::vector<std::string> groups = {}) {
  return mapping_of({std::move(arn), std::move(username), std::move(groups), "STANDARD"});
}

TEST(IdentityOf, SplitsTheIdOfASession) {
  auto who = build();
  EXPECT_EQ(who.canonical_arn, kRole);
  EXPECT_EQ(who.user_id, "AROA1");
  EXPECT_EQ(who.session_name, "job@7");
  EXPECT_FALSE(identity_of({"1", "arn:aws:sts::1:assumed-role/a/b", "AROA"}));
  EXPECT_FALSE(identity_of({"1", "arn:aws:sts::1:assumed-role/a/b", "AROA:b:c"}));
}

TEST(IdentityOf, KeepsTheIdOfOthersWhole) {
  auto who = identity_of({"1", "arn:aws:sts::1:federated-user/bob", "1:bob"});
  ASSERT_TRUE(who);
  EXPECT_EQ(who->user_id, "1:bob");
  EXPECT_EQ(who->session_name, "");
}

TEST(FindMapping, AnAccessEntryBeatsAwsAuthAndItsPathDoesNotMatter) {
  auto mappings = with_role(kRole);
  mappings.access_entries = {access_entry("arn:aws:iam::111122223333:role/ci/Build", "e:{{SessionName}}", {"g"})};
  auto got = find_mapping(build(), mappings);
  ASSERT_TRUE(got.match) << got.reason;
  EXPECT_EQ(got.match->username, "e:job-7");
  EXPECT_THAT(got.match->groups, ElementsAre("g"));
  EXPECT_EQ(got.match->entry.place, "access entry");
}

TEST(FindMapping, ANodeNameThatCannotBeKnownIsLeftAndTold) {
  auto node = *identity_of({"111122223333", "arn:aws:sts::111122223333:assumed-role/Build/i-0123456789abcdef0",
                            "AROA1:i-0123456789abcdef0"});
  Mappings mappings;
  mappings.access_entries = {access_entry(kRole, "system:node:{{EC2PrivateDNSName}}")};
  auto got = find_mapping(node, mappings);
  ASSERT_TRUE(got.match) << got.reason;
  EXPECT_EQ(got.match->username, "system:node:{{EC2PrivateDNSName}}");
  EXPECT_TRUE(got.match->needs_instance_name);
  EXPECT_THAT(find_mapping(build(), mappings).reason, HasSubstr("session name, not \"job@7\""));
}

struct Near {
  std::string arn;
  std::vector<Why> why;
  std::string told;
};

TEST(NearMisses, NameEveryDifference) {
  for (auto const& near : std::initializer_list<Near>{
           {"arn:aws:iam::111122223333:role/ci/Build", {Why::Path}, "it has a path, which STS leaves out"},
           {"arn:aws:sts::111122223333:assumed-role/Build/job", {Why::Session}, "a session, not the role"},
           {"arn:aws:iam::111122223333:user/Build", {Why::Kind}, "it names a user, and the caller is a role"},
           {"arn:aws:iam::999922223333:role/Build", {Why::Account}, "999922223333, the caller's is 111122223333"},
           {"arn:aws-cn:iam::111122223333:role/Build", {Why::Partition}, "its partition is aws-cn"},
           {" arn:aws:iam::111122223333:role/Build", {Why::Blanks}, "blanks around"},
           {"arn:aws:iam::999922223333:role/ci/Build", {Why::Account, Why::Path}, "; it has a path"}}) {
    auto got = find_mapping(build(), with_role(near.arn));
    EXPECT_FALSE(got.match) << near.arn;
    ASSERT_EQ(got.near_misses.size(), 1u) << near.arn;
    EXPECT_EQ(got.near_misses[0].why, near.why) << near.arn;
    auto told = explain(got.near_misses[0], build());
    EXPECT_THAT(told, HasSubstr(near.told));
    EXPECT_THAT(told, HasSubstr("mapRoles[0] "));
    EXPECT_THAT(told, HasSubstr(std::string("It should say ") + kRole));
  }
}

TEST(NearMisses, OfAccessEntriesAreToldByCase) {
  Mappings mappings;
  // Their path does not count, so it is not what is wrong.
  mappings.access_entries = {access_entry("arn:aws:iam::111122223333:role/BUILD", "b"),
                             access_entry("arn:aws:iam::111122223333:role/ci/BUILD", "b")};
  auto got = find_mapping(build(), mappings);
  ASSERT_EQ(got.near_misses.size(), 2u);
  for (auto const& miss : got.near_misses) EXPECT_THAT(miss.why, ElementsAre(Why::Case)) << miss.entry.arn;
}

TEST(NearMisses, AreNotForOtherNames) {
  auto got = find_mapping(build(), with_role("arn:aws:iam::111122223333:role/ci/Deploy"));
  EXPECT_THAT(got.near_misses, IsEmpty());
  EXPECT_EQ(got.reason, std::string("nothing maps ") + kRole);
}

TEST(NearMisses, AUsersPathCounts) {
  auto erik = *identity_of({"111122223333", "arn:aws:iam::111122223333:user/team/erik", "AIDA"});
  auto got = find_mapping(
      erik, parse_aws_auth({{"mapUsers", "- userarn: arn:aws:iam::111122223333:user/erik\n  username: e\n"}}));
  ASSERT_EQ(got.near_misses.size(), 1u);
  EXPECT_THAT(explain(got.near_misses[0], erik), HasSubstr("another path"));
}

TEST(AwsAuth, TellsWhatWasDroppedAndWhere) {
  auto got = parse_aws_auth({{"mapRoles", "- rolearn: a\n  username: 7\n- username: x\n- rolearn: b\n  username: b\n"},
                             {"mapUsers", "- userarn: [x\n"},
                             {"maproles", "x"}});
  EXPECT_THAT(got.problems, ElementsAre(HasSubstr("mapRoles[0] is ignored: its username is no text"),
                                        HasSubstr("mapRoles[1] is ignored: it has no rolearn"),
                                        HasSubstr("mapUsers is ignored as a whole: line ")));
  ASSERT_EQ(got.roles.size(), 1u);
  EXPECT_EQ(got.roles[0].place, "mapRoles[2]");
  EXPECT_THAT(got.warnings, ElementsAre("\"maproles\" is ignored: the key is mapRoles"));
}

TEST(AwsAuth, AccountsKeepTheirZeros) {
  auto got = parse_aws_auth({{"mapAccounts", "- 012345670123\n- 0111\n- '1'\n"}});
  EXPECT_THAT(got.accounts, ElementsAre("012345670123", "0111", "1"));
}

}  // namespace
}  // namespace keks::iam
