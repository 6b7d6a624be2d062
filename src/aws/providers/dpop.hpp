#pragma once

#include <keks/base/clock.hpp>
#include <keks/base/result.hpp>
#include <keks/base/secret.hpp>

#include <string>

namespace keks::aws {

/// A proof that the sender of one request holds the key that a sign-in is bound to: a JWT signed with ES256, that names
/// the request and carries the public key. `key_pem`: a P-256 key, SEC1 or PKCS #8. `id` must be new each time.
/// *Errors:* `SignInNeeded`: the key cannot be used.
/// Contract: RFC 9449 section 4.2.
Result<std::string> dpop_proof(Secret const& key_pem, std::string_view method, std::string_view url, WallTime now,
                               std::string_view id);

/// A random UUID (version 4).
std::string random_uuid();

}  // namespace keks::aws
