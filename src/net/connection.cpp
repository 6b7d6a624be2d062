#include "net/connection.hpp"

#include <cstring>

#include "base/try.hpp"

namespace keks::net {

std::span<char> Buffer::room() {
  constexpr std::size_t first = 16 * 1024;
  std::size_t size = end_ - begin_;
  if (size == capacity_) {
    auto capacity = capacity_ == 0 ? first : capacity_ * 2;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity);
    if (size) std::memcpy(larger.get(), data_.get() + begin_, size);
    wipe();
    data_ = std::move(larger);
    capacity_ = capacity;
  } else if (begin_ > 0) {
    std::memmove(data_.get(), data_.get() + begin_, size);
  }
  begin_ = 0;
  end_ = size;
  return {data_.get() + end_, capacity_ - end_};
}

void Buffer::wipe() {
  if (data_) explicit_bzero(data_.get(), capacity_);
  begin_ = end_ = 0;
}

Attempt Connection::fill_now() {
  auto attempt = stream_->read(buffer_.room());
  if (attempt.kind == Attempt::Done) buffer_.filled(attempt.size);
  return attempt;
}

Result<Attempt> Connection::fill(Deadline const& deadline, std::string_view what) {
  Purpose purpose{what, peer_};
  for (;;) {
    KEKS_CHECK(check(deadline, purpose));
    auto attempt = fill_now();
    if (!attempt.waits()) return attempt;
    KEKS_CHECK(wait_for(stream_->fd(), attempt.events(), deadline, purpose));
  }
}

Result<Attempt> Connection::write(std::string_view bytes, Deadline const& deadline, std::string_view what) {
  Attempt attempt{Attempt::Done, 0, {}};
  while (!bytes.empty()) {
    attempt = stream_->write(bytes);
    if (attempt.waits())
      KEKS_CHECK(wait_for(stream_->fd(), attempt.events(), deadline, {what, peer_}));
    else if (attempt.kind != Attempt::Done)
      break;
    bytes.remove_prefix(attempt.size);
  }
  return attempt;
}

std::expected<bool, Fault> Connection::feed(MessageReader& reader) {
  reader.forget_piece();
  bool had_head = reader.has_head();
  while (!buffer_.bytes().empty() && !reader.done()) {
    auto used = reader.feed(buffer_.bytes());
    if (!used) return std::unexpected(used.error());
    buffer_.used(*used);
    if (reader.has_head() != had_head || !reader.piece().empty()) return true;
    if (*used == 0) return false;
  }
  return reader.done();
}

bool Connection::is_quiet() { return buffer_.bytes().empty() && fill_now().kind == Attempt::WantRead; }

}  // namespace keks::net
