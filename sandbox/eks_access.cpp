#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>

#include <algorithm>
#include <charconv>

#include "base/format.hpp"
#include "base/try.hpp"
#include "sandbox/crypto.hpp"
#include "sandbox/eks.hpp"
#include "sandbox/query.hpp"

namespace keks::sandbox {
namespace {

auto refuse(int status, std::string code, std::string message) {
  return std::unexpected(AwsRefusal{status, std::move(code), std::move(message)});
}

std::string list_text(std::vector<std::string> const& items) {
  std::string text;
  for (auto const& item : items) text += format("{}{}", text.empty() ? "" : ",", json_quote(item));
  return text;
}

std::size_t number(std::string const& text, std::size_t otherwise) {
  std::size_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error == std::errc() && end == text.data() + text.size() ? value : otherwise;
}

/// `role/111122223333/Build/<id>`: where an entry's own ARN ends.
std::string entry_name(std::string const& principal_arn) {
  auto arn = iam::Arn::parse(principal_arn);
  if (!arn) return principal_arn;
  auto id = id_text(hmac_sha256("access entry", principal_arn), 20);
  return format("{}/{}/{}/{}", arn->resource.substr(0, arn->resource.find('/')), arn->account,
                arn->resource.substr(arn->resource.rfind('/') + 1), id);
}

}  // namespace

std::expected<Reply, AwsRefusal> EksService::access(AccessRoute const& route, net::ServerRequest const& request) const {
  if (route.cluster != facts_.name)
    return refuse(404, "ResourceNotFoundException", format("No cluster found for name: {}.", route.cluster));
  if (!access_.has_entries())
    return refuse(400, "InvalidRequestException",
                  "The cluster's authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this "
                  "operation.");
  if (route.principal.empty()) return list_entries(request);
  auto const& entries = access_.entries();
  auto entry = std::ranges::find(entries, route.principal, &AccessEntry::arn);
  if (entry == entries.end())
    return refuse(404, "ResourceNotFoundException",
                  "The specified principalArn could not be found. You can view your available access entries with "
                  "'aws eks list-access-entries'.");
  return rest_reply(route.policies ? policies_text(*entry) : entry_text(*entry));
}

/// As many at once as are asked for; the token is the place of the next one.
std::expected<Reply, AwsRefusal> EksService::list_entries(net::ServerRequest const& request) const {
  constexpr std::size_t most = 100;
  auto query = Parameters::parse(request.query(), Parameters::Plus::Literal);
  if (!query) return refuse(400, "InvalidParameterException", "The query cannot be read");
  auto const& entries = access_.entries();
  auto from = std::min(number(query->get("nextToken"), 0), entries.size());
  auto to = std::min(from + std::clamp<std::size_t>(number(query->get("maxResults"), most), 1, most), entries.size());
  std::vector<std::string> arns;
  for (auto i = from; i < to; ++i) arns.push_back(entries[i].arn);
  auto next = to < entries.size() ? json_quote(std::to_string(to)) : "null";
  return rest_reply(format(R"({{"accessEntries":[{}],"nextToken":{}}})", list_text(arns), next));
}

std::string EksService::entry_text(AccessEntry const& entry) const {
  return format(
      R"({{"accessEntry":{{"clusterName":{},"principalArn":{},"kubernetesGroups":[{}],)"
      R"("accessEntryArn":"arn:aws:eks:{}:{}:access-entry/{}/{}","createdAt":1767225600.0,"modifiedAt":1767225600.0,)"
      R"("tags":{{}},"username":{},"type":"STANDARD"}}}})",
      json_quote(facts_.name), json_quote(entry.arn), list_text(entry.groups), facts_.region, facts_.account,
      facts_.name, entry_name(entry.arn), json_quote(entry.username));
}

std::string EksService::policies_text(AccessEntry const& entry) const {
  std::string policies;
  for (auto const& name : entry.policies)
    policies +=
        format(R"({}{{"policyArn":"arn:aws:eks::aws:cluster-access-policy/{}","accessScope":{{"type":"cluster",)"
               R"("namespaces":[]}},"associatedAt":1767225600.0,"modifiedAt":1767225600.0}})",
               policies.empty() ? "" : ",", name);
  return format(R"({{"clusterName":{},"principalArn":{},"associatedAccessPolicies":[{}],"nextToken":null}})",
                json_quote(facts_.name), json_quote(entry.arn), policies);
}

}  // namespace keks::sandbox
