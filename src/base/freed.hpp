#pragma once

#include <memory>

namespace keks {

template <auto Free>
struct Freed {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};

/// What a C library made, and frees by a function of its own.
template <class T, auto Free>
using Owned = std::unique_ptr<T, Freed<Free>>;

}  // namespace keks
