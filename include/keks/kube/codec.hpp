#pragma once

#include <keks/base/result.hpp>
#include <keks/kube/resource.hpp>

#include <string_view>

namespace keks::kube {

namespace detail {

Result<void> decode_object(Resource const& resource, Schema const& schema, void* object, std::string_view json);

/// Takes the items of a list one by one. *Lifetime:* what `next` returns must stay until `complete` is called.
class ItemSink {
 public:
  virtual ~ItemSink() = default;
  virtual void* next() = 0;     ///< an empty object, to be filled
  virtual bool complete() = 0;  ///< it is filled; false: no more are wanted
};

}  // namespace detail

/// Reads one object from JSON, nested at most 1,000 deep.
///
/// As the API server's own clients read it: member names are case-sensitive, unknown members are dropped, null is
/// absence, the last of repeated members wins (objects are merged member by member), integers take neither fraction
/// nor exponent. Stricter than they: the text must be UTF-8, without half surrogate pairs; a `kind` or `apiVersion`
/// that is there must be K's. `metadata.managedFields` is dropped. Times and quantities keep their spelling.
/// *Errors:* `ReplyNotJson` (with the position), `ReplyWrongShape` (with the path, what was expected and found),
/// `ReplyTruncated`, `ReplyTooLarge` (a string of more than 16 MiB).
template <Kind K>
Result<K> decode(std::string_view json) {
  K object;
  auto done = detail::decode_object(KindOf<K>::resource, KindOf<K>::schema(), &object, json);
  if (!done) return fail(std::move(done).error());
  return object;
}

}  // namespace keks::kube
