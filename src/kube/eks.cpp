#include <keks/aws/service.hpp>
#include <keks/base/encoding.hpp>
#include <keks/iam/arn.hpp>
#include <keks/kube/eks.hpp>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::kube {
namespace {

constexpr std::string_view kEndpoint = "KEKS_ENDPOINT";
constexpr std::string_view kCa = "KEKS_CA";

Result<net::Trust> aws_trust(Environment const& environment) {
  auto file = environment.first({"AWS_CA_BUNDLE", "SSL_CERT_FILE"});
  return file ? net::Trust::file(*file) : Result<net::Trust>(net::Trust::amazon_roots());
}

Result<std::shared_ptr<net::Client>> aws_client(Environment const& environment) {
  KEKS_TRY(auto trust, aws_trust(environment));
  net::ClientOptions options;
  options.trust = std::move(trust);
  return std::make_shared<net::Client>(std::move(options));
}

Error about(std::string_view variable, Error const& error) {
  return error.with_message(format("{}: {}", variable, error.message()));
}

Result<net::Url> parse_endpoint(std::string_view text) {
  KEKS_TRY(auto url, net::Url::parse(text));
  if (!url.is_tls()) return fail(Code::InvalidArgument, "the endpoint of a cluster begins with https://");
  return url;
}

Result<std::optional<ClusterFacts>> facts_from(Environment const& environment) {
  auto endpoint = environment.get(kEndpoint), ca = environment.get(kCa);
  if (!endpoint && !ca) return std::nullopt;
  if (!endpoint || !ca)
    return fail(Code::InvalidArgument, format("{} is set but {} is not. Set both, or neither to ask EKS.",
                                              endpoint ? kEndpoint : kCa, endpoint ? kCa : kEndpoint));
  auto url = parse_endpoint(*endpoint);
  if (!url) return fail(about(kEndpoint, url.error()));
  auto pem = base64_decode(*ca);
  if (!pem) return fail(Code::CaNotPem, format("{} is not base64: {}", kCa, pem.error().message()));
  if (auto trust = net::Trust::pem(*pem); !trust) return fail(about(kCa, trust.error()));
  return ClusterFacts{*std::move(url), *std::move(pem)};
}

Result<void> check(EksOptions const& options) {
  if (options.cluster.empty())
    return fail(Code::ClusterUnset,
                "No cluster is named. Set the variable cluster, or the option --cluster, to its name.");
  if (!options.role.empty()) KEKS_CHECK(iam::parse_role_arn(options.role));
  return {};
}

}  // namespace

/// *Lifetime:* what the calls to AWS refer to lives as long as the provider that is handed out, which shares this.
struct EksAccess::Parts {
  EksOptions options;
  Clock const& clock;
  std::shared_ptr<net::Transport> aws;
  std::shared_ptr<net::Client> own_client;  ///< `aws`, unless the caller brought it
  iam::TokenInput token;
  aws::Endpoint sts_endpoint, eks_endpoint;
  std::optional<ClusterFacts> configured{};
  std::shared_ptr<aws::CredentialsProvider> provider{};

  aws::ServiceOptions service(aws::Endpoint endpoint, std::shared_ptr<aws::CredentialsProvider> signer) const {
    return {.transport = *aws, .endpoint = std::move(endpoint), .credentials = std::move(signer), .clock = clock};
  }

  std::shared_ptr<aws::CredentialsProvider> make_provider() const {
    auto own = aws::environment_credentials(options.environment);
    if (options.role.empty()) return aws::cached_credentials(std::move(own), clock);
    auto sts = std::make_shared<aws::Sts>(service(sts_endpoint, std::move(own)));
    aws::AssumeRoleInput input{options.role, options.session_name, options.external_id};
    return aws::cached_credentials(aws::assume_role_credentials(std::move(sts), std::move(input)), clock);
  }
};

Result<EksAccess> EksAccess::prepare(EksOptions options, Clock const& clock, std::shared_ptr<net::Transport> aws) {
  KEKS_CHECK(check(options));
  auto const& environment = options.environment;
  auto region = aws::region_from(options.region, environment).value_or("");
  KEKS_TRY(auto regional, aws::endpoint_options(std::move(region), environment));
  KEKS_TRY(auto sts, aws::call_endpoint("sts", regional, environment));
  KEKS_TRY(auto eks, aws::call_endpoint("eks", regional, environment));
  KEKS_TRY(auto configured, facts_from(environment));
  std::shared_ptr<net::Client> own_client;
  if (!aws) {
    KEKS_TRY(own_client, aws_client(environment));
    aws = own_client;
  }
  iam::TokenInput token{options.cluster, std::move(regional)};
  auto parts = std::make_shared<Parts>(Parts{std::move(options), clock, std::move(aws), std::move(own_client),
                                             std::move(token), std::move(sts), std::move(eks), std::move(configured)});
  parts->provider = parts->make_provider();
  return EksAccess(std::move(parts));
}

Result<void> EksAccess::prepare_tls() const {
  bool asks_eks = !parts_->configured && parts_->eks_endpoint.url.is_tls();
  bool asks_sts = !parts_->options.role.empty() && parts_->sts_endpoint.url.is_tls();
  return parts_->own_client && (asks_eks || asks_sts) ? parts_->own_client->prepare() : Result<void>();
}

std::optional<ClusterFacts> const& EksAccess::configured() const { return parts_->configured; }

Result<ClusterFacts> EksAccess::describe(Deadline const& deadline) const {
  if (parts_->configured) return *parts_->configured;
  // The caller's own identity describes the cluster, so that this need not wait for the role.
  auto own = aws::environment_credentials(parts_->options.environment);
  aws::Eks eks(parts_->service(parts_->eks_endpoint, std::move(own)));
  KEKS_TRY(auto cluster, eks.describe_ready_cluster(parts_->options.cluster, deadline));
  KEKS_TRY(auto endpoint, parse_endpoint(cluster.endpoint));
  return ClusterFacts{std::move(endpoint), std::move(cluster.certificate_authority)};
}

std::shared_ptr<aws::CredentialsProvider> EksAccess::credentials() const { return {parts_, parts_->provider.get()}; }

iam::TokenInput const& EksAccess::token_input() const { return parts_->token; }

Result<EksAccess::Connected> EksAccess::connect(ClusterFacts const& facts) const {
  net::ClientOptions options;
  KEKS_TRY(options.trust, net::Trust::pem(facts.ca_pem));
  auto transport = std::make_shared<net::Client>(std::move(options));
  auto tokens = eks_token_source(credentials(), parts_->token, parts_->clock);
  return Connected{
      Client({.server = facts.endpoint, .transport = transport, .tokens = std::move(tokens), .clock = &parts_->clock}),
      transport};
}

}  // namespace keks::kube
