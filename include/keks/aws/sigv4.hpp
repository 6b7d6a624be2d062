#pragma once

#include <keks/aws/credentials.hpp>
#include <keks/net/message.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keks::aws {

/// AWS Signature Version 4. All pure: time and keys are parameters.
/// Contract: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
struct SigningScope {
  std::string region, service;
  WallTime time;
};

/// Adds `X-Amz-Date`, `X-Amz-Security-Token` (if any) and `Authorization`, signing host, the body and every
/// header that is there.
void sign(net::Request& request, Credentials const& credentials, SigningScope const& scope);

/// The presigned form: everything in the query, in alphabetical order, signature last. `signed_headers` are names
/// and values that the receiver will send along; `host` is always signed. The payload is empty.
std::string presign(net::Url const& url, std::vector<std::pair<std::string, std::string>> const& query,
                    std::vector<std::pair<std::string, std::string>> const& signed_headers,
                    Credentials const& credentials, SigningScope const& scope, std::chrono::seconds expires);

/// The steps, for whoever verifies: a request as it was signed. `headers` are lower-case names with their values,
/// sorted by name; the values are canonicalised here. `query` without `X-Amz-Signature`, decoded.
struct CanonicalInput {
  std::string method, path;  ///< path as sent, percent-encoded
  std::vector<std::pair<std::string, std::string>> query;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string payload_hash;
};
std::string canonical_request(CanonicalInput const& input);
std::string string_to_sign(std::string_view canonical_request, SigningScope const& scope);
std::string signature(std::string_view string_to_sign, std::string_view secret_access_key, SigningScope const& scope);

std::string sha256_hex(std::string_view bytes);

}  // namespace keks::aws
