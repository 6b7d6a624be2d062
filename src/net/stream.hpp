#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/socket.hpp"

namespace keks::net {

/// What became of one attempt to read or write.
struct Attempt {
  enum Kind : std::uint8_t {
    Done,       ///< `size` bytes moved, at least one
    Closed,     ///< the peer ended the stream in order
    WantRead,   ///< try again when the descriptor is readable
    WantWrite,  ///< try again when the descriptor is writable
    Failed,     ///< broken; `why` says how
  };
  Kind kind = Failed;
  std::size_t size = 0;
  std::string why;

  bool waits() const { return kind == WantRead || kind == WantWrite; }
  short events() const { return kind == WantRead ? POLLIN : POLLOUT; }
};

/// A connected byte stream that never blocks and never raises SIGPIPE. *Threads:* one at a time.
class Stream {
 public:
  explicit Stream(Fd fd) : fd_(std::move(fd)) {}
  virtual ~Stream() = default;

  virtual Attempt read(std::span<char> into) = 0;
  virtual Attempt write(std::string_view bytes) = 0;
  /// Tells the peer, without waiting, that nothing more will be written.
  virtual void end() = 0;
  /// From now on the stream ends with a TCP reset, when it is destroyed.
  virtual void abort() { reset_on_close(fd()); }

  int fd() const { return fd_.get(); }

 private:
  Fd fd_;
};

std::unique_ptr<Stream> plain_stream(Fd fd);

}  // namespace keks::net
