#pragma once

#include <keks/base/clock.hpp>
#include <keks/net/client.hpp>

#include <map>
#include <mutex>
#include <vector>

#include "net/connection.hpp"

namespace keks::net {

/// What both clocks say: the steady one may stand still while a Lambda sandbox is frozen, the wall clock goes on.
struct Moment {
  Deadline::Clock::time_point steady;
  WallTime wall;
  static Moment now() { return {Deadline::Clock::now(), std::chrono::system_clock::now()}; }
};
/// By the clock that has gone further.
std::chrono::nanoseconds age(Moment const& since, Moment const& now);

/// Connections that wait for the next request to their origin. *Threads:* safe to share.
class Pool {
 public:
  Pool(std::chrono::milliseconds keep_idle, std::size_t max_idle) : keep_idle_(keep_idle), max_idle_(max_idle) {}

  /// The connection used last, if one is neither too old nor visibly dead.
  std::unique_ptr<Connection> take(std::string const& origin);
  void put(std::string const& origin, std::unique_ptr<Connection> connection);

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    Moment since;
  };
  std::unique_ptr<Connection> pop(std::string const& origin);

  std::chrono::milliseconds keep_idle_;
  std::size_t max_idle_;
  std::mutex mutex_;
  std::map<std::string, std::vector<Idle>, std::less<>> idle_;
};

}  // namespace keks::net
