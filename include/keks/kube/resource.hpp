#pragma once

#include <concepts>
#include <string_view>

namespace keks::kube {

/// Where a kind lives in the API: facts from the API server's discovery and OpenAPI documents.
struct Resource {
  std::string_view group;    ///< empty for the core group
  std::string_view version;  ///< `v1`
  std::string_view plural;   ///< `pods`: the name in paths and in RBAC
  std::string_view kind;     ///< `Pod`
  bool namespaced = true;
};

struct Schema;

/// Ties a struct to its place in the API and to its field table. Specialised by the generated headers
/// (`core_v1.hpp`) as `static constexpr Resource resource` and `static Schema const& schema()`.
template <class K>
struct KindOf;

/// A struct that keks can fetch, list and decode.
template <class K>
concept Kind = requires {
  { KindOf<K>::resource } -> std::convertible_to<Resource>;
  { KindOf<K>::schema() } -> std::same_as<Schema const&>;
};

}  // namespace keks::kube
