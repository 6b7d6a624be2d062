#pragma once

#include <keks/aws/credentials.hpp>
#include <keks/iam/token.hpp>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

// What the cache's files hold, and how they are named: texts only, no files.
namespace keks::cli {

using CacheEntry = std::variant<aws::Credentials, iam::Token>;

/// When it ends; absent: never.
std::optional<WallTime> expiration_of(CacheEntry const& entry);

/// One JSON object, with a version. An entry without an end, which is never kept, is written as one that has passed.
Secret write_cache_entry(CacheEntry const& entry);
/// Takes what `write_cache_entry` writes, and nothing else. *Errors:* `ConfigMalformed`; the message has none of the
/// text in it.
Result<CacheEntry> read_cache_entry(std::string_view text);

/// SHA-256 of the parts, in hex, such that other parts make another key however they are cut.
std::string cache_key(std::initializer_list<std::string_view> parts);

/// Where an identity comes from: two that differ never share an entry.
struct IdentitySource {
  Environment environment;
  std::string profile;   ///< as typed; empty: by the environment
  std::string files;     ///< `SharedConfig::digest`
  std::string sign_ins;  ///< which there are and from when: another person may have signed in
  std::string host;      ///< homes are shared between machines, their identities are not
};
/// Of all variables whose names begin with `AWS_`, so that none that a provider reads is forgotten, but for the region
/// and the ones of aws-iam-authenticator's own; of `HOME`; and of the rest of `source`.
std::string fingerprint(IdentitySource const& source);

}  // namespace keks::cli
