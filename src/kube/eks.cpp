#include <keks/base/encoding.hpp>
#include <keks/iam/arn.hpp>
#include <keks/kube/eks.hpp>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::kube {
namespace {

Result<net::Trust> aws_trust(Environment const& environment) {
  if (auto bundle = environment.first({"AWS_CA_BUNDLE", "SSL_CERT_FILE"})) return net::Trust::file(*bundle);
  return net::Trust::amazon_roots();
}

/// `KEKS_ENDPOINT` and `KEKS_CA`: both or neither.
Result<std::optional<EksFacts>> facts_of(Environment const& environment) {
  auto endpoint = environment.get("KEKS_ENDPOINT"), ca = environment.get("KEKS_CA");
  if (!endpoint && !ca) return std::nullopt;
  if (!endpoint || !ca)
    return fail(Code::InvalidArgument, "KEKS_ENDPOINT and KEKS_CA belong together: set both, or neither to ask EKS");
  auto url = net::Url::parse(*endpoint);
  if (!url) return fail(url.error().with_message("KEKS_ENDPOINT: " + url.error().message()));
  auto pem = base64_decode(*ca);
  if (!pem)
    return fail(Code::CaNotPem, format("KEKS_CA is not base64 ({}); set it to certificateAuthority.data as "
                                       "`aws eks describe-cluster` prints it",
                                       pem.error().message()));
  auto trust = net::Trust::pem(*pem);
  if (!trust) return fail(trust.error().with_message("KEKS_CA: " + trust.error().message()));
  return EksFacts{*url, *trust};
}

Result<iam::TokenInput> token_input_of(EksOptions const& options) {
  if (options.cluster.empty())
    return fail(Code::ClusterUnset,
                "no cluster is named; set the variable `cluster` (or --cluster) to an EKS cluster's name");
  auto region = aws::region_from(options.region, options.environment);
  if (!region)
    return fail(Code::RegionUnset, "no AWS region is set; set the variable `region` (or --region), or AWS_REGION");
  KEKS_TRY(auto endpoint, aws::endpoint_options(*region, options.environment));
  return iam::TokenInput{options.cluster, endpoint};
}

}  // namespace

/// What outlives the connector while a connection made by it is in use: token source and credentials call STS
/// through the client here.
struct EksConnector::Core {
  EksOptions options;
  iam::TokenInput token_input;
  std::optional<EksFacts> known;
  net::Client aws;
  aws::Endpoint sts_endpoint, eks_endpoint;
  std::shared_ptr<aws::CredentialsProvider> own, used;

  Core(EksOptions o, iam::TokenInput t, std::optional<EksFacts> k, net::Trust trust)
      : options(std::move(o)),
        token_input(std::move(t)),
        known(std::move(k)),
        aws(net::ClientOptions{.trust = std::move(trust)}),
        own(aws::environment_credentials(options.environment)),
        used(own) {}

  aws::ServiceOptions service(aws::Endpoint const& endpoint) {
    return {.transport = aws, .endpoint = endpoint, .credentials = own};
  }
  void assume(std::string const& role) {
    auto sts = std::make_shared<aws::Sts>(service(sts_endpoint));
    aws::AssumeRoleInput input{role, options.session_name, options.external_id};
    used = aws::cached_credentials(aws::assume_role_credentials(std::move(sts), std::move(input)), system_clock());
  }
};

Result<EksConnector> EksConnector::make(EksOptions options) {
  KEKS_TRY(auto input, token_input_of(options));
  if (!options.role.empty()) KEKS_CHECK(iam::parse_role_arn(options.role));
  KEKS_TRY(auto known, facts_of(options.environment));
  KEKS_TRY(auto trust, aws_trust(options.environment));
  auto core = std::make_shared<Core>(std::move(options), std::move(input), std::move(known), std::move(trust));
  auto const& environment = core->options.environment;
  KEKS_TRY(core->sts_endpoint, aws::call_endpoint("sts", core->token_input.region, environment));
  KEKS_TRY(core->eks_endpoint, aws::call_endpoint("eks", core->token_input.region, environment));
  if (!core->options.role.empty()) core->assume(core->options.role);
  return EksConnector(std::move(core));
}

std::optional<EksFacts> const& EksConnector::known_facts() const { return core_->known; }

Result<EksFacts> EksConnector::facts(Deadline const& deadline) const {
  if (core_->known) return *core_->known;
  aws::Eks eks(core_->service(core_->eks_endpoint));
  KEKS_TRY(auto cluster, eks.describe_ready_cluster(core_->token_input.cluster_id, deadline));
  KEKS_TRY(auto url, net::Url::parse(cluster.endpoint));
  auto trust = net::Trust::pem(cluster.certificate_authority);
  if (!trust)
    return fail(trust.error().with_message(
        format("the certificate authority of cluster {}: {}", cluster.name, trust.error().message())));
  return EksFacts{url, *trust};
}

aws::CredentialsProvider& EksConnector::credentials() const { return *core_->used; }
bool EksConnector::assumes_role() const { return core_->used != core_->own; }
iam::TokenInput const& EksConnector::token_input() const { return core_->token_input; }

Result<void> EksConnector::prepare() const {
  bool asks_eks = !core_->known && core_->eks_endpoint.url.is_tls();
  bool asks_sts = assumes_role() && core_->sts_endpoint.url.is_tls();
  return asks_eks || asks_sts ? core_->aws.prepare() : Result<void>{};
}

EksConnection EksConnector::connect(EksFacts const& facts) const {
  auto transport = std::make_shared<net::Client>(net::ClientOptions{.trust = facts.trust});
  std::shared_ptr<aws::CredentialsProvider> credentials(core_, core_->used.get());
  auto tokens = eks_token_source(std::move(credentials), core_->token_input, system_clock());
  return {Client({.server = facts.endpoint, .transport = transport, .tokens = std::move(tokens)}), facts.endpoint,
          transport};
}

Result<Client> Client::eks(EksOptions options, Deadline const& deadline) {
  KEKS_TRY(auto connector, EksConnector::make(std::move(options)));
  KEKS_TRY(auto facts, connector.facts(deadline));
  return connector.connect(facts).client;
}

}  // namespace keks::kube
