#pragma once

#include <string>
#include <string_view>

namespace keks {

/// A key, session token or bearer token. It cannot be printed by accident, and its bytes are wiped when it dies.
///
/// There is no `operator<<`, no conversion and no comparison that leaks time; `reveal()` is the one way out, so
/// that a search for it lists every place where a secret leaves its shell.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(Secret const&) = default;
  // Copies, then wipes: a moved-from std::string may keep the bytes of a short value.
  Secret(Secret&& other) noexcept : value_(other.value_) { other.wipe(); }  // NOLINT(performance-move-constructor-init)
  Secret& operator=(Secret const& other) {
    if (this != &other) {
      wipe();
      value_ = other.value_;
    }
    return *this;
  }
  Secret& operator=(Secret&& other) noexcept {
    if (this != &other) {
      wipe();
      value_ = other.value_;
      other.wipe();
    }
    return *this;
  }
  ~Secret() { wipe(); }

  bool empty() const { return value_.empty(); }
  std::size_t size() const { return value_.size(); }
  /// The bytes. *Lifetime:* until this object is assigned to or destroyed.
  std::string_view reveal() const { return value_; }

 private:
  void wipe() noexcept;
  std::string value_;
};

}  // namespace keks
