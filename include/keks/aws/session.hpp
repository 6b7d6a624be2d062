#pragma once

#include <keks/aws/chain.hpp>
#include <keks/aws/service.hpp>

#include <functional>
#include <memory>
#include <string>

namespace keks::aws {

/// A source of credentials, and whose they are. *Lifetime:* that of the call.
struct KeptSource {
  std::shared_ptr<CredentialsProvider> provider;
  Settings const& settings;
  EndpointOptions const& region;
  Chain const* chain;           ///< what they come from, where they are the session's own; else null
  AssumeRoleInput const* role;  ///< that they are of; else null
};
/// Puts around a source what keeps its credentials.
using Keeper = std::function<std::shared_ptr<CredentialsProvider>(KeptSource)>;

struct SessionOptions {
  Environment environment = Environment::of_process();
  std::string profile = {};                               ///< named by the user; empty: by the environment
  std::string region = {};                                ///< empty: by environment or profile
  std::shared_ptr<CredentialsProvider> credentials = {};  ///< instead of the chain
  MfaPrompt mfa_prompt = {};
  Log log = {};
  Keeper keep = {};  ///< null: `cached_credentials`, in memory
};

/// One identity towards AWS: settings, chain and a transport, from which calls and roles are made.
///
/// A value; copies share connections and credentials. *Threads:* safe to share.
class Session {
 public:
  /// Reads the shared files; asks nobody. `transport` carries the calls; null: a `net::Client`, made at the first call,
  /// that trusts the Amazon roots, or the bundle of `AWS_CA_BUNDLE`, `SSL_CERT_FILE` or the profile's `ca_bundle`.
  /// *Errors:* those of `Settings::load` and `Settings::endpoint_options`. *Lifetime:* `clock` must outlive the session
  /// and all that comes out of it.
  static Result<Session> make(SessionOptions options, Clock const& clock = system_clock(),
                              std::shared_ptr<net::Transport> transport = nullptr);

  Settings const& settings() const;
  /// Region, FIPS, dual-stack. The region is empty where none is configured.
  EndpointOptions const& region() const;
  /// The chain, for its steps; null when the credentials were given.
  Chain const* chain() const;
  /// The credentials found, kept.
  std::shared_ptr<CredentialsProvider> own() const;
  /// The credentials of a role that `own()` assumes, kept. *Errors:* those of `Settings::call_endpoint`.
  Result<std::shared_ptr<CredentialsProvider>> assume(AssumeRoleInput const& role) const;

  /// Calls signed by `signer`. *Errors:* those of `Settings::call_endpoint`.
  /// *Lifetime:* a copy of the session must outlive the object.
  Result<Sts> sts(std::shared_ptr<CredentialsProvider> signer) const;
  Result<Eks> eks(std::shared_ptr<CredentialsProvider> signer) const;

  /// The same identity and transport, calling another region. *Errors:* those of `Settings::endpoint_options`.
  Result<Session> in(std::string_view region) const;

  /// Reads the trust anchors ahead of the first call. *Errors:* `CaNotPem`, `Io`.
  Result<void> check_trust() const;
  /// Makes the TLS context ahead of the first call, too. *Errors:* also `TlsFailed`.
  Result<void> prepare_tls() const;

 private:
  struct Parts;
  explicit Session(std::shared_ptr<Parts const> parts) : parts_(std::move(parts)) {}
  std::shared_ptr<Parts const> parts_;
};

}  // namespace keks::aws
