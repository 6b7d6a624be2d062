#include "sandbox/eks.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::sandbox {
namespace {

constexpr std::string_view kClusters = "/clusters/";

AwsRefusal refusal_of(SignatureError error) {
  switch (error.fault) {
    case SignatureFault::Missing:
      return {403, "MissingAuthenticationTokenException", "Missing Authentication Token"};
    case SignatureFault::Incomplete:
      return {403, "IncompleteSignatureException", std::move(error.message)};
    case SignatureFault::UnknownKey:
      return {403, "UnrecognizedClientException", std::move(error.message)};
    case SignatureFault::ExpiredToken:
      return {403, "ExpiredTokenException", std::move(error.message)};
    case SignatureFault::Expired:
    case SignatureFault::Mismatch:
      break;
  }
  return {403, "InvalidSignatureException", std::move(error.message)};
}

AwsRefusal planned_refusal(Plan const& plan) {
  if (plan.is("throttle")) return {429, "ThrottlingException", "Rate exceeded"};
  if (plan.is("expired"))
    return {403, "ExpiredTokenException", "The security token included in the request is expired"};
  switch (plan.status()) {
    case 403:
      return {403, "AccessDeniedException", "Access denied"};
    case 404:
      return {404, "ResourceNotFoundException", "No cluster found"};
    case 429:
      return {429, "TooManyRequestsException", "Too Many Requests"};
    case 503:
      return {503, "ServiceUnavailableException", "Service is unavailable"};
    default:
      return plan.status() < 500 ? AwsRefusal{plan.status(), "InvalidParameterException", "The request is not valid"}
                                 : AwsRefusal{plan.status(), "ServerException", "An internal error occurred"};
  }
}

auto refuse(int status, std::string code, std::string message) {
  return std::unexpected(AwsRefusal{status, std::move(code), std::move(message)});
}

}  // namespace

std::string_view AccessRoute::action() const {
  return principal.empty() ? "ListAccessEntries" : policies ? "ListAssociatedAccessPolicies" : "DescribeAccessEntry";
}

std::optional<AccessRoute> AccessRoute::parse(std::string_view path) {
  constexpr std::string_view entries = "/access-entries", policies = "/access-policies";
  auto at = path.find(entries);
  if (!path.starts_with(kClusters) || at == path.npos || at <= kClusters.size()) return std::nullopt;
  auto rest = path.substr(at + entries.size());
  bool wants_policies = rest.ends_with(policies);
  if (wants_policies) rest.remove_suffix(policies.size());
  auto cluster = percent_decode(path.substr(kClusters.size(), at - kClusters.size()));
  auto principal = percent_decode(rest.substr(std::min<std::size_t>(rest.size(), 1)));
  if (!cluster || !principal || (!rest.empty() && rest[0] != '/') || (wants_policies && principal->empty()))
    return std::nullopt;
  return AccessRoute{*std::move(cluster), *std::move(principal), wants_policies};
}

std::string EksService::arn(std::string_view cluster) const {
  return format("arn:aws:eks:{}:{}:cluster/{}", facts_.region, facts_.account, cluster);
}

std::string EksService::description(Plan const& plan) const {
  auto status = plan.is("status") ? plan.option("value", "CREATING") : "ACTIVE";
  auto cidrs = plan.is("access") ? plan.option("value", "") : "0.0.0.0/0";
  auto ca = plan.is("bad-ca") ? base64("this is no certificate") : base64(facts_.ca_pem);
  return format(
      R"({{"cluster":{{"name":{0},"arn":{1},"createdAt":1767225600.0,"version":"1.33","endpoint":{2},)"
      R"("roleArn":"arn:aws:iam::{3}:role/eks-cluster","resourcesVpcConfig":{{"subnetIds":["subnet-0a1b2c3d"],)"
      R"("securityGroupIds":[],"clusterSecurityGroupId":"sg-0a1b2c3d","vpcId":"vpc-0a1b2c3d",)"
      R"("endpointPublicAccess":{7},"endpointPrivateAccess":{8},"publicAccessCidrs":[{9}]}},)"
      R"("kubernetesNetworkConfig":{{"serviceIpv4Cidr":"10.100.0.0/16","ipFamily":"ipv4"}},)"
      R"("status":{4},"certificateAuthority":{{"data":"{5}"}},"platformVersion":"eks.1","tags":{{}},)"
      R"("accessConfig":{{"authenticationMode":"{6}"}}}}}})",
      json_quote(facts_.name), json_quote(arn(facts_.name)), json_quote(facts_.endpoint), facts_.account,
      json_quote(status), ca, access_.mode(), !cidrs.empty(), cidrs.empty(), cidrs.empty() ? "" : json_quote(cidrs));
}

std::string_view EksService::point(net::ServerRequest const& request) const {
  auto path = request.path();
  if (request.method != "GET") return "aws.other";
  if (AccessRoute::parse(path)) return "eks.access";
  return path == "/clusters" ? "eks.list" : path.starts_with(kClusters) ? "eks.describe" : "aws.other";
}

Reply EksService::answer(net::ServerRequest const& request, Plan const& plan, WallTime now) {
  auto reply = act(request, plan, now);
  return reply ? *std::move(reply) : rest_refusal(reply.error());
}

std::expected<Reply, AwsRefusal> EksService::act(net::ServerRequest const& request, Plan const& plan,
                                                 WallTime now) const {
  auto lookup = [&](auto id, auto token) { return keys_.find(id, token); };
  auto caller = verify_signature(request, {facts_.region, "eks"}, lookup, now);
  if (!caller) return std::unexpected(refusal_of(std::move(caller.error())));
  auto denied = [&](std::string_view action, std::string const& resource) {
    auto message =
        format("User: {} is not authorized to perform: eks:{} on resource: {}", caller->arn, action, resource);
    return refuse(403, "AccessDeniedException", plan.option("message", message));
  };
  auto where = point(request);
  if (where == "eks.list") {
    if (plan.is("deny")) return denied("ListClusters", arn("*"));
    return rest_reply(format(R"({{"clusters":[{}],"nextToken":null}})", json_quote(facts_.name)));
  }
  if (auto route = AccessRoute::parse(request.path()); route && where == "eks.access") {
    if (plan.is("deny")) return denied(route->action(), arn(route->cluster));
    return access(*route, request);
  }
  auto name = percent_decode(request.path().substr(std::min(request.path().size(), kClusters.size())));
  if (where != "eks.describe" || !name || name->empty() || name->find('/') != std::string::npos)
    return refuse(404, "UnknownOperationException", "");
  if (plan.is("deny")) return denied("DescribeCluster", arn(*name));
  return describe(*name, plan);
}

std::expected<Reply, AwsRefusal> EksService::describe(std::string const& name, Plan const& plan) const {
  if (name == facts_.name) return rest_reply(description(plan));
  return refuse(404, "ResourceNotFoundException", format("No cluster found for name: {}.", name));
}

Reply EksService::refusal(net::ServerRequest const&, Plan const& plan) {
  auto refusal = planned_refusal(plan);
  refusal.message = plan.option("message", refusal.message);
  return rest_refusal(refusal);
}

std::string_view EksService::wrong_shape(net::ServerRequest const&) const {
  return R"({"cluster":42,"clusters":42,"accessEntries":42,"accessEntry":42,"associatedAccessPolicies":42})";
}

}  // namespace keks::sandbox
