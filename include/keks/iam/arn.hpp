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

}  // namespace keks::iam
