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
  auto trust = net::Trust::pem(*std::move(pem));
  if (!trust) return fail(about(kCa, trust.error()));
  return ClusterFacts{*std::move(url), *std::move(trust)};
}

Result<void> check(EksOptions const& options) {
  if (options.cluster.empty())
    return fail(Code::ClusterUnset,
                "No cluster is named. Set the variable cluster, or the option --cluster, to its name.");
  if (!options.role.empty()) KEKS_CHECK(iam::parse_role_arn(options.role));
  return {};
}

}  // namespace

struct EksAccess::Parts {
  aws::Session session;
  Clock const& clock;
  iam::TokenInput token;
  std::optional<ClusterFacts> configured;
  std::shared_ptr<aws::CredentialsProvider> credentials;
  bool asks_over_tls;
};

Result<EksAccess> EksAccess::prepare(EksOptions options, Clock const& clock, std::shared_ptr<net::Transport> aws) {
  KEKS_CHECK(check(options));
  aws::SessionOptions wanted{.environment = std::move(options.environment),
                             .profile = std::move(options.profile),
                             .region = std::move(options.region),
                             .credentials = std::move(options.credentials),
                             .mfa_prompt = std::move(options.mfa_prompt)};
  KEKS_TRY(auto session, aws::Session::make(std::move(wanted), clock, std::move(aws)));
  return prepare(options, std::move(session), clock);
}

Result<EksAccess> EksAccess::prepare(EksOptions const& options, aws::Session session, Clock const& clock) {
  KEKS_CHECK(check(options));
  auto const& settings = session.settings();
  KEKS_TRY(auto sts, settings.call_endpoint("sts", session.region()));
  KEKS_TRY(auto eks, settings.call_endpoint("eks", session.region()));
  KEKS_TRY(auto configured, facts_from(settings.environment()));
  KEKS_CHECK(session.check_trust());
  auto credentials = session.own();
  if (!options.role.empty()) {
    KEKS_TRY(credentials, session.assume({options.role, options.session_name, options.external_id}));
  }
  bool asks_over_tls = (!configured && eks.url.is_tls()) || (!options.role.empty() && sts.url.is_tls());
  iam::TokenInput token{options.cluster, session.region()};
  return EksAccess(std::make_shared<Parts>(Parts{std::move(session), clock, std::move(token), std::move(configured),
                                                 std::move(credentials), asks_over_tls}));
}

Result<void> EksAccess::prepare_tls() const {
  return parts_->asks_over_tls ? parts_->session.prepare_tls() : Result<void>();
}

std::optional<ClusterFacts> const& EksAccess::configured() const { return parts_->configured; }

Result<ClusterFacts> EksAccess::describe(Deadline const& deadline) const {
  if (parts_->configured) return *parts_->configured;
  // The caller's own identity describes the cluster, so that this need not wait for the role.
  KEKS_TRY(auto eks, parts_->session.eks(parts_->session.own()));
  KEKS_TRY(auto cluster, eks.describe_ready_cluster(parts_->token.cluster_id, deadline));
  KEKS_TRY(auto endpoint, parse_endpoint(cluster.endpoint));
  KEKS_TRY(auto trust, net::Trust::pem(std::move(cluster.certificate_authority)));
  return ClusterFacts{std::move(endpoint), std::move(trust)};
}

std::shared_ptr<aws::CredentialsProvider> EksAccess::credentials() const { return {parts_, parts_->credentials.get()}; }

iam::TokenInput const& EksAccess::token_input() const { return parts_->token; }

EksAccess::Connected EksAccess::connect(ClusterFacts const& facts) const {
  net::ClientOptions options;
  options.trust = facts.trust;
  auto transport = std::make_shared<net::Client>(std::move(options));
  auto tokens = eks_token_source(credentials(), parts_->token, parts_->clock);
  return {
      Client({.server = facts.endpoint, .transport = transport, .tokens = std::move(tokens), .clock = &parts_->clock}),
      transport};
}

}  // namespace keks::kube
