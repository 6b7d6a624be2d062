#include <keks/base/encoding.hpp>

#include <algorithm>
#include <iterator>

#include "aws/eks_reply.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

std::string entries_of(std::string const& cluster) { return format("/clusters/{}/access-entries", cluster); }

std::string entry_of(std::string const& cluster, std::string const& principal_arn) {
  return entries_of(cluster) + "/" + percent_encode(principal_arn);
}

/// `resource`: the kind of resource that the policy must name, `cluster` or `access-entry`.
Operation about(std::string_view name, std::string const& cluster, std::string_view resource,
                std::string const& region) {
  auto below = resource == "cluster" ? "" : "/*";
  return {name,
          {{"AccessDeniedException", Code::AwsRefused,
            format("Allow eks:{} on arn:{}:eks:{}:*:{}/{}{} in the policy of the caller.", name, partition_of(region),
                   region, resource, cluster, below)},
           {"InvalidRequestException", Code::AwsRefused,
            "Access entries exist where the cluster's authentication mode is API or API_AND_CONFIG_MAP."},
           cluster_not_found(cluster, region)}};
}

/// EKS has one code for a cluster and for an entry that is not there.
bool is_about_the_entry(Error const& error) {
  return error.code() == Code::ClusterNotFound && error.message().find("No cluster found") == std::string::npos;
}

Result<void> check_principal(std::string_view operation, std::string const& arn) {
  if (arn.starts_with("arn:") && arn.size() <= 2048) return {};
  return fail(Code::InvalidArgument,
              format("{} needs the ARN of a role or user, not \"{}\". Name one.", operation, arn.substr(0, 120)));
}

AccessEntry read_entry(Fields& entry) {
  return {entry.text("principalArn"), entry.text("username"), entry.texts("kubernetesGroups"), entry.text("type")};
}

}  // namespace

Result<std::vector<std::string>> Eks::list_access_entries(std::string const& cluster, Deadline const& deadline) {
  auto asked = about("ListAccessEntries", cluster, "cluster", service_->endpoint().signing_region);
  KEKS_CHECK(check_cluster_name(asked.name, cluster));
  std::vector<std::string> arns;
  auto take = [&](Fields& page) { std::ranges::move(page.texts("accessEntries"), std::back_inserter(arns)); };
  KEKS_CHECK(read_pages(*service_, asked, entries_of(cluster), take, deadline));
  return arns;
}

Result<std::optional<AccessEntry>> Eks::describe_access_entry(std::string const& cluster,
                                                              std::string const& principal_arn,
                                                              Deadline const& deadline) {
  auto asked = about("DescribeAccessEntry", cluster, "access-entry", service_->endpoint().signing_region);
  KEKS_CHECK(check_cluster_name(asked.name, cluster));
  KEKS_CHECK(check_principal(asked.name, principal_arn));
  auto body = service_->call(asked, service_->request("GET", entry_of(cluster, principal_arn)), deadline);
  if (!body && is_about_the_entry(body.error())) return std::nullopt;
  if (!body) return fail(std::move(body).error());
  KEKS_TRY(auto parsed, read_object(*service_, asked.name, *body));
  Fields reply(&parsed.get_object(), "");
  auto fields = reply.inside("accessEntry");
  auto entry = read_entry(fields);
  reply.adopt(fields);
  if (!reply.wrong().empty()) return fail(service_->wrong_reply(Code::ReplyWrongShape, asked.name, reply.wrong()));
  if (entry.principal_arn.empty())
    return fail(service_->wrong_reply(Code::ReplyWrongShape, asked.name, "HTTP 200 without accessEntry.principalArn"));
  return entry;
}

Result<std::vector<AccessPolicy>> Eks::list_associated_access_policies(std::string const& cluster,
                                                                       std::string const& principal_arn,
                                                                       Deadline const& deadline) {
  auto asked = about("ListAssociatedAccessPolicies", cluster, "access-entry", service_->endpoint().signing_region);
  KEKS_CHECK(check_cluster_name(asked.name, cluster));
  KEKS_CHECK(check_principal(asked.name, principal_arn));
  std::vector<AccessPolicy> policies;
  auto take = [&](Fields& page) {
    page.each("associatedAccessPolicies", [&](Fields& policy) {
      auto scope = policy.inside("accessScope");
      policies.push_back({policy.text("policyArn"), scope.text("type"), scope.texts("namespaces")});
      policy.adopt(scope);
    });
  };
  KEKS_CHECK(read_pages(*service_, asked, entry_of(cluster, principal_arn) + "/access-policies", take, deadline));
  return policies;
}

}  // namespace keks::aws
