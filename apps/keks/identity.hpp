#pragma once

#include <keks/aws/session.hpp>

#include "apps/keks/cache.hpp"
#include "apps/keks/command.hpp"

namespace keks::cli {

/// Who the user is towards AWS, by `--profile`, `--region` and the environment; asks for MFA codes on the terminal, and
/// keeps credentials on disk where `--cache` or `KEKS_CACHE` wants it. Nothing is asked of AWS yet.
/// *Errors:* those of `aws::Session::make`; `InvalidArgument` for a `KEKS_CACHE` that is no truth value.
Result<aws::Session> session_of(Arguments const& args);

/// The same, for a command that keeps something of its own beside the credentials.
struct Identity {
  aws::Session session;
  std::shared_ptr<Cache> cache{};  ///< null: not asked for
  std::string fingerprint{};       ///< of where the identity comes from; empty without a cache
};
Result<Identity> identity_of(Arguments const& args);

/// Whether a chain has its credentials from the profile in use, not from environment, container or instance.
bool is_of_profile(std::vector<aws::ChainStep> const& steps);

/// Whether a chain has its credentials without asking anyone far away, so that keeping them would only spread them:
/// keys of environment or profile, a container's, the instance's.
bool is_at_hand(std::vector<aws::ChainStep> const& steps, aws::ConfigSection const* profile);

}  // namespace keks::cli
