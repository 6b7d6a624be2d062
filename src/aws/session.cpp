#include <keks/aws/session.hpp>
#include <keks/net/client.hpp>

#include <mutex>
#include <optional>

#include "base/try.hpp"

namespace keks::aws {
namespace {

Result<net::Trust> trust_of(Settings const& settings) {
  auto file = settings.environment().first({"AWS_CA_BUNDLE", "SSL_CERT_FILE"});
  if (!file && settings.profile()) file = settings.profile()->get("ca_bundle");
  return file ? net::Trust::file(settings.expand(*file)) : Result<net::Trust>(net::Trust::amazon_roots());
}

/// A client that is made when it is first needed: who asks nobody reads no bundle either.
class LateClient final : public net::Transport {
 public:
  explicit LateClient(Settings settings) : settings_(std::move(settings)) {}

  Result<net::Response> send(net::Request const& request, Deadline const& deadline) override {
    KEKS_TRY(auto made, client());
    return made->send(request, deadline);
  }

  Result<net::Client*> client() {
    std::lock_guard lock(mutex_);
    if (!client_) {
      net::ClientOptions options;
      KEKS_TRY(options.trust, trust_of(settings_));
      client_.emplace(std::move(options));
    }
    return &*client_;
  }

 private:
  Settings const settings_;
  std::mutex mutex_;
  std::optional<net::Client> client_;
};

}  // namespace

struct Session::Parts {
  Settings settings;
  EndpointOptions region;
  SessionOptions options;
  Clock const& clock;
  std::shared_ptr<LateClient> late;  ///< `transport`, unless the caller brought it
  std::shared_ptr<net::Transport> transport;
  std::shared_ptr<Chain> chain{};
  std::shared_ptr<CredentialsProvider> own{};

  void find_own() {
    own = options.credentials;
    if (own) return;
    chain = Chain::make({settings, transport, region.region, options.mfa_prompt, options.log}, clock);
    own = kept({chain, settings, region, chain.get(), nullptr});
  }
  Result<ServiceOptions> service(std::string_view name, std::shared_ptr<CredentialsProvider> signer) const {
    KEKS_TRY(auto endpoint, settings.call_endpoint(name, region));
    return ServiceOptions{
        .transport = *transport, .endpoint = std::move(endpoint), .credentials = std::move(signer), .clock = clock};
  }
  std::shared_ptr<CredentialsProvider> kept(KeptSource source) const {
    return options.keep ? options.keep(std::move(source)) : cached_credentials(std::move(source.provider), clock);
  }
};

Result<Session> Session::make(SessionOptions options, Clock const& clock, std::shared_ptr<net::Transport> transport) {
  KEKS_TRY(auto settings, Settings::load(std::move(options.environment), options.profile));
  KEKS_TRY(auto region, settings.endpoint_options(options.region));
  if (!options.credentials)
    for (auto const& fault : settings.files().faults()) options.log(LogLevel::Warn, fault.text());
  std::shared_ptr<LateClient> late;
  if (!transport) transport = late = std::make_shared<LateClient>(settings);
  auto parts = std::make_shared<Parts>(
      Parts{std::move(settings), std::move(region), std::move(options), clock, late, transport});
  parts->find_own();
  return Session(std::move(parts));
}

Result<Session> Session::in(std::string_view region) const {
  auto parts = std::make_shared<Parts>(*parts_);
  KEKS_TRY(parts->region, parts->settings.endpoint_options(region));
  parts->find_own();
  return Session(std::move(parts));
}

Settings const& Session::settings() const { return parts_->settings; }
EndpointOptions const& Session::region() const { return parts_->region; }
Chain const* Session::chain() const { return parts_->chain.get(); }
std::shared_ptr<CredentialsProvider> Session::own() const { return parts_->own; }

Result<std::shared_ptr<CredentialsProvider>> Session::assume(AssumeRoleInput const& role) const {
  KEKS_TRY(auto service, sts(own()));
  auto source = assume_role_credentials(std::make_shared<Sts>(std::move(service)), role);
  // What the calls refer to lives as long as the provider that is handed out.
  struct Held {
    std::shared_ptr<Parts const> parts;
    std::shared_ptr<CredentialsProvider> provider;
  };
  auto held = std::make_shared<Held>(
      parts_, parts_->kept({std::move(source), parts_->settings, parts_->region, nullptr, &role}));
  return std::shared_ptr<CredentialsProvider>(held, held->provider.get());
}

Result<Sts> Session::sts(std::shared_ptr<CredentialsProvider> signer) const {
  KEKS_TRY(auto options, parts_->service("sts", std::move(signer)));
  return Sts(std::move(options));
}

Result<Eks> Session::eks(std::shared_ptr<CredentialsProvider> signer) const {
  KEKS_TRY(auto options, parts_->service("eks", std::move(signer)));
  return Eks(std::move(options));
}

Result<void> Session::check_trust() const {
  if (parts_->late) KEKS_CHECK(parts_->late->client());
  return {};
}

Result<void> Session::prepare_tls() const {
  if (!parts_->late) return {};
  KEKS_TRY(auto client, parts_->late->client());
  return client->prepare();
}

}  // namespace keks::aws
