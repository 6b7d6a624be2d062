#include <keks/aws/endpoint.hpp>
#include <keks/iam/arn.hpp>

#include <algorithm>
#include <array>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::iam {
namespace {

bool is_account(std::string_view text) {
  return text.size() == 12 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_name_character(char c) {
  constexpr std::string_view others = "_+=,.@-";
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || others.find(c) != others.npos;
}

/// IAM's own rule for a role's name.
bool is_role_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, is_name_character);
}

bool is_path_character(char c) { return c > 0x20 && c < 0x7f; }

/// What keeps `arn` from naming a role, or nothing.
std::string fault(Arn const& arn) {
  if (!aws::is_partition(arn.partition)) return format("\"{}\" is no AWS partition", arn.partition);
  if (arn.service == "sts" && arn.resource.starts_with("assumed-role/"))
    return "it names a session of a role, not the role itself";
  if (arn.service != "iam") return format("its service is \"{}\", not iam", arn.service);
  if (!arn.region.empty()) return "it has a region, which IAM's ARNs have not";
  if (!is_account(arn.account)) return format("its account \"{}\" is not 12 digits", arn.account);
  std::string_view resource = arn.resource;
  if (!resource.starts_with("role/")) return format("it names \"{}\", which is no role", resource.substr(0, 80));
  auto path = resource.substr(4, resource.rfind('/') - 3);
  if (!std::ranges::all_of(path, is_path_character) || path.find("//") != path.npos) return "its path is malformed";
  if (!is_role_name(resource.substr(resource.rfind('/') + 1)))
    return "its role name is not 1 to 64 of letters, digits and _+=,.@-";
  return {};
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

}  // namespace keks::iam
