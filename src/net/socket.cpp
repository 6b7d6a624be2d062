#include "net/socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::net {

Event::Event() : fd_(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
void Event::signal() const { eventfd_write(fd_.get(), 1); }
void Event::clear() const {
  eventfd_t count = 0;
  eventfd_read(fd_.get(), &count);
}

namespace {

/// Makes a stop token something that poll understands. Costs nothing when nobody can trigger it.
class StopSignal {
 public:
  explicit StopSignal(std::stop_token const& token) {
    if (token.stop_possible()) armed_.emplace(token);
  }
  int fd() const { return armed_ ? armed_->event.fd() : -1; }

 private:
  struct Armed {
    explicit Armed(std::stop_token const& token) : callback(token, Trigger{&event}) {}
    struct Trigger {
      Event const* event;
      void operator()() const { event->signal(); }
    };
    Event event;
    std::stop_callback<Trigger> callback;
  };
  std::optional<Armed> armed_;
};

/// `most`: how long a single poll may take, where something else must be looked at again.
int poll_timeout(Deadline const& deadline, std::chrono::milliseconds most) {
  return static_cast<int>(std::min(deadline.remaining(), most).count());
}

}  // namespace

Wake PollSet::wait(Deadline const& deadline) {
  if (deadline.stopped()) return Wake::Stopped;
  StopSignal stop(deadline.stop_token());
  fds_[size_] = {stop.fd(), POLLIN, 0};
  // Out of descriptors, nothing wakes the poll on a stop: it looks by itself.
  bool is_deaf = stop.fd() < 0 && deadline.stop_token().stop_possible();
  std::chrono::milliseconds const most = is_deaf ? std::chrono::milliseconds(50) : std::chrono::hours(1);
  for (;;) {
    int ready = poll(fds_.data(), size_ + 1, poll_timeout(deadline, most));
    if (fds_[size_].revents != 0 || deadline.stopped()) return Wake::Stopped;
    if (ready > 0) return Wake::Ready;
    if (ready == 0 && deadline.expired()) return Wake::Expired;
  }
}

Error interrupted(Wake wake, Purpose purpose) {
  bool stopped = wake == Wake::Stopped;
  return Error(stopped ? Code::Cancelled : Code::DeadlineExceeded,
               format("{} while waiting for {} {}{}", stopped ? "cancelled" : "the deadline passed", purpose.what,
                      purpose.host, stopped ? "" : "; allow more time, or look why it is slow"))
      .with_host(std::string(purpose.host));
}

Result<void> wait_for(int fd, short events, Deadline const& deadline, Purpose purpose) {
  PollSet set;
  set.add(fd, events);
  if (auto wake = set.wait(deadline); wake != Wake::Ready) return fail(interrupted(wake, purpose));
  return {};
}

Result<void> check(Deadline const& deadline, Purpose purpose) {
  if (deadline.stopped()) return fail(interrupted(Wake::Stopped, purpose));
  if (deadline.expired()) return fail(interrupted(Wake::Expired, purpose));
  return {};
}

std::string errno_text(int error) { return std::generic_category().message(error); }

Address Address::of(sockaddr const* address, socklen_t size) {
  Address a;
  a.size = std::min<socklen_t>(size, sizeof a.storage);
  std::memcpy(&a.storage, address, a.size);
  return a;
}

std::optional<Address> Address::numeric(std::string const& host, std::uint16_t port) {
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  if (inet_pton(AF_INET, host.c_str(), &v4.sin_addr) == 1)
    return Address::of(reinterpret_cast<sockaddr const*>(&v4), sizeof v4);
  if (inet_pton(AF_INET6, host.c_str(), &v6.sin6_addr) == 1)
    return Address::of(reinterpret_cast<sockaddr const*>(&v6), sizeof v6);
  return std::nullopt;
}

std::string Address::ip() const {
  char text[INET6_ADDRSTRLEN] = "?";
  if (storage.ss_family == AF_INET)
    inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in const*>(&storage)->sin_addr, text, sizeof text);
  else
    inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6 const*>(&storage)->sin6_addr, text, sizeof text);
  return text;
}

std::uint16_t Address::port() const {
  // Both families keep the port in the same place.
  return ntohs(reinterpret_cast<sockaddr_in const*>(&storage)->sin_port);
}

Fd open_socket(Address const& address) {
  Fd fd(socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (fd) set_no_delay(fd.get());
  return fd;
}

void set_no_delay(int fd) {
  int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

void set_silence_limit(int fd) {
  // A flow that a stateful firewall dropped without a word while the sandbox was frozen acknowledges nothing; a server
  // that is merely slow does.
  unsigned int milliseconds = 5'000;
  setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &milliseconds, sizeof milliseconds);
}

void reset_on_close(int fd) {
  linger now{1, 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

}  // namespace keks::net
