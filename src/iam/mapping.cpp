#include <keks/iam/mapping.hpp>

#include <algorithm>
#include <array>
#include <ranges>

#include "base/ascii.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::iam {
namespace {

using Why = NearMiss::Why;

constexpr std::string_view kInstanceName = "{{EC2PrivateDNSName}}";

/// `i-` and 8 or 17 hexadecimal digits.
bool is_instance_id(std::string_view text) {
  return (text.size() == 10 || text.size() == 19) && text.starts_with("i-") &&
         text.substr(2).find_first_not_of("0123456789abcdef") == text.npos;
}

/// Puts what is known of a caller into the templates of names, in one pass: text that was put in is not looked at
/// again.
class Templates {
 public:
  Templates(Identity const& identity, MappingRules const& rules)
      : identity_(identity), rules_(rules), session_(identity.session_name) {
    std::ranges::replace(session_, '@', '-');
  }

  Result<std::string> fill(std::string_view text) {
    std::string out;
    while (!text.empty()) {
      auto known = std::ranges::find_if(known_, [&](auto const& entry) { return text.starts_with(entry.name); });
      if (known == known_.end()) {
        out += text.front();
        text.remove_prefix(1);
        continue;
      }
      KEKS_TRY(auto value, known->name == kInstanceName ? instance_name() : Result<std::string>(*known->value));
      out += value;
      text.remove_prefix(known->name.size());
    }
    return out;
  }
  bool left_instance_name() const { return left_; }

 private:
  struct Known {
    std::string_view name;
    std::string const* value;
  };

  Result<std::string> instance_name() {
    auto const& id = identity_.session_name;
    if (!is_instance_id(id))
      return fail(Code::InvalidArgument, format("needs the id of an EC2 instance as session name, not \"{}\"", id));
    left_ = left_ || !rules_.private_dns_name;
    if (!rules_.private_dns_name) return std::string(kInstanceName);
    auto name = rules_.private_dns_name(id);
    if (name) return *std::move(name);
    return fail(Code::InvalidArgument, format("needs the private DNS name of instance {}, which is not known", id));
  }

  Identity const& identity_;
  MappingRules const& rules_;
  std::string session_;
  bool left_ = false;
  std::array<Known, 5> const known_{{{kInstanceName, nullptr},
                                     {"{{AccountID}}", &identity_.account},
                                     {"{{SessionName}}", &session_},
                                     {"{{SessionNameRaw}}", &identity_.session_name},
                                     {"{{AccessKeyID}}", &identity_.access_key_id}}};
};

/// The role of a permission set is `AWSReservedSSO_SET_` and sixteen hexadecimal digits.
bool is_role_of(SsoRole const& sso, std::string_view canonical_arn) {
  auto partition = sso.partition.empty() ? "aws" : sso.partition;
  auto start = lower(format("arn:{}:iam::{}:role/AWSReservedSSO_{}_", partition, sso.account, sso.permission_set));
  auto arn = lower(canonical_arn);
  return arn.starts_with(start) && arn.size() == start.size() + 16 &&
         arn.find_first_not_of("0123456789abcdef", start.size()) == arn.npos;
}

/// As the lists of aws-auth are searched.
bool names(Mapping const& entry, Identity const& identity, MappingRules const& rules) {
  if (entry.sso) return rules.sso && is_role_of(*entry.sso, identity.canonical_arn);
  return lower(entry.arn) == lower(identity.canonical_arn);
}

/// The last one of those that name the caller; of permission sets the one with the longest name.
Mapping const* find(std::vector<Mapping> const& entries, Identity const& identity, MappingRules const& rules) {
  Mapping const* found = nullptr;
  auto weight = [](Mapping const& entry) { return entry.sso ? entry.sso->permission_set.size() : 1000; };
  for (auto const& entry : entries)
    if (names(entry, identity, rules) && (!found || weight(entry) >= weight(*found))) found = &entry;
  return found;
}

/// An access entry's ARN as STS would tell it.
std::string without_path(Mapping const& entry) {
  auto arn = strip_path(entry.arn);
  return arn ? arn->text() : entry.arn;
}

Mapping const* find_access_entry(Mappings const& mappings, Identity const& identity) {
  auto at = std::ranges::find(mappings.access_entries, identity.canonical_arn, without_path);
  return at == mappings.access_entries.end() ? nullptr : &*at;
}

Result<Match> apply(Mapping const& entry, Identity const& identity, MappingRules const& rules) {
  Templates templates(identity, rules);
  Match match{"", {}, entry, false};
  auto failed = [&](Error const& error) {
    return fail(Code::InvalidArgument,
                format("{} names the caller, but its name or a group {}", entry.place, error.message()));
  };
  auto username = templates.fill(entry.username);
  if (!username) return failed(username.error());
  match.username = *std::move(username);
  for (auto const& group : entry.groups) {
    auto filled = templates.fill(group);
    if (!filled) return failed(filled.error());
    match.groups.push_back(*std::move(filled));
  }
  match.needs_instance_name = templates.left_instance_name();
  return match;
}

Result<void> check_reserved(Match const& match, MappingRules const& rules) {
  for (auto const& prefix : rules.reserved_prefixes)
    if (match.username.starts_with(prefix))
      return fail(Code::InvalidArgument,
                  format("{} names the caller, but no name there may begin with \"{}\", as \"{}\" "
                         "does",
                         match.entry.place, prefix, match.username));
  return {};
}

Verdict verdict_of(Result<Match> match) {
  if (match) return {*std::move(match), "", {}};
  return {std::nullopt, match.error().message(), {}};
}

std::string_view name_of(Arn const& arn) { return std::string_view(arn.resource).substr(arn.resource.rfind('/') + 1); }

/// All users are of one kind, and all that is a role.
bool is_role(PrincipalKind kind) { return kind == PrincipalKind::Role || kind == PrincipalKind::AssumedRole; }

/// In what an entry's ARN for the same name differs; empty: it is for another name.
std::vector<Why> differences(std::string const& arn, Identity const& identity) {
  auto there = parse_principal(trimmed(arn)), here = parse_principal(identity.canonical_arn);
  if (!there || !here || lower(name_of(there->arn)) != lower(name_of(here->arn))) return {};
  std::vector<Why> why;
  auto add = [&](bool differs, Why what) {
    if (differs) why.push_back(what);
  };
  bool same_kind = is_role(there->kind) == is_role(here->kind);
  add(trimmed(arn) != arn, Why::Blanks);
  add(there->arn.partition != here->arn.partition, Why::Partition);
  add(there->arn.account != here->arn.account, Why::Account);
  add(!same_kind, Why::Kind);
  add(there->kind == PrincipalKind::AssumedRole, Why::Session);
  add(same_kind && lower(there->arn.resource) != lower(here->arn.resource), Why::Path);
  if (why.empty() && there->arn.text() != here->arn.text()) why.push_back(Why::Case);
  return why;
}

std::vector<NearMiss> near_misses(Mappings const& mappings, Identity const& identity) {
  std::vector<NearMiss> out;
  auto look_at = [&](Mapping const& entry, std::string const& arn) {
    if (auto why = differences(arn, identity); !why.empty()) out.push_back({entry, std::move(why)});
  };
  // The path of an access entry does not count, so it cannot be what is wrong.
  for (auto const& entry : mappings.access_entries) look_at(entry, without_path(entry));
  for (auto const* list : {&mappings.roles, &mappings.users})
    for (auto const& entry : *list) look_at(entry, entry.arn);
  return out;
}

std::string describe(Why why, Principal const& there, Principal const& here) {
  switch (why) {
    case Why::Path:
      return is_role(here.kind) ? "it has a path, which STS leaves out of a role's ARN" : "it has another path";
    case Why::Session:
      return "it names a session, not the role";
    case Why::Kind:
      return is_role(here.kind) ? "it names a user, and the caller is a role"
                                : "it names a role, and the caller is none";
    case Why::Account:
      return format("its account is {}, the caller's is {}", there.arn.account, here.arn.account);
    case Why::Partition:
      return format("its partition is {}, the caller's is {}", there.arn.partition, here.arn.partition);
    case Why::Case:
      return "small and capital letters differ";
    case Why::Blanks:
      break;
  }
  return "it has blanks around it";
}

}  // namespace

Result<Identity> identity_of(aws::CallerIdentity const& caller, std::string access_key_id) {
  KEKS_TRY(auto principal, parse_principal(caller.arn));
  Identity identity{caller.arn, principal.arn.text(), caller.account, caller.user_id, "", std::move(access_key_id)};
  if (!is_role(principal.kind)) return identity;
  auto colon = caller.user_id.find(':');
  if (colon == std::string::npos || caller.user_id.find(':', colon + 1) != std::string::npos)
    return fail(Code::InvalidArgument, format("\"{}\" is no id of a role's session: one looks like AROA...:SESSION.",
                                              caller.user_id.substr(0, 120)));
  identity.session_name = caller.user_id.substr(colon + 1);
  identity.user_id.resize(colon);
  return identity;
}

Mapping mapping_of(aws::AccessEntry const& entry) {
  return {"access entry", entry.principal_arn, std::nullopt, entry.username, entry.kubernetes_groups};
}

Verdict find_mapping(Identity const& identity, Mappings const& mappings, MappingRules const& rules) {
  if (auto const* entry = find_access_entry(mappings, identity)) return verdict_of(apply(*entry, identity, rules));
  for (auto const* list : {&mappings.roles, &mappings.users}) {
    auto const* entry = find(*list, identity, rules);
    if (!entry) continue;
    auto match = apply(*entry, identity, rules);
    auto allowed = match ? check_reserved(*match, rules) : Result<void>();
    return verdict_of(allowed ? std::move(match) : fail(allowed.error()));
  }
  if (std::ranges::find(mappings.accounts, identity.account) != mappings.accounts.end())
    return {Match{identity.canonical_arn, {}, {"mapAccounts", "", std::nullopt, "", {}}, false}, "", {}};
  return {std::nullopt, format("nothing maps {}", identity.canonical_arn), near_misses(mappings, identity)};
}

std::string explain(NearMiss const& miss, Identity const& identity) {
  auto there = parse_principal(trimmed(miss.entry.arn)), here = parse_principal(identity.canonical_arn);
  std::string faults;
  if (there && here)
    for (auto why : miss.why) faults += format("{}{}", faults.empty() ? "" : "; ", describe(why, *there, *here));
  return format("{} {} does not match: {}. It should say {}.", miss.entry.place, miss.entry.arn, faults,
                identity.canonical_arn);
}

}  // namespace keks::iam
