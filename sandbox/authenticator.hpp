#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/access.hpp"
#include "sandbox/keys.hpp"

namespace keks::sandbox {

/// Who asks, as the API server sees it.
struct User {
  std::string name;
  std::vector<std::string> groups;
  std::string uid{};
  std::vector<std::pair<std::string, std::string>> extra{};
  bool in(std::string_view group) const;
};

/// Turns bearer tokens into users: the token's presigned request is verified as STS would, with this cluster's own
/// id in `x-k8s-aws-id`, and the identity looked up in its lists. *Lifetime:* `keys` and `access` must outlive it.
class Authenticator {
 public:
  Authenticator(KeyRing const& keys, std::string cluster, AccessList const& access)
      : keys_(keys), cluster_(std::move(cluster)), access_(access) {}

  /// The user behind an `Authorization` header; `system:anonymous` when there is none; nothing when it is no good.
  std::optional<User> user_of(std::string_view authorization, WallTime now) const;

 private:
  std::optional<User> user_of_token(std::string_view token, WallTime now) const;

  KeyRing const& keys_;
  std::string cluster_;
  AccessList const& access_;
};

}  // namespace keks::sandbox
