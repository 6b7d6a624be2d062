#pragma once

#include <keks/base/error.hpp>

#include <expected>

namespace keks {

/// A value, or the reason why there is none. No public function of keks throws (allocation failure aside);
/// `value()` is the bridge for those who prefer exceptions (it throws `std::bad_expected_access<Error>`).
template <class T>
using Result = std::expected<T, Error>;

/// `return fail(Code::NotFound, "no such pod");`
inline std::unexpected<Error> fail(Code code, std::string message) {
  return std::unexpected<Error>(Error(code, std::move(message)));
}
inline std::unexpected<Error> fail(Error error) { return std::unexpected<Error>(std::move(error)); }

}  // namespace keks
