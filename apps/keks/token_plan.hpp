#pragma once

#include <keks/aws/service.hpp>
#include <keks/iam/token.hpp>

#include "apps/keks/command.hpp"

namespace keks::cli {

enum class TokenOutput { Json, Text, Yaml, Bare };

/// What `token` was asked for.
struct TokenPlan {
  std::string cluster;
  aws::AssumeRoleInput role;  ///< an empty ARN: the caller's own identity
  bool forward_session_name = false;
  TokenOutput output = TokenOutput::Json;
  std::string warning;  ///< empty: none
};
/// *Errors:* `InvalidArgument`, `ClusterUnset`: the command line is wrong.
Result<TokenPlan> token_plan(Arguments const& args);

/// The session name in a caller's UserId: what follows its only colon. *Errors:* `InvalidArgument`.
Result<std::string> session_name_of(std::string_view user_id);

/// What is printed, without the line feed. `hint`, for stderr, may be empty.
iam::ExecCredential token_output(TokenOutput output, iam::Token const& token,
                                 std::optional<std::string> const& exec_info);

}  // namespace keks::cli
