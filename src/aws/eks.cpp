#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>

#include <algorithm>
#include <boost/json.hpp>

#include "aws/service.hpp"
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

bool is_cluster_name(std::string_view name) {
  auto is_alnum = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); };
  return !name.empty() && name.size() <= 100 && is_alnum(name[0]) &&
         std::ranges::all_of(name, [&](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

Result<void> check(std::string const& name) {
  if (name.empty()) return fail(Code::ClusterUnset, "DescribeCluster needs the name of a cluster. Name one.");
  if (is_cluster_name(name)) return {};
  return fail(Code::InvalidArgument,
              format("\"{}\" is no name of an EKS cluster: it takes up to 100 letters, digits, - "
                     "and _, the first no - or _. Correct it.",
                     name.substr(0, 120)));
}

Operation describe_cluster_of(std::string const& name, std::string const& region) {
  return {"DescribeCluster",
          {{"AccessDeniedException", Code::DescribeClusterDenied,
            format("Allow eks:DescribeCluster on arn:{}:eks:{}:*:cluster/{} in the policy of the caller.",
                   partition_of(region), region, name)},
           {"ResourceNotFoundException", Code::ClusterNotFound,
            format("There is no cluster {} in region {} of the account that these credentials belong to: check name, "
                   "region and account.",
                   name, region)}}};
}

/// Fields of one JSON object; remembers the first one that is of another type than asked for.
class Fields {
 public:
  Fields(json::object const* object, std::string path) : object_(object), path_(std::move(path)) {}

  std::string text(std::string_view name) {
    auto const* found = find(name);
    if (!found) return {};
    if (auto const* string = found->if_string()) return std::string(*string);
    wrong_ = format("{}{} is no string", path_, name);
    return {};
  }
  /// An object inside, with no fields when it is absent.
  Fields inside(std::string_view name) {
    auto const* found = find(name);
    if (found && !found->is_object()) wrong_ = format("{}{} is no object", path_, name);
    return {found ? found->if_object() : nullptr, format("{}{}.", path_, name)};
  }
  std::string const& wrong() const { return wrong_; }

 private:
  json::value const* find(std::string_view name) const {
    auto const* found = object_ ? object_->if_contains(name) : nullptr;
    return found && !found->is_null() ? found : nullptr;
  }
  json::object const* object_;
  std::string path_, wrong_;
};

Result<Json> read_object(Service const& service, std::string_view operation, Secret const& body) {
  auto parsed = parse_json(body.reveal());
  if (!parsed) return fail(service.wrong_reply(Code::ReplyNotJson, operation, parsed.error().message()));
  if (!parsed->is_object()) return fail(service.wrong_reply(Code::ReplyWrongShape, operation, "it is no JSON object"));
  return parsed;
}

/// As it stands in the reply: the certificate authority still in base64.
Result<Cluster> read_cluster(json::object const& object) {
  Fields cluster(&object, "cluster.");
  auto ca = cluster.inside("certificateAuthority"), access = cluster.inside("accessConfig");
  Cluster out{cluster.text("name"),    cluster.text("arn"), cluster.text("endpoint"),         cluster.text("status"),
              cluster.text("version"), ca.text("data"),     access.text("authenticationMode")};
  for (auto const* fields : {&cluster, &ca, &access})
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

/// Appends the names of one page. A null is no name and is left out, as the SDKs do not refuse it either.
bool append_names(json::object const& page, std::vector<std::string>& names) {
  auto const* list = page.if_contains("clusters");
  if (!list || list->is_null()) return true;
  if (!list->is_array()) return false;
  for (auto const& item : list->get_array()) {
    if (item.is_string()) names.emplace_back(item.get_string());
    if (!item.is_string() && !item.is_null()) return false;
  }
  return true;
}

std::string what_now(std::string_view status) {
  if (status == "CREATING" || status == "PENDING") return "Wait until it is ACTIVE; that takes 10 to 15 minutes.";
  if (status == "DELETING") return "It is being deleted: name another one.";
  return "See why with aws eks describe-cluster, under health.";
}

}  // namespace

Eks::Eks(ServiceOptions options) : service_(std::make_shared<Service>(std::move(options), kEks)) {}

Result<Cluster> Eks::describe_cluster(std::string const& name, Deadline const& deadline) {
  KEKS_CHECK(check(name));
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
  constexpr std::string_view operation = "ListClusters";
  constexpr std::size_t most_pages = 100;
  std::vector<std::string> names;
  std::string token;
  for (std::size_t page = 0; page < most_pages; ++page) {
    auto request = service_->request("GET", "/clusters");
    if (!token.empty()) request.url.query = "nextToken=" + percent_encode(token);
    KEKS_TRY(auto body, service_->call({operation}, request, deadline));
    KEKS_TRY(auto parsed, read_object(*service_, operation, body));
    Fields fields(&parsed.get_object(), "");
    token = fields.text("nextToken");
    if (!append_names(parsed.get_object(), names) || !fields.wrong().empty())
      return fail(service_->wrong_reply(Code::ReplyWrongShape, operation, "clusters is no list of names"));
    if (token.empty()) return names;
  }
  return fail(service_->wrong_reply(Code::ReplyTooLarge, operation, "its pages do not end"));
}

}  // namespace keks::aws
