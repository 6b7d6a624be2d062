#pragma once

#include <keks/base/result.hpp>
#include <keks/kube/options.hpp>

#include <string>

namespace keks::kube {

/// Which page of a list to ask for next: a state machine without I/O.
///
/// An expired continue token restarts the list once, whole. A server whose tokens go in a circle is found out in
/// constant memory (Brent's algorithm).
class Pager {
 public:
  explicit Pager(ListOptions options) : first_(options), next_(std::move(options)) {}

  ListOptions const& next() const { return next_; }
  /// A page came with this continue token. False: it was the last one. *Errors:* `ReplyWrongShape` for a circle.
  Result<bool> turn(std::string continue_token);
  /// The page was refused as Gone. True: the list begins anew, without paging.
  bool restart();

 private:
  ListOptions first_, next_;
  bool restarted_ = false;
  std::string marked_;
  std::size_t turns_ = 0, mark_at_ = 1;
};

}  // namespace keks::kube
