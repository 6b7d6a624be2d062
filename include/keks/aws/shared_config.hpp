#pragma once

#include <keks/base/result.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace keks::aws {

/// One section of a shared file: keys in lower case, values without the blanks around them.
struct ConfigSection {
  using Values = std::map<std::string, std::string, std::less<>>;

  Values values;
  std::map<std::string, Values, std::less<>> nested;  ///< indented sub-keys, by the key above them
  std::string where;                                  ///< file and line of its head, for people

  /// The value, unless it is absent or empty.
  std::optional<std::string> get(std::string_view key) const;
};

/// A line that could not be taken, and why.
struct ConfigFault {
  std::string file;
  std::size_t line = 0;
  std::string reason;

  std::string text() const;  ///< `/home/me/.aws/config, line 7: ...`
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
/// What is broken in a file costs that file's profiles only when they are needed: see `fault_of`.
/// Contract: https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html
class SharedConfig {
 public:
  static SharedConfig parse(std::optional<ConfigText> const& config, std::optional<ConfigText> const& credentials);

  ConfigSection const* profile(std::string_view name) const;
  ConfigSection const* sso_session(std::string_view name) const;
  ConfigSection const* services(std::string_view name) const;
  std::vector<std::string> profile_names() const;
  /// Every line that could not be taken, in the order of the files.
  std::vector<ConfigFault> const& faults() const { return faults_; }

 private:
  using Sections = std::map<std::string, ConfigSection, std::less<>>;
  Sections profiles_, sso_sessions_, services_;
  std::vector<ConfigFault> faults_;
};

}  // namespace keks::aws
