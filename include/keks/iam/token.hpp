#pragma once

#include <keks/aws/credentials.hpp>
#include <keks/aws/endpoint.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace keks::iam {

struct TokenInput {
  std::string cluster_id;       ///< the cluster's name; goes into the signed header `x-k8s-aws-id`
  aws::EndpointOptions region;  ///< chooses the STS host that the token names
};

struct Token {
  Secret text;          ///< `k8s-aws-v1.` and the presigned URL in base64url
  WallTime expiration;  ///< 14 minutes after `now`, as STS takes it for 15; sooner when the credentials end sooner
};

/// Mints an EKS bearer token: a presigned STS GetCallerIdentity URL. A local computation; nothing is asked of
/// anyone, so a token can be minted whose identity no cluster knows.
/// *Errors:* `ClusterUnset`, `InvalidArgument` (a cluster id with control characters, an STS host that no verifier
/// accepts), `RegionUnset`, `TokenTooLarge` (says how long the session token is), `NoCredentials` (an empty key or
/// secret).
Result<Token> mint(TokenInput const& input, aws::Credentials const& credentials, WallTime now);

/// The ExecCredential that kubectl's exec plugins print: one line of JSON, without the line feed.
/// `exec_info` is `KUBERNETES_EXEC_INFO` (empty: not set): its apiVersion is answered in kind if it is v1, v1beta1
/// or v1alpha1, and its `spec.interactive` echoed; anything else falls back to v1beta1. `hint` then says why, for
/// stderr.
struct ExecCredential {
  Secret json;
  std::string hint;  ///< empty: nothing to say
};
ExecCredential exec_credential(Token const& token, std::optional<std::string> const& exec_info);

}  // namespace keks::iam
