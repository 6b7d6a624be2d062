#pragma once

#include <keks/base/clock.hpp>
#include <keks/base/secret.hpp>
#include <keks/net/server.hpp>

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace keks::sandbox {

/// Who signed.
struct Caller {
  std::string arn, account, user_id, access_key_id;
};

struct Key {
  Secret secret;
  Caller caller;
  std::optional<WallTime> expiration;  ///< absent: long-lived
};

/// The key of that id and session token (empty: none was sent), or nothing when the two do not belong together.
using KeyLookup = std::function<std::optional<Key>(std::string_view access_key_id, std::string_view session_token)>;

/// How AWS refuses a signature. Each service has its own name and status for the same refusal.
enum class SignatureFault {
  Missing,       ///< neither an Authorization header nor a presigned query
  Incomplete,    ///< a part is missing, twice there, or no such thing
  UnknownKey,    ///< no such key id, or not with this session token
  ExpiredToken,  ///< the session token was good once
  Mismatch,      ///< signature, scope or time of signing is wrong
  Expired,       ///< a presigned URL older than 15 minutes, whatever its X-Amz-Expires says
};

struct SignatureError {
  SignatureFault fault;
  std::string message;  ///< as AWS words it
};

/// The scope that a service takes, beside the day that the request names.
struct ServiceScope {
  std::string region, service;
};

/// Checks a Signature Version 4, in its header or its presigned form, as AWS does: a pure function of what arrived.
/// `host` must be signed, and in the header form `x-amz-date`; a request may be 5 minutes off `now`, a presigned
/// one up to 15 minutes old.
/// Contract: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
std::expected<Caller, SignatureError> verify_signature(net::ServerRequest const& request, ServiceScope const& scope,
                                                       KeyLookup const& keys, WallTime now);

}  // namespace keks::sandbox
