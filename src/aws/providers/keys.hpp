#pragma once

#include <keks/aws/credentials.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace keks::aws {

/// A value as its place spells it: `AWS_ACCESS_KEY_ID`, `aws_access_key_id`.
struct NamedValue {
  std::string name;
  std::optional<std::string> value;
};

/// What stands in one place. `where`: `the environment`, `profile dev (/home/me/.aws/config, line 3)`.
struct WrittenKeys {
  NamedValue id, secret, token;
  std::string where;
};

/// Long-lived or session keys as they are written. *Errors:* `NoCredentials` where neither half of the pair is,
/// `ConfigMalformed` where one is, or where a value holds a control character that no HTTP header could carry.
Result<Credentials> take_keys(WrittenKeys written, std::string source);

}  // namespace keks::aws
