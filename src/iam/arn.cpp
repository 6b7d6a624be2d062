#include <keks/aws/endpoint.hpp>
#include <keks/iam/arn.hpp>

#include <algorithm>
#include <array>
#include <optional>

#include "aws/iam_letters.hpp"
#include "base/ascii.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::iam {
namespace {

/// IAM's own rule for a role's name.
bool is_role_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, aws::is_iam_letter);
}

bool is_path_character(char c) { return c > 0x20 && c < 0x7f; }

/// What keeps `arn` from naming a role, or nothing.
std::string fault(Arn const& arn) {
  if (!aws::is_partition(arn.partition)) return format("\"{}\" is no AWS partition", arn.partition);
  if (arn.service == "sts" && arn.resource.starts_with("assumed-role/"))
    return "it names a session of a role, not the role itself";
  if (arn.service != "iam") return format("its service is \"{}\", not iam", arn.service);
  if (!arn.region.empty()) return "it has a region, which IAM's ARNs have not";
  if (!aws::is_account(arn.account)) return format("its account \"{}\" is not 12 digits", arn.account);
  std::string_view resource = arn.resource;
  if (!resource.starts_with("role/")) return format("it names \"{}\", which is no role", resource.substr(0, 80));
  auto path = resource.substr(4, resource.rfind('/') - 3);
  if (!std::ranges::all_of(path, is_path_character) || path.find("//") != path.npos) return "its path is malformed";
  if (!is_role_name(resource.substr(resource.rfind('/') + 1)))
    return "its role name is not 1 to 64 of letters, digits and _+=,.@-";
  return {};
}

/// Whether `resource` is `kind` itself, or something below it.
bool is_kind(std::string_view resource, std::string_view kind) {
  return resource.substr(0, resource.find('/')) == kind;
}

Result<Arn> parse_known(std::string_view text) {
  KEKS_TRY(auto arn, Arn::parse(text));
  if (aws::is_partition(arn.partition)) return arn;
  return fail(Code::InvalidArgument, format("\"{}\" names no AWS partition: \"{}\" is none. Correct it.",
                                            text.substr(0, 200), arn.partition.substr(0, 80)));
}

Result<Principal> session_of(Arn arn) {
  std::string_view rest = std::string_view(arn.resource).substr(arn.resource.find('/') + 1);
  auto slash = rest.rfind('/');
  auto role = rest.substr(0, slash);
  if (arn.resource.find('/') == std::string::npos || slash == rest.npos || role.empty())
    return fail(Code::InvalidArgument, format("\"{}\" names no session of a role: it should end in "
                                              "assumed-role/ROLE/SESSION.",
                                              arn.text().substr(0, 200)));
  std::string session(rest.substr(slash + 1));
  return Principal{PrincipalKind::AssumedRole,
                   {std::move(arn.partition), "iam", "", std::move(arn.account), format("role/{}", role)},
                   std::move(session)};
}

std::optional<PrincipalKind> kind_of(Arn const& arn) {
  if (arn.service == "iam" && is_kind(arn.resource, "role")) return PrincipalKind::Role;
  if (arn.service == "iam" && is_kind(arn.resource, "user")) return PrincipalKind::User;
  if (arn.service == "iam" && is_kind(arn.resource, "root")) return PrincipalKind::Root;
  if (arn.service == "sts" && is_kind(arn.resource, "federated-user")) return PrincipalKind::FederatedUser;
  if (arn.service == "sts" && is_kind(arn.resource, "assumed-role")) return PrincipalKind::AssumedRole;
  return std::nullopt;
}

}  // namespace

Result<Arn> Arn::parse(std::string_view text) {
  std::array<std::string_view, 5> fields;
  std::string_view rest = text;
  for (auto& field : fields) {
    auto colon = rest.find(':');
    if (colon == std::string_view::npos)
      return fail(Code::InvalidArgument,
                  format("\"{}\" is no ARN: six parts between colons make one.", text.substr(0, 200)));
    field = rest.substr(0, colon);
    rest.remove_prefix(colon + 1);
  }
  if (fields[0] != "arn")
    return fail(Code::InvalidArgument,
                format("\"{}\" is no ARN: it does not begin with \"arn:\".", text.substr(0, 200)));
  return Arn{std::string(fields[1]), std::string(fields[2]), std::string(fields[3]), std::string(fields[4]),
             std::string(rest)};
}

std::string Arn::text() const { return format("arn:{}:{}:{}:{}:{}", partition, service, region, account, resource); }

Result<Arn> parse_role_arn(std::string_view text) {
  auto malformed = [&](std::string_view reason) {
    return fail(Code::RoleArnMalformed, format("\"{}\" is no ARN of an IAM role: {}. One looks like "
                                               "arn:aws:iam::111122223333:role/eks-operator.",
                                               text.substr(0, 200), reason));
  };
  auto arn = Arn::parse(text);
  if (!arn) return malformed("it has not the form arn:PARTITION:iam::ACCOUNT:role/NAME");
  if (auto reason = fault(*arn); !reason.empty()) return malformed(reason);
  return arn;
}

std::string_view to_string(PrincipalKind kind) {
  switch (kind) {
    case PrincipalKind::Role:
      return "ROLE";
    case PrincipalKind::User:
      return "USER";
    case PrincipalKind::Root:
      return "ROOT";
    case PrincipalKind::FederatedUser:
      return "FEDERATED_USER";
    case PrincipalKind::AssumedRole:
      break;
  }
  return "ASSUMED_ROLE";
}

Result<Principal> parse_principal(std::string_view caller_arn) {
  KEKS_TRY(auto arn, parse_known(caller_arn));
  auto kind = kind_of(arn);
  if (kind == PrincipalKind::AssumedRole) return session_of(std::move(arn));
  if (kind) return Principal{*kind, std::move(arn), ""};
  auto why = arn.service == "iam" || arn.service == "sts"
                 ? format("its resource \"{}\" is neither role, user, root, assumed-role nor federated-user of {}",
                          arn.resource.substr(0, 80), arn.service)
                 : format("its service is \"{}\", neither iam nor sts", arn.service.substr(0, 80));
  return fail(Code::InvalidArgument, format("\"{}\" names nobody: {}.", caller_arn.substr(0, 200), why));
}

Result<Arn> strip_path(std::string_view text) {
  KEKS_TRY(auto arn, parse_known(text));
  auto first = arn.resource.find('/'), last = arn.resource.rfind('/');
  if (kind_of(arn) != PrincipalKind::Role || first == last) return arn;
  if (last + 1 == arn.resource.size())
    return fail(Code::InvalidArgument,
                format("\"{}\" has a path and no role name after it. Correct it.", text.substr(0, 200)));
  return Arn{std::move(arn.partition), "iam", "", std::move(arn.account), "role/" + arn.resource.substr(last + 1)};
}

}  // namespace keks::iam
