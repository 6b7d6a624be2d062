#pragma once

#include <keks/base/clock.hpp>
#include <keks/base/environment.hpp>
#include <keks/base/result.hpp>
#include <keks/base/secret.hpp>

#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace keks::aws {

struct Credentials {
  std::string access_key_id;
  Secret secret_access_key;
  Secret session_token;                ///< empty for long-lived keys
  std::optional<WallTime> expiration;  ///< absent: not known, or never
  std::string source;                  ///< for people: `environment`, `role arn:aws:iam::...`
  std::string account_id = {};         ///< empty: the source does not say
};

/// Where credentials come from. *Threads:* implementations must allow concurrent calls.
class CredentialsProvider {
 public:
  virtual ~CredentialsProvider() = default;
  /// *Errors:* `NoCredentials` and whatever asking for them can meet. Returns by the deadline.
  virtual Result<Credentials> get(Deadline const& deadline) = 0;
  /// Forget what is kept: a server refused it.
  virtual void invalidate() {}
};

/// Always the same ones.
std::shared_ptr<CredentialsProvider> fixed_credentials(Credentials credentials);

/// `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN` (or `AWS_SECURITY_TOKEN`), with
/// `AWS_ACCOUNT_ID` and `AWS_CREDENTIAL_EXPIRATION` where they are set.
/// *Errors of get:* `NoCredentials`: none are set; `ConfigMalformed`: only half a pair is (the message says which half
/// is missing), a value holds a control character, or the expiration is no time.
std::shared_ptr<CredentialsProvider> environment_credentials(Environment environment);

/// When kept credentials are made anew.
struct RefreshWindows {
  /// Before their expiry by so much, one caller asks for new ones while the others go on with the old.
  std::chrono::seconds advisory = std::chrono::minutes(15);
  /// By so much, all wait for that one caller.
  std::chrono::seconds mandatory = std::chrono::minutes(5);
};

/// Keeps what `source` gives; see `RefreshWindows`, which are cut for credentials whose whole life is short: to a half
/// and a third of it. A failed refresh keeps the old ones while they are still valid. The source is left alone for half
/// a minute after it was asked, unless nothing valid is kept. Credentials without expiry are kept until `invalidate()`.
///
/// The refresh runs in the call of one caller; where it may be late, it gets half of the time that this call has.
/// *Lifetime:* `clock` must outlive the provider.
std::shared_ptr<CredentialsProvider> cached_credentials(std::shared_ptr<CredentialsProvider> source, Clock const& clock,
                                                        RefreshWindows windows = {});

}  // namespace keks::aws
