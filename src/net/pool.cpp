#include "net/pool.hpp"

namespace keks::net {

std::unique_ptr<Connection> Pool::pop(std::string const& origin) {
  std::lock_guard lock(mutex_);
  auto found = idle_.find(origin);
  if (found == idle_.end() || found->second.empty()) return nullptr;
  auto idle = std::move(found->second.back());
  found->second.pop_back();
  bool fresh = Deadline::Clock::now() - idle.since < keep_idle_;
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
  idle.push_back({std::move(connection), Deadline::Clock::now()});
  if (idle.size() <= max_idle_) return;
  oldest = std::move(idle.front().connection);
  idle.erase(idle.begin());
}

}  // namespace keks::net
