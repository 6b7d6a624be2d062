#pragma once

#include <keks/aws/service.hpp>
#include <keks/base/result.hpp>
#include <keks/iam/arn.hpp>

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keks::iam {

/// A caller of AWS as a cluster sees him.
struct Identity {
  std::string arn;            ///< as STS gives it
  std::string canonical_arn;  ///< of the role, not of its session
  std::string account, user_id;
  std::string session_name{};   ///< of a role's session; else empty
  std::string access_key_id{};  ///< empty: not known
};

/// The identity behind an answer of STS. *Errors:* `InvalidArgument` for an ARN that stands for nobody, or an id that
/// no session has.
Result<Identity> identity_of(aws::CallerIdentity const& caller, std::string access_key_id = {});

/// A permission set of IAM Identity Center, whose roles carry a random suffix.
struct SsoRole {
  std::string permission_set, account;
  std::string partition;  ///< empty: `aws`
};

/// One line of a cluster's list: who gets which name and groups. Name and groups may hold `{{AccountID}}`,
/// `{{SessionName}}` (`@` becomes `-`), `{{SessionNameRaw}}`, `{{AccessKeyID}}` and `{{EC2PrivateDNSName}}`.
struct Mapping {
  std::string place;           ///< where it stands, for people: `mapRoles[2]`, `access entry`
  std::string arn;             ///< as it is written; empty with `sso`
  std::optional<SsoRole> sso;  ///< instead of an ARN
  std::string username;
  std::vector<std::string> groups;
};

/// What a cluster knows: EKS's access entries, and the three sections of its aws-auth ConfigMap.
struct Mappings {
  std::vector<Mapping> access_entries, roles, users;
  std::vector<std::string> accounts;
  std::vector<std::string> problems;  ///< sections and entries that were dropped, and why
  std::vector<std::string> warnings;  ///< what counts, and is hardly meant so
};

/// Reads `data` of a ConfigMap aws-auth as the authenticator does: YAML in `mapRoles`, `mapUsers`, `mapAccounts`; keys
/// inside in any case. Entries with a member of the wrong type are dropped whole, where the authenticator keeps the
/// rest. Contract: https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
Mappings parse_aws_auth(std::map<std::string, std::string, std::less<>> const& data);

Mapping mapping_of(aws::AccessEntry const& entry);

/// What may differ from one authenticator to another.
struct MappingRules {
  bool sso = false;                              ///< entries with `sso` count
  std::vector<std::string> reserved_prefixes{};  ///< that no name of aws-auth may begin with
  /// The private DNS name of an EC2 instance. Empty: names that need one stay as they are, and `Match` tells so.
  std::function<std::optional<std::string>(std::string_view instance_id)> private_dns_name{};
};

/// Who the caller is in the cluster.
struct Match {
  std::string username;
  std::vector<std::string> groups;
  Mapping entry;                     ///< for an account of `mapAccounts`: one with its place alone
  bool needs_instance_name = false;  ///< `{{EC2PrivateDNSName}}` was left as it is
};

/// An entry that probably means the caller, and does not match him.
struct NearMiss {
  enum class Why { Path, Session, Kind, Account, Partition, Case, Blanks };
  Mapping entry;
  std::vector<Why> why;
};

/// What a cluster makes of a caller: a match, or the reason why there is none.
struct Verdict {
  std::optional<Match> match;
  std::string reason;  ///< a sentence without its full stop, when there is no match
  std::vector<NearMiss> near_misses;
};

/// Looks a caller up as EKS does: access entries, then roles, users and accounts of aws-auth. Access entries are
/// compared without the path of a role, which STS never tells: names of roles are unique in their account. In aws-auth
/// ARNs count as they are written but for case; the last of two alike wins, and of two permission sets the longer name.
Verdict find_mapping(Identity const& identity, Mappings const& mappings, MappingRules const& rules = {});

/// What is wrong with the entry and what it should say, in two sentences.
std::string explain(NearMiss const& miss, Identity const& identity);

}  // namespace keks::iam
