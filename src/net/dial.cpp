#include "net/dial.hpp"

#include <cerrno>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::net {
namespace {

using std::chrono::milliseconds;

/// `example.com:443 (192.0.2.1)`; an address alone when the host is spelled in digits.
std::string endpoint_text(std::string const& host, Address const& address) {
  auto ip = address.ip();
  auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return host == ip ? format("{}:{}", name, address.port()) : format("{}:{} ({})", name, address.port(), ip);
}

Error connect_timeout(std::string const& host, Address const& address, milliseconds waited) {
  return Error(Code::ConnectTimedOut,
               format("no answer from {} in {} ms: is it a private endpoint? check route, security group and network "
                      "ACL",
                      endpoint_text(host, address), waited.count()))
      .with_host(host);
}

Error connect_error(int error, std::string const& host, Address const& address, milliseconds waited) {
  if (error == ETIMEDOUT) return connect_timeout(host, address, waited);
  bool refused = error == ECONNREFUSED;
  return Error(Code::ConnectFailed,
               format("cannot connect to {}: {}; check {}", endpoint_text(host, address), errno_text(error),
                      refused ? "the port, and that the server runs" : "the address and the route to it"))
      .with_host(host);
}

/// `error` kept a socket from being made.
Error socket_error(int error, std::string const& host, Address const& address) {
  bool none_left = error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
  if (!none_left) return connect_error(error, host, address, milliseconds(0));
  return Error(Code::Io, format("cannot open a socket: {}; close some, or raise the limit", errno_text(error)))
      .with_host(host);
}

int rank(Code code) { return code == Code::ConnectTimedOut ? 2 : code == Code::Io ? 0 : 1; }

int pending_error(int fd) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? errno : error;
}

Result<Fd> connect_one(Address const& address, std::string const& host, Deadline const& deadline) {
  auto start = Deadline::Clock::now();
  Fd fd = open_socket(address);
  if (!fd) return fail(socket_error(errno, host, address));
  if (::connect(fd.get(), address.get(), address.size) == 0) return fd;
  if (errno != EINPROGRESS) return fail(connect_error(errno, host, address, milliseconds(0)));
  PollSet set;
  set.add(fd.get(), POLLOUT);
  auto wake = set.wait(deadline);
  auto waited = std::chrono::ceil<milliseconds>(Deadline::Clock::now() - start);
  if (wake == Wake::Expired) return fail(connect_timeout(host, address, waited));
  if (wake == Wake::Stopped) return fail(interrupted(wake, {"a connection to", host}));
  if (int error = pending_error(fd.get()); error != 0) return fail(connect_error(error, host, address, waited));
  return fd;
}

}  // namespace

bool tells_more(Code code, Code than) { return rank(code) > rank(than); }

Result<Fd> connect_any(std::vector<Address> const& addresses, std::string const& host, milliseconds timeout,
                       Deadline const& deadline) {
  auto whole = deadline.at_most(timeout);
  std::optional<Error> telling;
  for (std::size_t i = 0; i < addresses.size(); ++i) {
    auto share = whole.remaining() / static_cast<int>(addresses.size() - i);
    auto fd = connect_one(addresses[i], host, whole.at_most(share));
    // Not earlier: until here the time-out is the caller's.
    if (fd) set_silence_limit(fd->get());
    if (fd || fd.error().code() == Code::Cancelled) return fd;
    if (!telling || tells_more(fd.error().code(), telling->code())) telling = fd.error();
  }
  return fail(telling ? *telling : Error(Code::ConnectFailed, format("{} has no address", host)));
}

}  // namespace keks::net
