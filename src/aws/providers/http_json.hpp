#pragma once

#include <keks/aws/credentials.hpp>
#include <keks/net/transport.hpp>

#include <boost/json/object.hpp>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_text.hpp"

// Small JSON over HTTP: what the sources share that are asked by HTTP and are not STS.
namespace keks::aws {

/// How often and how patiently a source is asked.
struct Tries {
  int count = 3;
  std::chrono::milliseconds timeout{2'000};  ///< of one try, reply included
  std::chrono::milliseconds pause{1'000};    ///< before the next
};

/// Whom to ask. *Lifetime:* the references must outlive it.
struct Asked {
  net::Transport& transport;
  Clock const& clock;
  std::string what;  ///< for people: `the container credentials endpoint`
  Tries tries = {};
};

struct HttpReply {
  int status = 0;
  Secret body;  ///< may hold keys

  bool is_ok() const { return status == 200; }
};

/// Sends until a whole reply is in that is neither 429 nor 5xx, or the tries are used up; then the last reply, at most
/// 64 KiB of it.
/// *Errors:* `CredentialSourceFailed` where no reply came, `ReplyTooLarge`; `DeadlineExceeded`, `Cancelled` by the
/// caller's deadline, not by that of one try.
Result<HttpReply> ask(Asked const& asked, net::Request const& request, Deadline const& deadline);

/// The body as an object. *Errors:* `CredentialSourceFailed`, without the text.
Result<boost::json::object> json_of(Asked const& asked, HttpReply const& reply);

/// What was sent and must not come back in a message.
using Secrets = std::vector<Secret>;

/// What a refusal says in its own words, as ` (Code: message)`, shortened and without `secrets`; empty where it says
/// nothing that can be read.
std::string words_of(HttpReply const& reply, Secrets const& secrets);

/// `CredentialSourceFailed`: the status, the words of the reply, and what to do about it.
Error refusal(Asked const& asked, HttpReply const& reply, Secrets const& secrets, std::string_view advice);

/// What the members are called that keys come in. Empty: there is no such member.
struct KeyNames {
  std::string_view id, secret, token, expiration, account;
};
inline constexpr KeyNames kMetadataKeys{"AccessKeyId", "SecretAccessKey", "Token", "Expiration", "AccountId"};

/// Keys out of an object. The expiry is RFC 3339, or milliseconds since 1970; it may be absent.
/// *Errors:* `CredentialSourceFailed`: a member is absent, empty or of another type, or the expiry is over.
Result<Credentials> read_keys(boost::json::object const& object, KeyNames const& names, std::string_view what,
                              WallTime now);

/// Whether HTTP lets a field have this value.
bool is_header_value(std::string_view text);

}  // namespace keks::aws
