#pragma once

#include <keks/base/result.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keks::sandbox {

/// A label or field selector of equalities: `app=shop,tier!=cache`, and for labels `app` and `!app` too.
class Selector {
 public:
  using Lookup = std::function<std::optional<std::string>(std::string_view name)>;

  /// *Errors:* `BadRequest` for set-based terms, which the sandbox does not know, and for empty names.
  static Result<Selector> parse(std::string_view text);

  bool empty() const { return terms_.empty(); }
  bool matches(Lookup const& lookup) const;
  std::vector<std::string> names() const;

 private:
  enum class Relation { Equal, NotEqual, Present, Absent };
  struct Term {
    std::string name, value;
    Relation relation;
  };
  static Term parse_term(std::string_view text);

  std::vector<Term> terms_;
};

}  // namespace keks::sandbox
