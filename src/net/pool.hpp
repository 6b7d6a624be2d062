#pragma once

#include <keks/net/client.hpp>

#include <map>
#include <mutex>
#include <vector>

#include "net/connection.hpp"

namespace keks::net {

/// Connections that wait for the next request to their origin. *Threads:* safe to share.
class Pool {
 public:
  using Time = Deadline::Clock::time_point;

  Pool(std::chrono::milliseconds keep_idle, std::size_t max_idle) : keep_idle_(keep_idle), max_idle_(max_idle) {}

  /// The connection used last, if one is neither too old nor visibly dead.
  std::unique_ptr<Connection> take(std::string const& origin);
  void put(std::string const& origin, std::unique_ptr<Connection> connection);

 private:
  struct Idle {
    std::unique_ptr<Connection> connection;
    Time since;
  };
  std::unique_ptr<Connection> pop(std::string const& origin);

  std::chrono::milliseconds keep_idle_;
  std::size_t max_idle_;
  std::mutex mutex_;
  std::map<std::string, std::vector<Idle>, std::less<>> idle_;
};

}  // namespace keks::net
