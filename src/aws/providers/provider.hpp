#pragma once

#include <keks/aws/chain.hpp>

#include <expected>
#include <memory>

namespace keks::aws {

/// What the providers are made from. Shared by all of a chain.
struct Sources {
  ChainOptions options;
  Clock const& clock;

  Settings const& settings() const { return options.settings; }
  Environment const& environment() const { return options.settings.environment(); }
  net::Transport& transport() const { return *options.transport; }
};
using SharedSources = std::shared_ptr<Sources const>;

/// A source that is configured. `what` says so for people, without secrets: `role arn:aws:iam::...`.
struct Configured {
  std::shared_ptr<CredentialsProvider> provider;
  std::string what;
};

/// What a step of the chain has: a configured source, or nothing (`Code::NoCredentials`, whose message is the reason
/// for passing on), or a source that is configured wrongly (any other code), which ends the chain.
using Offer = Result<Configured>;

// The steps, each in the file of its name. They look at environment and files only.
Offer offer_environment(SharedSources const& sources);
Offer offer_web_identity(SharedSources const& sources);  ///< by `AWS_WEB_IDENTITY_TOKEN_FILE`
Offer offer_profile(SharedSources const& sources);
Offer offer_container(SharedSources const& sources);
Offer offer_imds(SharedSources const& sources);

// What a profile may be made of. `name` is the profile's; the section is part of `sources`.
Offer offer_sso(SharedSources const& sources, std::string const& name, ConfigSection const& profile);
Offer offer_login(SharedSources const& sources, std::string const& name, ConfigSection const& profile);
Offer offer_process(SharedSources const& sources, std::string const& name, ConfigSection const& profile);

}  // namespace keks::aws
