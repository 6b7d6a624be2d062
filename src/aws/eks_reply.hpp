#pragma once

#include <keks/base/json.hpp>

#include <boost/json.hpp>
#include <functional>

#include "aws/service.hpp"

namespace keks::aws {

/// Fields of one JSON object; remembers the first one that is of another type than asked for.
class Fields {
 public:
  Fields(boost::json::object const* object, std::string path) : object_(object), path_(std::move(path)) {}

  std::string text(std::string_view name);
  /// None for what is neither true nor false.
  std::optional<bool> truth(std::string_view name) const;
  /// Null elements are left out, as the SDKs do not refuse them either.
  std::vector<std::string> texts(std::string_view name);
  /// An object inside, with no fields when it is absent.
  Fields inside(std::string_view name);
  /// Calls `f` with the fields of each object of a list.
  void each(std::string_view name, std::function<void(Fields&)> const& f);
  /// Takes over what was wrong inside.
  void adopt(Fields const& inner);
  bool is_there() const { return object_ != nullptr; }
  std::string const& wrong() const { return wrong_; }

 private:
  boost::json::value const* find(std::string_view name) const;
  void remember(std::string_view name, std::string_view fault);

  boost::json::object const* object_;
  std::string path_, wrong_;
};

/// *Errors:* `ReplyNotJson`, `ReplyWrongShape`.
Result<Json> read_object(Service const& service, std::string_view operation, Secret const& body);

/// *Errors:* `ClusterUnset`, `InvalidArgument`.
Result<void> check_cluster_name(std::string_view operation, std::string const& name);

/// A cluster that is not there, for an operation on one.
KnownRefusal cluster_not_found(std::string const& name, std::string const& region);

/// Asks for `path` and for the pages after it; `take` keeps what it finds in one, and leaves the fault in its fields
/// when it is not what it should be. *Errors:* also `ReplyTooLarge` for pages that do not end.
Result<void> read_pages(Service& service, Operation const& operation, std::string const& path,
                        std::function<void(Fields&)> const& take, Deadline const& deadline);

}  // namespace keks::aws
