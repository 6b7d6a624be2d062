#pragma once

#include <keks/aws/credentials.hpp>
#include <keks/aws/settings.hpp>
#include <keks/base/log.hpp>
#include <keks/net/transport.hpp>

#include <functional>
#include <vector>

namespace keks::aws {

struct Configured;

/// Asks a person for the code of an MFA device. *Errors:* `MfaNeeded` where nobody can be asked.
using MfaPrompt = std::function<Result<Secret>(std::string_view mfa_serial, Deadline const& deadline)>;

struct ChainOptions {
  Settings settings;
  std::shared_ptr<net::Transport> transport;  ///< for STS, SSO, container endpoints and metadata
  std::string region = {};                    ///< of the calls it makes; empty: that of `settings`
  MfaPrompt mfa_prompt = {};                  ///< null: roles that want a code are refused with `MfaNeeded`
  Log log = {};
};

/// One place where credentials could come from, and what was found there.
struct ChainStep {
  enum class Outcome { Skipped, Chosen, Broken, NotReached };
  std::string provider;  ///< `environment`, `web identity`, `profile dev`, `container`, `instance metadata`
  Outcome outcome;
  std::string reason;  ///< why it was skipped, what was chosen, or what is broken; without secrets
};

/// The credential chain of the AWS CLI and the SDKs: environment, web identity by environment, profile, container,
/// instance metadata. The first place where something is configured is the one; when that fails, no other identity is
/// taken in its place. Deciding asks nobody, so the steps can be told before anything was sent. Each `get` asks anew:
/// put `cached_credentials` around it.
///
/// Rules and differences between the SDKs: docs/credentials.md. *Threads:* safe to share.
class Chain final : public CredentialsProvider {
 public:
  /// *Lifetime:* `clock` must outlive the chain.
  static std::shared_ptr<Chain> make(ChainOptions options, Clock const& clock = system_clock());

  /// *Errors:* `NoCredentials` (lists the steps), `ConfigMalformed`, `CredentialSourceFailed`, `SignInNeeded`,
  /// `MfaNeeded`, `CredentialsExpired` for those that ended before they were handed out, and those of `Sts`.
  Result<Credentials> get(Deadline const& deadline) override;
  void invalidate() override;

  std::vector<ChainStep> const& steps() const { return steps_; }

 private:
  explicit Chain(Clock const& clock) : clock_(clock) {}
  /// Notes what a place has; true where the search ends with it.
  bool take(std::string provider, Result<Configured> offer);

  Clock const& clock_;
  std::vector<ChainStep> steps_;
  Result<std::shared_ptr<CredentialsProvider>> chosen_ = nullptr;
};

}  // namespace keks::aws
