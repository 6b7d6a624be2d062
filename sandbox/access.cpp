#include "sandbox/access.hpp"

#include <keks/base/json.hpp>

#include <boost/json.hpp>

#include "base/format.hpp"
#include "base/yaml.hpp"
#include "sandbox/keys.hpp"

namespace keks::sandbox {
namespace {

namespace json = boost::json;

json::array texts(std::vector<std::string> const& list) { return json::array(list.begin(), list.end()); }

/// The lines that aws-auth would have for `mappings`: roles, and the rest as users.
AwsAuthData aws_auth_of(std::vector<Mapping> const& mappings) {
  json::array roles, users;
  for (auto const& mapping : mappings) {
    bool is_role = mapping.arn.find(":role/") != std::string::npos;
    (is_role ? roles : users)
        .push_back({{is_role ? "rolearn" : "userarn", mapping.arn},
                    {"username", mapping.username},
                    {"groups", texts(mapping.groups)}});
  }
  AwsAuthData data;
  if (!roles.empty()) data["mapRoles"] = json_to_yaml(roles);
  if (!users.empty()) data["mapUsers"] = json_to_yaml(users);
  return data;
}

/// The name that EKS gives an entry which has none: the user's ARN, or that of the role's session.
std::string default_username(std::string const& arn) {
  return arn.find(":role/") == std::string::npos ? arn : session_arn(arn, "{{SessionName}}");
}

}  // namespace

AccessList::AccessList(Options const& options)
    : mode_(options.access_mode), entries_(options.access_entries), aws_auth_(options.aws_auth) {
  if (mode_ == AccessMode::ConfigMap && !aws_auth_ && !options.mappings.empty())
    aws_auth_ = aws_auth_of(options.mappings);
  if (has_entries())
    for (auto const& mapping : options.mappings) entries_.push_back({mapping.arn, mapping.username, mapping.groups});
  for (auto& entry : entries_)
    if (entry.username.empty()) entry.username = default_username(entry.arn);

  if (aws_auth_ && mode_ != AccessMode::Api) mappings_ = iam::parse_aws_auth(*aws_auth_);
  // EKS compares the unique id that the role had when its entry was made: a stale entry is none.
  for (auto const& entry : entries_)
    if (has_entries() && !entry.stale)
      mappings_.access_entries.push_back(iam::mapping_of({entry.arn, entry.username, entry.groups, "STANDARD"}));
}

std::string_view AccessList::mode() const {
  switch (mode_) {
    case AccessMode::Api:
      return "API";
    case AccessMode::ConfigMap:
      return "CONFIG_MAP";
    case AccessMode::ApiAndConfigMap:
      break;
  }
  return "API_AND_CONFIG_MAP";
}

}  // namespace keks::sandbox
