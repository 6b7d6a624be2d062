#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "net/codec.hpp"
#include "net/stream.hpp"

namespace keks::net {

/// Bytes that came and are not used yet. Keys and tokens are among them: they are wiped when it dies.
class Buffer {
 public:
  Buffer() = default;
  ~Buffer() { wipe(); }
  Buffer(Buffer const&) = delete;
  Buffer& operator=(Buffer const&) = delete;

  std::string_view bytes() const { return {data_.get() + begin_, end_ - begin_}; }
  void used(std::size_t count) { begin_ += count; }
  /// Room behind the unused bytes, some at least. Views into the buffer end here.
  std::span<char> room();
  void filled(std::size_t count) { end_ += count; }
  /// Overwrites all that it holds, and all that it held before.
  void wipe();

 private:
  std::unique_ptr<char[]> data_;
  std::size_t capacity_ = 0, begin_ = 0, end_ = 0;
};

/// A stream with what was read from it ahead. One end of an HTTP connection, of either side.
class Connection {
 public:
  /// `peer` is for messages: the host, or an address.
  Connection(std::unique_ptr<Stream> stream, std::string peer) : stream_(std::move(stream)), peer_(std::move(peer)) {}

  /// Reads once more into the buffer, waiting if need be. The attempt is `Done`, `Closed` or `Failed`.
  /// *Errors:* `DeadlineExceeded`, `Cancelled`.
  Result<Attempt> fill(Deadline const& deadline, std::string_view what);
  /// As `fill`, but never waits.
  Attempt fill_now();
  /// Writes all of `bytes`. An attempt that is not `Done` means that the peer has gone.
  /// *Errors:* `DeadlineExceeded`, `Cancelled`.
  Result<Attempt> write(std::string_view bytes, Deadline const& deadline, std::string_view what);
  /// Feeds the reader from the buffer as far as it goes: until its head is in, a piece of the body is found or the
  /// message is done. False when more bytes are needed.
  std::expected<bool, Fault> feed(MessageReader& reader);
  /// Nothing unexpected has come, and the peer has not closed, as far as can be seen without waiting.
  bool is_quiet();

  Stream& stream() { return *stream_; }
  Buffer& buffer() { return buffer_; }
  std::string const& peer() const { return peer_; }
  bool was_used = false;  ///< a whole exchange went over it before

 private:
  std::unique_ptr<Stream> stream_;
  std::string peer_;
  Buffer buffer_;
};

}  // namespace keks::net
