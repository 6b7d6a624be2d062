#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace keks {

/// Environment variables as a value, so that nothing below `apps` reads the process's own.
class Environment {
 public:
  using Map = std::map<std::string, std::string, std::less<>>;
  Environment() = default;
  explicit Environment(Map variables) : variables_(std::move(variables)) {}
  /// A copy of the process's environment as it is now.
  static Environment of_process();

  /// The variable, unless it is absent **or empty**: keks treats both alike, as the AWS CLI does for most.
  std::optional<std::string> get(std::string_view name) const;
  /// The first of `names` that is set and not empty.
  std::optional<std::string> first(std::initializer_list<std::string_view> names) const;
  Map const& variables() const { return variables_; }

 private:
  Map variables_;
};

}  // namespace keks
