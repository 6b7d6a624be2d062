#pragma once

#include <keks/aws/credentials.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/sandbox.hpp"
#include "sandbox/sigv4_verifier.hpp"

namespace keks::sandbox {

/// Who an ARN stands for, with the unique id that IAM would give it; always the same one for the same ARN.
Caller caller_of(std::string const& arn, std::string access_key_id);
/// `arn:aws:iam::1:role/ops` for a session of it, a user's ARN as it is.
std::string canonical_arn(std::string_view arn);
/// The ARN of a session of `role_arn`: IAM drops the role's path from it.
std::string session_arn(std::string_view role_arn, std::string_view session_name);

/// The keys that the sandbox knows: those it was given, and those it mints. Minted ones are not kept: secret and
/// session token follow from a master key, so that any number of sessions costs no memory.
/// *Threads:* safe to share.
class KeyRing {
 public:
  /// An identity that is a role's session gets a session token, valid for ever, unless it brings its own.
  KeyRing(std::vector<Identity> identities, std::string master_key);

  std::optional<Key> find(std::string_view access_key_id, std::string_view session_token) const;
  aws::Credentials mint(std::string const& arn, WallTime expiration) const;
  std::vector<Identity> const& identities() const { return identities_; }

 private:
  std::string secret_of(std::string_view access_key_id) const;
  std::string token_of(std::string_view access_key_id, std::string_view arn, std::int64_t expiration) const;
  std::optional<Key> find_minted(std::string_view access_key_id, std::string_view session_token) const;

  std::vector<Identity> identities_;
  std::string master_key_;
};

}  // namespace keks::sandbox
