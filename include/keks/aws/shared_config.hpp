#pragma once

#include <keks/base/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keks::aws {

/// A line that could not be taken, or was taken with a doubt, and why. Never quotes the line, which may hold a secret.
struct ConfigFault {
  std::string file;
  std::size_t line = 0;
  std::string reason;
  bool harmless = false;  ///< worth a warning only: a key that stands twice, a section that is passed over

  std::string text() const;  ///< `/home/me/.aws/config, line 7: ...`
};

/// One section of a shared file: keys in lower case, values without the blanks around them.
struct ConfigSection {
  using Values = std::map<std::string, std::string, std::less<>>;

  Values values;
  std::map<std::string, Values, std::less<>> nested;       ///< indented sub-keys, by the key above them
  std::string where;                                       ///< file and line of its head, for people
  std::optional<ConfigFault> fault;                        ///< the first line in it that could not be taken
  std::map<std::string, ConfigFault, std::less<>> broken;  ///< such lines by their first word, 100 at most

  /// The value, unless it is absent or empty.
  std::optional<std::string> get(std::string_view key) const;
  /// The same, for who has to be sure. *Errors:* `ConfigMalformed` where a broken line begins with that key.
  Result<std::optional<std::string>> read(std::string_view key) const;
  /// For who needs the section whole. *Errors:* `ConfigMalformed`, with file and line, where `fault` is set.
  Result<void> check() const;
};

/// A shared file as it is given to the parser.
struct ConfigText {
  std::string name;  ///< for messages
  std::string text;
};

/// The two shared files of the AWS CLI and the SDKs as one: `config` with `[default]`, `[profile x]`,
/// `[sso-session x]` and `[services x]`, `credentials` with `[x]`, whose keys win over those of the same profile in
/// `config`. A value; parsing asks nobody.
///
/// Keys belong together: `aws_access_key_id`, `aws_secret_access_key`, `aws_session_token` and `aws_account_id` of a
/// profile come from one file. A broken line costs its own section alone, and a broken head the lines up to the next.
/// Contract: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
class SharedConfig {
 public:
  static SharedConfig parse(std::optional<ConfigText> const& config, std::optional<ConfigText> const& credentials);

  ConfigSection const* profile(std::string_view name) const;
  ConfigSection const* sso_session(std::string_view name) const;
  ConfigSection const* services(std::string_view name) const;
  std::vector<std::string> profile_names() const;

  /// The same for whoever cannot do without. *Errors:* `ProfileNotFound` (`need_profile`), `ConfigMalformed` for a
  /// broken line in the section, for a broken head that may hide it, and for other sections that are not there.
  /// *Lifetime:* the pointer, never null, is good as long as this object.
  Result<ConfigSection const*> need_profile(std::string_view name) const;
  Result<ConfigSection const*> need_sso_session(std::string_view name) const;
  Result<ConfigSection const*> need_services(std::string_view name) const;

  /// The lines that could not be taken or deserve a warning, in the order of the files; of each file the first 100.
  std::vector<ConfigFault> const& faults() const { return faults_; }
  /// SHA-256 of both texts, in hex: the same only while nobody has touched the files.
  std::string const& digest() const { return digest_; }

 private:
  using Sections = std::map<std::string, ConfigSection, std::less<>>;
  Result<ConfigSection const*> need(ConfigSection const* section, std::string_view head, std::string_view name) const;

  Sections profiles_, sso_sessions_, services_;
  std::vector<ConfigFault> faults_;
  std::optional<ConfigFault> broken_head_;
  std::map<std::string, std::string, std::less<>> misplaced_;  // heads that make profiles in the other file, by name
  std::string digest_;
};

}  // namespace keks::aws
