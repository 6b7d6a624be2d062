#pragma once

#include <keks/base/result.hpp>
#include <keks/base/secret.hpp>

#include <map>
#include <string>
#include <string_view>

namespace keks::aws {

/// What the leaves of a small XML document say, by their path: `ErrorResponse/Error/Code`. Namespace prefixes and
/// attributes are dropped, blanks around the text as well; of two leaves with one path the first counts. The texts
/// are secrets, since STS hands out keys this way.
class XmlLeaves {
 public:
  /// Bounded: 16 levels, 256 elements, names of 128 bytes. No DOCTYPE. *Errors:* `ReplyWrongShape`; the message tells
  /// the line and never quotes the document.
  static Result<XmlLeaves> read(std::string_view document);

  /// Empty when there is no such leaf.
  std::string_view get(std::string_view path) const;

 private:
  friend class XmlReader;
  std::map<std::string, Secret, std::less<>> leaves_;
};

}  // namespace keks::aws
