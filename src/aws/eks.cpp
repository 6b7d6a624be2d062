#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>

#include "aws/eks_reply.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

namespace json = boost::json;

/// `com.amazonaws.eks#ResourceNotFoundException:http://...` is ResourceNotFoundException.
std::string bare_code(std::string_view text) {
  text = text.substr(0, text.find(':'));
  if (auto hash = text.rfind('#'); hash != text.npos) text.remove_prefix(hash + 1);
  return std::string(text);
}

/// The first of `names` that is a string in `object`.
std::string first_text(json::object const& object, std::initializer_list<std::string_view> names) {
  for (auto name : names)
    if (auto const* found = object.if_contains(name); found && found->is_string())
      return std::string(found->get_string());
  return {};
}

Refusal read_refusal(net::Headers const& headers, std::string_view body) {
  Refusal refusal{bare_code(headers.get("x-amzn-ErrorType")), {}, std::string(headers.get("x-amzn-RequestId"))};
  auto parsed = parse_json(body);
  if (!parsed || !parsed->is_object()) return refusal;
  auto const& object = parsed->get_object();
  if (refusal.code.empty()) refusal.code = bare_code(first_text(object, {"__type", "code"}));
  refusal.message = first_text(object, {"message", "Message"});
  return refusal;
}

constexpr Protocol kEks{"eks", "EKS", Code::EksUnreachable, read_refusal};

Operation describe_cluster_of(std::string const& name, std::string const& region) {
  return {"DescribeCluster",
          {{"AccessDeniedException", Code::DescribeClusterDenied,
            format("Allow eks:DescribeCluster on arn:{}:eks:{}:*:cluster/{} in the policy of the caller.",
                   partition_of(region), region, name)},
           cluster_not_found(name, region)}};
}

/// As it stands in the reply: the certificate authority still in base64.
Result<Cluster> read_cluster(json::object const& object) {
  Fields cluster(&object, "cluster.");
  auto ca = cluster.inside("certificateAuthority"), access = cluster.inside("accessConfig");
  auto outpost = cluster.inside("outpostConfig"), vpc = cluster.inside("resourcesVpcConfig");
  Cluster out{cluster.text("name"),    cluster.text("arn"), cluster.text("endpoint"),         cluster.text("status"),
              cluster.text("version"), ca.text("data"),     access.text("authenticationMode")};
  // The AWS CLI's rule: an Outposts cluster whose etcd has no instance type of its own goes by its id.
  if (outpost.is_there() && outpost.text("etcdInstanceType").empty()) out.outpost_id = cluster.text("id");
  // Worth knowing only: what is wrong there is no fault of the rest.
  out.endpoint_public_access = vpc.truth("endpointPublicAccess");
  out.endpoint_private_access = vpc.truth("endpointPrivateAccess");
  out.public_access_cidrs = vpc.texts("publicAccessCidrs");
  for (auto const* fields : {&cluster, &ca, &access, &outpost})
    if (!fields->wrong().empty()) return fail(Code::ReplyWrongShape, fields->wrong());
  return out;
}

Result<std::string> decode_ca(std::string const& name, std::string const& data) {
  auto pem = base64_decode(data);
  if (pem) return pem;
  return fail(Code::CaNotPem, format("The certificate authority of cluster {} is not base64: {}. Look at "
                                     "certificateAuthority.data of aws eks describe-cluster.",
                                     name, pem.error().message()));
}

std::string what_now(std::string_view status) {
  if (status == "CREATING" || status == "PENDING") return "Wait until it is ACTIVE; that takes 10 to 15 minutes.";
  if (status == "DELETING") return "It is being deleted: name another one.";
  return "See why with aws eks describe-cluster, under health.";
}

}  // namespace

Eks::Eks(ServiceOptions options) : service_(std::make_shared<Service>(std::move(options), kEks)) {}

Result<Cluster> Eks::describe_cluster(std::string const& name, Deadline const& deadline) {
  KEKS_CHECK(check_cluster_name("DescribeCluster", name));
  auto asked = describe_cluster_of(name, service_->endpoint().signing_region);
  KEKS_TRY(auto body, service_->call(asked, service_->request("GET", "/clusters/" + name), deadline));
  KEKS_TRY(auto parsed, read_object(*service_, asked.name, body));
  auto const* object = parsed.get_object().if_contains("cluster");
  if (!object || !object->is_object())
    return fail(service_->wrong_reply(Code::ReplyWrongShape, asked.name, "HTTP 200 without a cluster object"));
  auto cluster = read_cluster(object->get_object());
  if (!cluster) return fail(service_->wrong_reply(Code::ReplyWrongShape, asked.name, cluster.error().message()));
  KEKS_TRY(cluster->certificate_authority, decode_ca(name, cluster->certificate_authority));
  return cluster;
}

Result<Cluster> Eks::describe_ready_cluster(std::string const& name, Deadline const& deadline) {
  KEKS_TRY(auto cluster, describe_cluster(name, deadline));
  if (cluster.status != "ACTIVE" && cluster.status != "UPDATING")
    return fail(Code::ClusterNotReady,
                format("Cluster {} is {}, neither ACTIVE nor UPDATING. {}", name,
                       cluster.status.empty() ? "of no known status" : cluster.status, what_now(cluster.status)));
  if (cluster.endpoint.empty())
    return fail(service_->wrong_reply(Code::ReplyWrongShape, "DescribeCluster", "HTTP 200 without cluster.endpoint"));
  if (cluster.certificate_authority.find("-----BEGIN CERTIFICATE-----") == std::string::npos)
    return fail(Code::CaNotPem, format("The certificate authority of cluster {} holds no PEM certificate. Look at "
                                       "certificateAuthority.data of aws eks describe-cluster.",
                                       name));
  return cluster;
}

Result<std::vector<std::string>> Eks::list_clusters(Deadline const& deadline) {
  std::vector<std::string> names;
  auto take = [&](Fields& page) { std::ranges::move(page.texts("clusters"), std::back_inserter(names)); };
  KEKS_CHECK(read_pages(*service_, {"ListClusters"}, "/clusters", take, deadline));
  return names;
}

}  // namespace keks::aws
