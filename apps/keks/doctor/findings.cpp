#include "apps/keks/doctor/findings.hpp"

#include <algorithm>
#include <array>

namespace keks::cli::doctor {
namespace {

// Read by tools/check-docs as well: a name each line that begins with `{"`.
constexpr std::array kFindings{std::to_array<Finding>({
    {"ClockSkew", "this machine's clock is off, so that STS refuses the token",
     "set this machine's clock right (a time service such as chrony keeps it so)"},
    {"ProfileIgnored", "AWS_PROFILE is set, but the keys in the environment win",
     "unset AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name the profile by --profile {profile}"},
    {"EndpointOverridden", "calls to AWS go somewhere else than to AWS",
     "unset AWS_ENDPOINT_URL and its like, unless it is meant so"},
    {"OtherCluster", "KEKS_ENDPOINT is not the API server of the cluster that the token names",
     "unset KEKS_ENDPOINT and KEKS_CA, or set them to those of {cluster}"},
    {"EndpointPrivate", "the API server has private addresses only, and they cannot be reached from here",
     "work from inside the cluster's network (VPC, VPN, peering) and let the cluster's security group admit you on "
     "port 443, or see to public access to the endpoint of {cluster}"},
    {"EndpointRestricted", "the API server is open to some public addresses only, and cannot be reached from here",
     "add the public address of this network to those of {cluster}: aws eks update-cluster-config --name {cluster} "
     "--region {region} --resources-vpc-config publicAccessCidrs=..."},
    {"NotMapped", "neither an access entry nor aws-auth names the identity",
     "create an access entry: aws eks create-access-entry --cluster-name {cluster} --region {region} --principal-arn "
     "{principal}"},
    {"PathInMapping", "aws-auth names the role with its path, and STS never tells a path",
     "write the role's ARN without its path into aws-auth: {principal}"},
    {"MappedSession", "the mapping names a session of the role instead of the role",
     "name the role in the mapping, not its session: {principal}"},
    {"MappedOtherAccount", "the mapping names the same role or user in another account",
     "correct the account in the mapping: {principal}"},
    {"MappingMisspelt", "the mapping names something very like the identity",
     "correct the ARN in the mapping: {principal}"},
    {"MappingBroken", "aws-auth breaks its format, so that entries of it do not count",
     "correct the YAML of ConfigMap kube-system/aws-auth"},
    {"ModeIgnoresMapping", "the identity is mapped where the cluster's authentication mode does not look",
     "map the identity where the cluster looks, or change its authentication mode (aws eks update-cluster-config)"},
    {"MappingUnreadable", "nobody here may read who is mapped",
     "allow eks:ListAccessEntries and eks:DescribeAccessEntry on {cluster}, or give --aws-auth FILE (of kubectl get "
     "configmap -n kube-system aws-auth -o yaml), and ask again"},
    {"RecreatedRole",
     "an access entry fits, and the token is refused all the same: most likely the role or user was "
     "deleted and made anew",
     "delete the access entry of {principal} and create it again: it holds the id of the old one"},
    {"MappedButRefused", "aws-auth fits, and the token is refused all the same",
     "check that the ConfigMap is the one of {cluster}, and look into the authenticator's log (log group "
     "/aws/eks/{cluster}/cluster)"},
    {"NoPermissions", "the cluster lets you in, and RBAC allows nothing to that user",
     "nothing to sign in; bind a role to user {user} or one of its groups, or associate an access policy"},
})};

/// What helps where one error is the cause.
constexpr std::array kOfCodes{std::to_array<std::pair<std::string_view, std::string_view>>({
    {"RegionUnset", "name the region: --region, or AWS_REGION"},
    {"RoleArnMalformed", "correct the ARN of the role"},
    {"ProfileNotFound", "correct the profile's name, or add it to ~/.aws/config"},
    {"ConfigMalformed", "correct the file at the line named above"},
    {"NoCredentials", "provide credentials: run aws sso login or aws configure, or set AWS_PROFILE"},
    {"CredentialSourceFailed", "mend the source of credentials named above"},
    {"SignInNeeded", "sign in again: aws sso login (or aws login)"},
    {"MfaNeeded", "run it on a terminal, where the MFA code can be asked for"},
    {"CredentialsExpired", "get new credentials: those in use have expired"},
    {"CredentialsRefused", "check access key id, secret and session token: AWS does not take them"},
    {"AssumeRoleDenied", "allow sts:AssumeRole on the role in the caller's policy and in the role's trust policy"},
    {"StsUnreachable", "open the way to STS: route, proxy, VPC endpoint, security group"},
    {"EksUnreachable", "open the way to the EKS API, or set KEKS_ENDPOINT and KEKS_CA"},
    {"DescribeClusterDenied", "allow eks:DescribeCluster on {cluster}, or set KEKS_ENDPOINT and KEKS_CA"},
    {"ClusterNotFound", "correct the cluster's name, the region or the account"},
    {"ClusterNotReady", "wait until {cluster} is ACTIVE, or look why it is not"},
    {"CaNotPem", "correct the certificate authority: KEKS_CA, or what EKS tells"},
    {"AwsThrottled", "try again later: AWS throttles the calls of this account"},
    {"NameNotResolved", "correct the endpoint's name, or the DNS server of this network"},
    {"ConnectTimedOut", "open the way to the API server: security group, route, and its list of public CIDRs"},
    {"ConnectFailed", "check port and address of the API server's endpoint, and that nothing rejects the connection"},
    {"TlsUntrusted", "check KEKS_CA, and that no proxy puts its own certificate in between"},
    {"TlsWrongName", "check the endpoint: the certificate there is for another name"},
    {"TokenTooLarge", "use shorter session credentials: fewer session tags, a shorter session policy"},
    {"Unauthorized", "find out who the token speaks for: keks whoami; then map that identity"},
    {"ServerError", "look at the API server of {cluster}: it answers with errors of its own"},
})};

std::string filled(std::string_view text, std::map<std::string_view, std::string> const& values) {
  std::string out;
  while (!text.empty()) {
    auto open = text.find('{');
    auto close = open == text.npos ? text.npos : text.find('}', open);
    out += text.substr(0, close == text.npos ? text.npos : open);
    if (close == text.npos) return out;
    auto value = values.find(text.substr(open + 1, close - open - 1));
    out += value == values.end() ? text.substr(open, close - open + 1) : std::string_view(value->second);
    text.remove_prefix(close + 1);
  }
  return out;
}

}  // namespace

std::span<Finding const> findings() { return kFindings; }

std::vector<std::string_view> codes_with_advice() {
  std::vector<std::string_view> names;
  for (auto const& [name, advice] : kOfCodes) names.push_back(name);
  return names;
}

std::string_view meaning_of(std::string_view finding) {
  auto found = std::ranges::find(kFindings, finding, &Finding::name);
  return found == kFindings.end() ? std::string_view() : found->meaning;
}

std::string change_for(std::string_view finding, std::map<std::string_view, std::string> const& values) {
  if (auto found = std::ranges::find(kFindings, finding, &Finding::name); found != kFindings.end())
    return filled(found->change, values);
  auto found = std::ranges::find(kOfCodes, finding, [](auto const& row) { return row.first; });
  return found == kOfCodes.end() ? "" : filled(found->second, values);
}

}  // namespace keks::cli::doctor
