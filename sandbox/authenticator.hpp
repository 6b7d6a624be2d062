#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/keys.hpp"

namespace keks::sandbox {

/// Who asks, as the API server sees it.
struct User {
  std::string name;
  std::vector<std::string> groups;
  bool in(std::string_view group) const;
};

/// Turns bearer tokens into users: the token's presigned request is verified as STS would, with this cluster's own
/// id in `x-k8s-aws-id`, and the identity looked up in the mappings. *Lifetime:* `keys` must outlive it.
class Authenticator {
 public:
  Authenticator(KeyRing const& keys, std::string cluster, std::vector<Mapping> mappings)
      : keys_(keys), cluster_(std::move(cluster)), mappings_(std::move(mappings)) {}

  /// The user behind an `Authorization` header; `system:anonymous` when there is none; nothing when it is no good.
  std::optional<User> user_of(std::string_view authorization, WallTime now) const;

 private:
  std::optional<User> user_of_token(std::string_view token, WallTime now) const;

  KeyRing const& keys_;
  std::string cluster_;
  std::vector<Mapping> mappings_;
};

}  // namespace keks::sandbox
