#pragma once

#include <keks/base/clock.hpp>

#include <optional>
#include <string>
#include <string_view>

#include "sandbox/pod_store.hpp"

namespace keks::sandbox {

/// One pod, as its key and number make it.
class Pod {
 public:
  Pod(PodKey const& key, std::uint64_t number) : key_(key), number_(number) {}

  std::optional<std::string> label(std::string_view name) const;
  /// *Returns* nothing for a field that pods cannot be selected by.
  std::optional<std::string> field(std::string_view name) const;

  /// Appends the object's JSON, padded to about `bytes`. `typed`: with kind and apiVersion, as it stands alone.
  void append_json(std::string& out, bool typed, std::size_t bytes) const;
  /// Appends `"metadata":{...}` alone.
  void append_metadata(std::string& out) const;
  /// Appends the cells of its row in a Table.
  void append_cells(std::string& out, WallTime now) const;

 private:
  std::string app() const;
  std::string node() const;
  std::string ip() const;

  PodKey const& key_;
  std::uint64_t number_;
};

/// The `columnDefinitions` of a Table of pods.
std::string_view pod_columns();

}  // namespace keks::sandbox
