#include <ares.h>
#include <netdb.h>
#include <algorithm>

#include "base/format.hpp"
#include "base/try.hpp"
#include "net/dial.hpp"

namespace keks::net {
namespace {

using std::chrono::milliseconds;

/// RFC 6761: these names are the machine itself, whatever files and servers say.
bool is_localhost(std::string_view host) { return host == "localhost" || host.ends_with(".localhost"); }

Error unresolved(std::string const& host, std::string_view why) {
  return Error(Code::NameNotResolved,
               format("cannot resolve {}: {}; check the name and the DNS server of this network", host, why))
      .with_host(host);
}

/// One lookup by c-ares, pumped by poll.
class Lookup {
 public:
  explicit Lookup(std::string const& servers) {
    ares_options options{};
    options.timeout = 1000;
    options.tries = 3;
    // nsswitch.conf may name what only a C library could load.
    std::string lookups = "fb";
    options.lookups = lookups.data();
    status_ = ares_init_options(&channel_, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS);
    if (channel_ && !servers.empty()) status_ = ares_set_servers_ports_csv(channel_, servers.c_str());
  }
  ~Lookup() {
    if (channel_) ares_destroy(channel_);
  }
  Lookup(Lookup const&) = delete;
  Lookup& operator=(Lookup const&) = delete;

  void start(std::string const& host, std::uint16_t port) {
    if (!channel_) return;
    port_ = port;
    done_ = false;
    ares_addrinfo_hints hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    ares_getaddrinfo(channel_, host.c_str(), nullptr, &hints, &Lookup::finished, this);
  }

  /// Runs until the answer is in.
  Wake run(Deadline const& deadline) {
    while (!done_) {
      auto wake = step(deadline);
      if (wake == Wake::Stopped || (wake == Wake::Expired && deadline.expired())) return wake;
    }
    return Wake::Ready;
  }

  std::vector<Address> const& addresses() const { return addresses_; }
  std::string_view why() const { return ares_strerror(status_); }

 private:
  static void finished(void* self, int status, int, ares_addrinfo* info) {
    auto& lookup = *static_cast<Lookup*>(self);
    lookup.done_ = true;
    lookup.status_ = status;
    if (!info) return;
    for (auto* node = info->nodes; node; node = node->ai_next) lookup.add(node->ai_addr, node->ai_addrlen);
    ares_freeaddrinfo(info);
  }

  void add(sockaddr const* address, socklen_t size) {
    auto ip = Address::of(address, size).ip();
    if (auto whole = Address::numeric(ip, port_)) addresses_.push_back(*whole);
  }

  Wake step(Deadline const& deadline) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    int mask = ares_getsock(channel_, sockets.data(), static_cast<int>(sockets.size()));
    PollSet set;
    std::size_t count = 0;
    for (; count < sockets.size(); ++count) {
      bool read = ARES_GETSOCK_READABLE(mask, count), write = ARES_GETSOCK_WRITABLE(mask, count);
      if (!read && !write) break;
      set.add(sockets[count], static_cast<short>((read ? POLLIN : 0) | (write ? POLLOUT : 0)));
    }
    auto wake = set.wait(deadline.at_most(own_timeout()));
    for (std::size_t i = 0; i < count; ++i) process(sockets[i], set.ready(i));
    if (count == 0 || wake == Wake::Expired) ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    return wake;
  }

  /// When c-ares wants to be called even if no server answers.
  milliseconds own_timeout() {
    timeval most{1, 0}, next{};
    auto* wait = ares_timeout(channel_, &most, &next);
    return milliseconds(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1);
  }

  void process(ares_socket_t fd, short ready) {
    bool failed = ready & (POLLERR | POLLHUP);
    ares_process_fd(channel_, failed || (ready & POLLIN) ? fd : ARES_SOCKET_BAD,
                    ready & POLLOUT ? fd : ARES_SOCKET_BAD);
  }

  ares_channel channel_ = nullptr;
  int status_ = 0;
  bool done_ = true;
  std::uint16_t port_ = 0;
  std::vector<Address> addresses_;
};

}  // namespace

Result<std::vector<Address>> resolve(std::string const& host, std::uint16_t port, milliseconds timeout,
                                     Deadline const& deadline, std::string const& servers) {
  if (auto address = Address::numeric(host, port)) return std::vector{*address};
  if (is_localhost(host)) return std::vector{*Address::numeric("127.0.0.1", port), *Address::numeric("::1", port)};
  Lookup lookup(servers);
  lookup.start(host, port);
  auto wake = lookup.run(deadline.at_most(timeout));
  if (wake == Wake::Expired && !deadline.expired())
    return fail(unresolved(host, format("no DNS server answered in {} ms", timeout.count())));
  if (wake != Wake::Ready) return fail(interrupted(wake, {"the address of", host}));
  if (lookup.addresses().empty()) return fail(unresolved(host, lookup.why()));
  return lookup.addresses();
}

}  // namespace keks::net
