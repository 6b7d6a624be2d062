#pragma once

#include <keks/base/result.hpp>

#include <string>
#include <string_view>

namespace keks::iam {

/// `arn:partition:service:region:account:resource`; the resource may hold more colons.
struct Arn {
  std::string partition, service, region, account, resource;
  static Result<Arn> parse(std::string_view text);  ///< *Errors:* `InvalidArgument`.
  std::string text() const;
};

/// Checks that `text` is the ARN of an IAM role: known partition, 12-digit account, `role/[path/]name`.
/// *Errors:* `RoleArnMalformed`, saying what is wrong and what one looks like.
Result<Arn> parse_role_arn(std::string_view text);

/// What a caller of AWS can be, as far as a cluster is concerned.
enum class PrincipalKind { Role, User, Root, FederatedUser, AssumedRole };

/// As the authenticator spells it: `ASSUMED_ROLE`.
std::string_view to_string(PrincipalKind kind);

/// Who an ARN stands for. A session of a role stands for the role, whose path STS never tells.
struct Principal {
  PrincipalKind kind = PrincipalKind::Role;
  Arn arn;                   ///< canonical: of the role, not of its session; a path that was there is kept
  std::string session_name;  ///< of an assumed role; else empty
};

/// The principal behind the ARN that STS gives for a caller.
/// *Errors:* `InvalidArgument` for what is no ARN, has no known partition, or names neither user nor role.
Result<Principal> parse_principal(std::string_view caller_arn);

/// The same ARN without the path of its role: `role/ci/Build` is `role/Build`. Others stay as they are, users too.
/// *Errors:* `InvalidArgument` for what is no ARN, has no known partition, or has no name after the path.
Result<Arn> strip_path(std::string_view arn);

}  // namespace keks::iam
