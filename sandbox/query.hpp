#pragma once

#include <keks/base/result.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace keks::sandbox {

/// Decoded `name=value` pairs in the order they came.
class Parameters {
 public:
  using Pair = std::pair<std::string, std::string>;
  enum class Plus { Literal, Blank };  ///< what `+` stands for: itself in a URL's query, a blank in a form

  /// *Errors:* `InvalidArgument` for a bad escape or more than 64 pairs.
  static Result<Parameters> parse(std::string_view text, Plus plus);

  /// The first value of that name; empty when there is none.
  std::string get(std::string_view name) const;
  bool has(std::string_view name) const { return count(name) > 0; }
  std::size_t count(std::string_view name) const;
  void remove(std::string_view name);
  std::vector<Pair> const& pairs() const { return pairs_; }

 private:
  std::vector<Pair> pairs_;
};

}  // namespace keks::sandbox
