#include "net/pool.hpp"

#include <algorithm>

namespace keks::net {

std::chrono::nanoseconds age(Moment const& since, Moment const& now) {
  return std::max<std::chrono::nanoseconds>(now.steady - since.steady, now.wall - since.wall);
}

std::unique_ptr<Connection> Pool::pop(std::string const& origin) {
  std::lock_guard lock(mutex_);
  auto found = idle_.find(origin);
  if (found == idle_.end() || found->second.empty()) return nullptr;
  auto idle = std::move(found->second.back());
  found->second.pop_back();
  bool fresh = age(idle.since, Moment::now()) < keep_idle_;
  // What lies below the newest is older still.
  if (!fresh) found->second.clear();
  return fresh ? std::move(idle.connection) : nullptr;
}

std::unique_ptr<Connection> Pool::take(std::string const& origin) {
  while (auto connection = pop(origin))
    if (connection->is_quiet()) return connection;
  return nullptr;
}

void Pool::put(std::string const& origin, std::unique_ptr<Connection> connection) {
  std::unique_ptr<Connection> oldest;
  std::lock_guard lock(mutex_);
  auto& idle = idle_[origin];
  idle.push_back({std::move(connection), Moment::now()});
  if (idle.size() <= max_idle_) return;
  oldest = std::move(idle.front().connection);
  idle.erase(idle.begin());
}

}  // namespace keks::net
