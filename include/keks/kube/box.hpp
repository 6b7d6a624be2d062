#pragma once

#include <memory>
#include <utility>

namespace keks::kube {

/// An optional value on the heap, one pointer large: for the many parts of a kind that are mostly absent.
///
/// Used like `std::optional`, and a value like it: copies are deep, comparison looks inside. `T` may be incomplete
/// where a Box is declared.
template <class T>
class Box {
 public:
  Box() = default;
  Box(T value) : held_(std::make_unique<T>(std::move(value))) {}  // NOLINT(google-explicit-constructor)
  Box(Box const& other) : held_(other.held_ ? std::make_unique<T>(*other.held_) : nullptr) {}
  Box(Box&&) noexcept = default;
  Box& operator=(Box other) noexcept {
    held_ = std::move(other.held_);
    return *this;
  }
  ~Box() = default;

  bool has_value() const { return held_ != nullptr; }
  explicit operator bool() const { return has_value(); }
  /// *Lifetime:* until the box is assigned to, reset or destroyed. Only while `has_value()`; the same for `->`.
  T& operator*() { return *held_; }
  T const& operator*() const { return *held_; }
  T* operator->() { return held_.get(); }
  T const* operator->() const { return held_.get(); }

  T& emplace() {
    held_ = std::make_unique<T>();
    return *held_;
  }
  void reset() { held_.reset(); }

  friend bool operator==(Box const& a, Box const& b) { return a && b ? *a == *b : a.has_value() == b.has_value(); }

 private:
  std::unique_ptr<T> held_;
};

}  // namespace keks::kube
