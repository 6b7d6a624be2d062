#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "sandbox/pod_store.hpp"
#include "sandbox/query.hpp"
#include "sandbox/reply.hpp"
#include "sandbox/selector.hpp"

namespace keks::sandbox {

/// A place in a list, sealed so that a client can only hand back what it was given.
class ContinueTokens {
 public:
  explicit ContinueTokens(std::string key) : key_(std::move(key)) {}
  struct Place {
    std::uint64_t version = 0;
    PodKey after;  ///< the last pod of the page before
  };
  std::string seal(Place const& place) const;
  std::optional<Place> open(std::string_view token) const;

 private:
  std::string key_;
};

/// What a list request asks for.
struct PodQuery {
  std::string ns;  ///< empty: all
  Selector labels, fields;
  std::size_t limit = 0;  ///< 0: no paging
  std::optional<ContinueTokens::Place> from;

  /// *Errors:* `BadRequest`.
  static Result<PodQuery> parse(std::string ns, Parameters const& parameters, ContinueTokens const& tokens);
};

/// One page: which pods, chosen before the first byte is written, and never more of them than their places.
struct PodPage {
  std::shared_ptr<PodSnapshot const> snapshot;
  std::vector<std::map<PodKey, std::uint64_t>::const_iterator> pods;
  bool more = false;
  std::optional<std::size_t> remaining;  ///< unknown when a selector was used
};

/// Nothing when the version that the query continues has been forgotten.
std::optional<PodPage> select_pods(PodStore const& store, PodQuery const& query);

/// How a Table carries the objects of its rows.
enum class IncludeObject { None, Metadata, Object };

/// What a list is written as.
struct ListForm {
  bool table = false;
  IncludeObject include = IncludeObject::Metadata;
  std::size_t pod_bytes = 0;
  WallTime now;
};

/// Streams the page as a PodList or a Table. `continue_token` is empty on the last page.
void write_list(Sink& sink, PodPage const& page, std::string const& continue_token, ListForm const& form);
/// One pod, as itself or as a Table of one row.
std::string pod_text(std::map<PodKey, std::uint64_t>::const_iterator pod, ListForm const& form);

}  // namespace keks::sandbox
