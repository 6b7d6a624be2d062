#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace keks::sandbox {

struct PodKey {
  std::string ns, name;
  auto operator<=>(PodKey const&) const = default;
};

/// All pods at one resource version, in the API server's order. A pod is its key and a number; everything else
/// about it follows from these when it is written out.
struct PodSnapshot {
  std::uint64_t version = 0;
  std::map<PodKey, std::uint64_t> pods;
};

/// The pods of the sandbox and their recent past. *Threads:* safe to share.
class PodStore {
 public:
  explicit PodStore(std::size_t generated);

  std::shared_ptr<PodSnapshot const> current() const;
  /// Null once that version is forgotten (compacted), or when there never was one.
  std::shared_ptr<PodSnapshot const> at(std::uint64_t version) const;
  void add(PodKey key);
  void remove(PodKey const& key);

 private:
  std::shared_ptr<PodSnapshot> next() const;
  void keep(std::shared_ptr<PodSnapshot const> snapshot);

  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<PodSnapshot const>> history_;  ///< newest last, never empty
  std::uint64_t next_number_;
};

}  // namespace keks::sandbox
