#pragma once

#include <keks/base/deadline.hpp>
#include <keks/base/result.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/fd.hpp"

namespace keks::net {

/// An event counter that another thread can trigger: readable once `signal()` was called.
class Event {
 public:
  Event();
  void signal() const;
  void clear() const;
  int fd() const { return fd_.get(); }

 private:
  Fd fd_;
};

enum class Wake { Ready, Expired, Stopped };

/// A handful of descriptors to wait for.
class PollSet {
 public:
  static constexpr std::size_t kCapacity = 16;

  void add(int fd, short events) { fds_.at(size_++) = {fd, events, 0}; }
  /// Returns when one of them is ready, the deadline has passed, or its stop token is triggered.
  Wake wait(Deadline const& deadline);
  /// What poll reported for the descriptor added as number `index`.
  short ready(std::size_t index) const { return fds_.at(index).revents; }

 private:
  std::array<pollfd, kCapacity + 1> fds_{};
  std::size_t size_ = 0;
};

/// What a wait is for, as words of a message: `the reply head from` + `example.com`.
struct Purpose {
  std::string_view what, host;
};

/// The error of a wait that did not end with `Wake::Ready`.
Error interrupted(Wake wake, Purpose purpose);
/// Waits for `events` on one descriptor. *Errors:* `DeadlineExceeded`, `Cancelled`.
Result<void> wait_for(int fd, short events, Deadline const& deadline, Purpose purpose);
/// `DeadlineExceeded` or `Cancelled` when it is already so.
Result<void> check(Deadline const& deadline, Purpose purpose);

/// `strerror` as a string. *Threads:* safe.
std::string errno_text(int error);

/// A socket address of either family.
struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;

  static Address of(sockaddr const* address, socklen_t size);
  /// The address that `host` spells in digits, if it does.
  static std::optional<Address> numeric(std::string const& host, std::uint16_t port);
  sockaddr const* get() const { return reinterpret_cast<sockaddr const*>(&storage); }
  std::string ip() const;
  std::uint16_t port() const;
};

/// Non-blocking, closed on exec, TCP_NODELAY. Empty when there is none to be had; errno says why.
Fd open_socket(Address const& address);
void set_no_delay(int fd);
/// Ends a connection whose peer acknowledges nothing of what was sent for 5 s.
void set_silence_limit(int fd);
/// Closing will send a reset instead of an orderly end.
void reset_on_close(int fd);

}  // namespace keks::net
