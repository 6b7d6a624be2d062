#pragma once

#include <keks/base/clock.hpp>

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/sandbox.hpp"

namespace keks::sandbox {

/// What is planned for one request.
struct Plan {
  std::optional<Fault> fault;  ///< absent: answer as usual
  std::chrono::seconds skew{0};
  std::chrono::milliseconds delay{0};

  bool is(std::string_view action) const { return fault && fault->action == action; }
  std::string option(std::string_view name, std::string_view otherwise = {}) const;
  int status() const;  ///< the HTTP status that the fault names; 0 when it names none
};

/// The faults in force, and how often each has struck. *Threads:* safe to share.
class FaultList {
 public:
  void set(std::vector<Fault> faults);
  /// The plan for one request at `point`, e.g. `kube.list`. `continues`: it asks for a later page.
  Plan next(std::string_view point, bool continues);
  bool has(std::string_view point, std::string_view action) const;

 private:
  struct Armed {
    Fault fault;
    std::uint64_t passed = 0, struck = 0;
    bool strikes();
  };
  mutable std::mutex mutex_;
  std::vector<Armed> faults_;
};

/// Counts requests by point. *Threads:* safe to share.
class PointCounters {
 public:
  void count(std::string_view point);
  std::map<std::string, std::uint64_t, std::less<>> all() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

}  // namespace keks::sandbox
