#pragma once

#include <keks/aws/endpoint.hpp>
#include <keks/aws/shared_config.hpp>
#include <keks/base/environment.hpp>

namespace keks::aws {

/// What environment and shared files say, read once: which profile, which region, which endpoints. A value.
///
/// Precedence is everywhere the same: explicit argument, environment, profile. *Threads:* safe to share.
class Settings {
 public:
  /// Reads `AWS_CONFIG_FILE` (`~/.aws/config`) and `AWS_SHARED_CREDENTIALS_FILE` (`~/.aws/credentials`); absent files
  /// are empty ones. `profile` is the one that the user named by an option; empty: `AWS_PROFILE`,
  /// `AWS_DEFAULT_PROFILE`, `default`.
  /// *Errors:* `ProfileNotFound` for a profile that was named and is in neither file; `ConfigMalformed` where a broken
  /// head may be why, and for a broken line in it; `Io` for a file that is there and cannot be read, or is larger than
  /// 1 MiB.
  static Result<Settings> load(Environment environment, std::string_view profile = {});
  /// Where `load` looks for the two; empty where neither a variable nor `HOME` says.
  static std::string config_path(Environment const& environment);
  static std::string credentials_path(Environment const& environment);
  /// The same as `load` of texts in memory.
  static Result<Settings> make(Environment environment, SharedConfig files, std::string_view profile = {});

  Environment const& environment() const { return environment_; }
  SharedConfig const& files() const { return files_; }
  std::string const& profile_name() const { return profile_name_; }
  /// The profile in use, or null: there is none, and none was asked for.
  ConfigSection const* profile() const { return files_.profile(profile_name_); }
  /// The user named the profile by an option, which then wins over keys in the environment, as in the AWS CLI.
  bool profile_is_explicit() const { return explicit_; }
  /// `HOME`, or empty.
  std::string home() const;
  /// `path` with a leading `~/` resolved.
  std::string expand(std::string_view path) const;

  /// `option` unless it is empty, else `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's `region`; else empty.
  std::string region(std::string_view option = {}) const;
  /// That region with FIPS and dual-stack by variable or profile. *Errors:* `InvalidArgument`, `ConfigMalformed` for
  /// switches that are neither `true` nor `false`, and for a broken line that may be one of these.
  Result<EndpointOptions> endpoint_options(std::string_view region_option = {}) const;
  /// The endpoint to call, redirected by `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL`, the profile's `services`
  /// section, its `endpoint_url`, in this order, unless `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` or
  /// `ignore_configured_endpoint_urls` says not to. For calls only: a token never names a redirected host.
  /// `service`: `sts`, `eks`, `sso`, `sso-oidc`, `signin`. *Errors:* also those of `aws::endpoint`.
  Result<Endpoint> call_endpoint(std::string_view service, EndpointOptions const& options) const;

 private:
  Settings(Environment environment, SharedConfig files, std::string profile_name, bool is_explicit)
      : environment_(std::move(environment)),
        files_(std::move(files)),
        profile_name_(std::move(profile_name)),
        explicit_(is_explicit) {}

  Environment environment_;
  SharedConfig files_;
  std::string profile_name_;
  bool explicit_ = false;
};

}  // namespace keks::aws
