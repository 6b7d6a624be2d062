#pragma once

#include <keks/base/secret.hpp>

#include <boost/json/object.hpp>
#include <chrono>
#include <optional>
#include <string>

#include "aws/providers/http_json.hpp"
#include "aws/providers/provider.hpp"

namespace keks::aws {

/// What a profile says about its sign-in to IAM Identity Center.
struct SsoConfig {
  std::string profile, session;  ///< `session` is empty for the older form, without a section of its own
  std::string start_url, region, account_id, role_name;

  /// What the sign-in is kept under: the session's name, or the start URL.
  std::string const& key() const { return session.empty() ? start_url : session; }
};

/// The file that `aws sso login` keeps a sign-in in.
std::string sso_token_path(Settings const& settings, SsoConfig const& config);

/// A URL of a service in the sign-in's region. *Errors:* those of `Settings::call_endpoint`.
Result<net::Url> sso_url(Settings const& settings, std::string_view service, std::string const& region,
                         std::string_view path);

/// The access token, refreshed where that is possible and less than fifteen minutes of it remain.
/// *Errors:* `SignInNeeded`, `Io`, `DeadlineExceeded`, `Cancelled`.
Result<Secret> sso_access_token(Sources const& sources, SsoConfig const& config, Deadline const& deadline);

}  // namespace keks::aws
