#include "apps/keks/identity.hpp"

#include "apps/keks/logging.hpp"
#include "apps/keks/prompt.hpp"

namespace keks::cli {

Result<aws::Session> session_in(Arguments const& args, std::string region) {
  return aws::Session::make({.environment = args.environment,
                             .profile = args.get_or("profile", ""),
                             .region = std::move(region),
                             .mfa_prompt = mfa_prompt(args.environment),
                             .log = log_of(args)});
}

Result<aws::Session> session_of(Arguments const& args) { return session_in(args, args.get_or("region", "")); }

}  // namespace keks::cli
