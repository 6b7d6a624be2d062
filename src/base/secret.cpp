#include <keks/base/secret.hpp>

#include <cstring>

namespace keks {

void Secret::wipe() noexcept {
  // All of the buffer: a longer value may have lived in it before.
  value_.resize(value_.capacity());
  explicit_bzero(value_.data(), value_.size());
  value_.clear();
}

}  // namespace keks
