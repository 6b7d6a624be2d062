#pragma once

#include <keks/base/clock.hpp>
#include <keks/base/result.hpp>
#include <keks/base/time.hpp>
#include <keks/kube/box.hpp>

#include <cstdint>
#include <string>
#include <variant>

namespace keks::kube {

/// A point in time as the API server wrote it: RFC 3339, empty when absent.
struct Time {
  std::string text;
  bool empty() const { return text.empty(); }
  /// *Errors:* `InvalidArgument`, also when empty.
  Result<WallTime> parse() const { return parse_rfc3339(text); }
  friend bool operator==(Time const&, Time const&) = default;
};

/// An amount such as `500m` or `1Gi` as the API server wrote it, empty when absent. Equal amounts may be spelled
/// differently; comparison looks at the spelling.
struct Quantity {
  std::string text;
  bool empty() const { return text.empty(); }
  friend bool operator==(Quantity const&, Quantity const&) = default;
};

/// A number or a name, e.g. a port or `25%`.
struct IntOrString {
  std::variant<std::int32_t, std::string> value;
  bool is_number() const { return value.index() == 0; }
  std::int32_t number() const { return is_number() ? std::get<0>(value) : 0; }  ///< 0 when it is a name
  std::string text() const { return is_number() ? std::to_string(std::get<0>(value)) : std::get<1>(value); }
  friend bool operator==(IntOrString const&, IntOrString const&) = default;
};

/// Bytes, base64 in JSON.
struct Bytes {
  std::string data;
  bool empty() const { return data.empty(); }
  friend bool operator==(Bytes const&, Bytes const&) = default;
};

}  // namespace keks::kube
