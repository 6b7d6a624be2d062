#include <keks/net/server.hpp>

#include <netinet/in.h>
#include <sys/epoll.h>

#include <atomic>
#include <cerrno>
#include <map>
#include <system_error>
#include <thread>

#include "base/format.hpp"
#include "base/try.hpp"
#include "net/serve.hpp"

namespace keks::net {
namespace {

std::string_view what_helps(int error) {
  switch (error) {
    case EMFILE:
    case ENFILE:
      return "raise the limit on open files (ulimit -n), or serve less at once";
    case EADDRINUSE:
      return "end what listens there, or name another port";
    case EADDRNOTAVAIL:
      return "name an address that this machine has";
    case EACCES:
      return "name a port from 1024 on";
    default:
      return "check address and port";
  }
}

Error listen_error(ServerOptions const& options, int error = errno) {
  return Error(Code::Io, format("cannot listen on {} port {}: {}; {}", options.address, options.port, errno_text(error),
                                what_helps(error)));
}

Result<Fd> listen_on(ServerOptions const& options) {
  auto address = Address::numeric(options.address == "localhost" ? "127.0.0.1" : options.address, options.port);
  if (!address)
    return fail(Code::Io, format("cannot listen on \"{}\": it is no IP address in digits", options.address));
  Fd fd = open_socket(*address);
  if (!fd) return fail(listen_error(options));
  int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(fd.get(), address->get(), address->size) < 0 || listen(fd.get(), SOMAXCONN) < 0)
    return fail(listen_error(options));
  return fd;
}

Address local_address(int fd) {
  Address local;
  local.size = sizeof local.storage;
  getsockname(fd, reinterpret_cast<sockaddr*>(&local.storage), &local.size);
  return local;
}

/// *Errors:* `Io`, at the limit of threads.
Result<std::thread> start_thread(auto work) {
  try {
    return std::thread(std::move(work));
  } catch (std::system_error const& error) {
    return fail(Code::Io, format("cannot start a thread: {}; raise the limit, or serve less at once", error.what()));
  }
}

}  // namespace

struct Server::Impl {
  /// A connection and its thread.
  struct Visit {
    explicit Visit(int fd) : guest(fd) {}
    Guest guest;
    std::atomic<bool> over{false};
    std::thread thread;
  };
  static constexpr std::uint64_t kListener = 0, kWake = 1;

  Impl(ServerOptions options, Handler handler, Fd listening) : listener(std::move(listening)) {
    // Without a poller or what wakes it, it would neither serve nor stop.
    broken = poller && wake.fd() >= 0 && watch(listener.get(), EPOLLIN, kListener) && watch(wake.fd(), EPOLLIN, kWake)
                 ? 0
                 : errno;
    service.options = std::move(options);
    service.handler = std::move(handler);
    port = local_address(listener.get()).port();
  }

  bool watch(int fd, unsigned events, std::uint64_t id) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = id;
    return epoll_ctl(poller.get(), EPOLL_CTL_ADD, fd, &event) == 0;
  }

  void run() {
    std::array<epoll_event, 64> events;
    while (!service.stopping.stop_requested()) {
      int count = epoll_wait(poller.get(), events.data(), static_cast<int>(events.size()), -1);
      reap();
      for (int i = 0; i < count; ++i) react(events[static_cast<std::size_t>(i)].data.u64);
    }
  }

  void react(std::uint64_t id) {
    if (id == kListener) return accept_all();
    if (id == kWake) return wake.clear();
    std::lock_guard lock(mutex);
    if (auto visit = visits.find(id); visit != visits.end()) visit->second->guest.peer_gone();
  }

  void accept_all() {
    for (;;) {
      Address from;
      from.size = sizeof from.storage;
      Fd fd(accept4(listener.get(), reinterpret_cast<sockaddr*>(&from.storage), &from.size,
                    SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (fd) {
        admit(std::move(fd), from);
      } else if (errno != EINTR && errno != ECONNABORTED) {
        return pause_unless_empty(errno);
      }
    }
  }

  /// Out of descriptors, the listener stays readable: do not spin on it.
  void pause_unless_empty(int error) const {
    if (error == EAGAIN || error == EWOULDBLOCK) return;
    std::ignore = wait_for(wake.fd(), POLLIN, Deadline::after(std::chrono::milliseconds(50)), {"a descriptor", ""});
  }

  void admit(Fd fd, Address const& from) {
    std::lock_guard lock(mutex);
    if (visits.size() >= service.options.max_connections || service.stopping.stop_requested()) return;
    set_no_delay(fd.get());
    auto id = next_id++;
    watch(fd.get(), EPOLLRDHUP | EPOLLET, id);
    auto& visit = *(visits[id] = std::make_unique<Visit>(fd.get()));
    ++service.connections;
    auto work = [this, &visit, fd = std::move(fd), peer = from.ip()]() mutable {
      serve(service, visit.guest, std::move(fd), std::move(peer));
      visit.over = true;
      wake.signal();
    };
    // No thread is left for this connection; the work takes it along as it dies.
    if (auto thread = start_thread(std::move(work)))
      visit.thread = std::move(*thread);
    else
      visits.erase(id);
  }

  void reap() {
    std::lock_guard lock(mutex);
    std::erase_if(visits, [](auto& entry) {
      if (!entry.second->over) return false;
      entry.second->thread.join();
      return true;
    });
  }

  void for_each_guest(void (Guest::*action)()) {
    std::lock_guard lock(mutex);
    for (auto& [id, visit] : visits) (visit->guest.*action)();
  }

  std::map<std::uint64_t, std::unique_ptr<Visit>> take_visits() {
    std::lock_guard lock(mutex);
    return std::exchange(visits, {});
  }

  void stop() {
    service.stopping.request_stop();
    wake.signal();
    for_each_guest(&Guest::stop);
    std::lock_guard lock(stop_mutex);
    if (acceptor.joinable()) acceptor.join();
    for (auto& [id, visit] : take_visits()) visit->thread.join();
    listener = Fd();
  }

  Service service;
  Fd listener;
  Fd poller{epoll_create1(EPOLL_CLOEXEC)};
  Event wake;
  int broken = 0;  // errno, where poller and wake could not be made
  std::uint16_t port = 0;
  std::mutex mutex, stop_mutex;
  std::uint64_t next_id = kWake + 1;
  std::map<std::uint64_t, std::unique_ptr<Visit>> visits;
  std::thread acceptor;
};

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Handler handler) {
  std::shared_ptr<ServerTlsContext> tls;
  if (options.tls) {
    KEKS_TRY(tls, ServerTlsContext::make(*options.tls));
  }
  KEKS_TRY(auto listener, listen_on(options));
  auto impl = std::make_unique<Impl>(std::move(options), std::move(handler), std::move(listener));
  if (impl->broken != 0) return fail(listen_error(impl->service.options, impl->broken));
  impl->service.tls = std::move(tls);
  KEKS_TRY(impl->acceptor, start_thread([&server = *impl] { server.run(); }));
  return std::unique_ptr<Server>(new Server(std::move(impl)));
}

Server::Server(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Server::~Server() { stop(); }

std::uint16_t Server::port() const { return impl_->port; }
std::string const& Server::address() const { return impl_->service.options.address; }
ServerCounters Server::counters() const {
  auto const& service = impl_->service;
  return {service.connections, service.handshakes, service.requests};
}
void Server::close_idle_connections() { impl_->for_each_guest(&Guest::close_when_idle); }
void Server::stop() { impl_->stop(); }

}  // namespace keks::net
