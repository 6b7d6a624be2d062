#include <keks/aws/sigv4.hpp>
#include <keks/base/encoding.hpp>
#include <keks/iam/token.hpp>

#include <algorithm>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::iam {
namespace {

using namespace std::chrono;

constexpr std::string_view kPrefix = "k8s-aws-v1.";
constexpr std::size_t kMaxToken = 4095;  // verifiers stop at 4,096, which is no length that base64 has
constexpr minutes kLifetime{14};
constexpr seconds kExpires{60};  // STS ignores the number, old verifiers want no more

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7f; }
bool has_control(std::string_view text) { return std::ranges::any_of(text, is_control); }

Result<void> check(TokenInput const& input, aws::Credentials const& credentials) {
  if (input.cluster_id.empty())
    return fail(Code::ClusterUnset, "No cluster is named. A token is made for one cluster.");
  if (has_control(input.cluster_id))
    return fail(Code::InvalidArgument, "The cluster id holds a control character, such as a line feed. Remove it.");
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty())
    return fail(Code::NoCredentials, format("The AWS credentials lack the {}. Provide both halves.",
                                            credentials.access_key_id.empty() ? "access key id" : "secret access key"));
  if (has_control(credentials.access_key_id) || has_control(credentials.session_token.reveal()))
    return fail(Code::InvalidArgument,
                format("The AWS credentials of {} hold a control character, such as a line feed. Correct them there.",
                       credentials.source.empty() ? "the caller" : credentials.source));
  return {};
}

/// Verifiers know the hosts of a partition by its suffixes, and these partitions' dual-stack suffix is not among them.
Result<void> check_host(aws::EndpointOptions const& region, aws::Endpoint const& sts) {
  auto partition = aws::partition_of(sts.signing_region);
  if (!region.dual_stack || !partition.starts_with("aws-iso")) return {};
  return fail(Code::InvalidArgument,
              format("No cluster accepts a token for {}, the dual-stack endpoint of partition {}. Turn it off: "
                     "AWS_USE_DUALSTACK_ENDPOINT, or use_dualstack_endpoint in the profile.",
                     sts.url.host, partition));
}

WallTime end_of(aws::Credentials const& credentials, WallTime now) {
  auto end = now + kLifetime;
  return credentials.expiration ? std::min(end, *credentials.expiration) : end;
}

Secret presigned_url(TokenInput const& input, aws::Endpoint const& sts, aws::Credentials const& credentials,
                     WallTime now) {
  return Secret(aws::presign(sts.url, {{"Action", "GetCallerIdentity"}, {"Version", "2011-06-15"}},
                             {{"x-k8s-aws-id", input.cluster_id}}, credentials, {sts.signing_region, "sts", now},
                             kExpires));
}

}  // namespace

Result<Token> mint(TokenInput const& input, aws::Credentials const& credentials, WallTime now) {
  KEKS_CHECK(check(input, credentials));
  KEKS_TRY(auto sts, aws::endpoint("sts", input.region));
  KEKS_CHECK(check_host(input.region, sts));
  auto url = presigned_url(input, sts, credentials, now);
  Token token{Secret(std::string(kPrefix) + base64url(url.reveal())), end_of(credentials, now)};
  if (token.text.size() > kMaxToken)
    return fail(Code::TokenTooLarge,
                format("The token would have {} bytes, more than the {} that EKS takes: the session "
                       "token of these credentials has {}. Use credentials with a shorter one (fewer "
                       "session tags, a smaller session policy).",
                       token.text.size(), kMaxToken, credentials.session_token.size()));
  return token;
}

}  // namespace keks::iam
