#include "sandbox/keys.hpp"

#include <keks/aws/sigv4.hpp>
#include <keks/base/encoding.hpp>
#include <keks/iam/arn.hpp>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/format.hpp"
#include "sandbox/crypto.hpp"

namespace keks::sandbox {
namespace {

constexpr std::string_view kSessionPrefix = "assumed-role/";

/// `AROA` and seventeen characters that follow from the ARN.
std::string unique_id(std::string_view kind, std::string_view arn) {
  return std::string(kind) + id_text(hmac_sha256("unique id", arn), 17);
}

std::int64_t epoch_seconds(WallTime t) {
  return std::chrono::floor<std::chrono::seconds>(t).time_since_epoch().count();
}

bool is_session(std::string_view arn) {
  auto parsed = iam::Arn::parse(arn);
  return parsed && parsed->service == "sts" && parsed->resource.starts_with(kSessionPrefix);
}

}  // namespace

std::string canonical_arn(std::string_view text) {
  auto arn = iam::Arn::parse(text);
  if (!arn || arn->service != "sts" || !arn->resource.starts_with(kSessionPrefix)) return std::string(text);
  auto role = arn->resource.substr(kSessionPrefix.size());
  return format("arn:{}:iam::{}:role/{}", arn->partition, arn->account, role.substr(0, role.find('/')));
}

std::string session_arn(std::string_view role_arn, std::string_view session_name) {
  auto arn = iam::Arn::parse(role_arn);
  if (!arn) return std::string(role_arn);
  auto name = arn->resource.substr(arn->resource.rfind('/') + 1);
  return format("arn:{}:sts::{}:assumed-role/{}/{}", arn->partition, arn->account, name, session_name);
}

Caller caller_of(std::string const& arn, std::string access_key_id) {
  auto parsed = iam::Arn::parse(arn);
  std::string account = parsed ? parsed->account : "";
  std::string id = is_session(arn) ? unique_id("AROA", canonical_arn(arn)) + ":" + arn.substr(arn.rfind('/') + 1)
                                   : (parsed && parsed->resource == "root" ? account : unique_id("AIDA", arn));
  return {arn, std::move(account), std::move(id), std::move(access_key_id)};
}

KeyRing::KeyRing(std::vector<Identity> identities, std::string master_key)
    : identities_(std::move(identities)), master_key_(std::move(master_key)) {
  for (auto& identity : identities_)
    if (identity.session_token.empty() && is_session(identity.arn))
      identity.session_token = token_of(identity.access_key_id, identity.arn, 0);
}

std::string KeyRing::secret_of(std::string_view access_key_id) const {
  return base64(hmac_sha256(master_key_, format("secret {}", access_key_id))).substr(0, 40);
}

std::string KeyRing::token_of(std::string_view access_key_id, std::string_view arn, std::int64_t expiration) const {
  auto facts = format("{}\n{}\n{}", access_key_id, arn, expiration);
  return base64(hmac_sha256(master_key_, facts) + facts);
}

aws::Credentials KeyRing::mint(std::string const& arn, WallTime expiration) const {
  auto id = "ASIA" + id_text(random_bytes(16), 16);
  return {.access_key_id = id,
          .secret_access_key = Secret(secret_of(id)),
          .session_token = Secret(token_of(id, arn, epoch_seconds(expiration))),
          .expiration = std::chrono::floor<std::chrono::seconds>(expiration),
          .source = arn};
}

std::optional<Key> KeyRing::find(std::string_view access_key_id, std::string_view session_token) const {
  auto at = std::ranges::find(identities_, access_key_id, &Identity::access_key_id);
  if (at == identities_.end()) return find_minted(access_key_id, session_token);
  if (!equal_in_constant_time(at->session_token, session_token)) return std::nullopt;
  return Key{Secret(at->secret_access_key), caller_of(at->arn, at->access_key_id), std::nullopt};
}

std::optional<Key> KeyRing::find_minted(std::string_view access_key_id, std::string_view session_token) const {
  constexpr std::size_t mac_size = 32;
  auto bytes = base64_decode(session_token);
  if (!bytes || bytes->size() < mac_size) return std::nullopt;
  auto facts = std::string_view(*bytes).substr(mac_size);
  if (!equal_in_constant_time(hmac_sha256(master_key_, facts), std::string_view(*bytes).substr(0, mac_size)))
    return std::nullopt;
  // The token is ours, so its three lines are all there.
  auto first = facts.find('\n'), second = facts.rfind('\n');
  if (facts.substr(0, first) != access_key_id) return std::nullopt;
  std::int64_t expiration = 0;
  std::from_chars(facts.data() + second + 1, facts.data() + facts.size(), expiration);
  return Key{Secret(secret_of(access_key_id)),
             caller_of(std::string(facts.substr(first + 1, second - first - 1)), std::string(access_key_id)),
             WallTime(std::chrono::seconds(expiration))};
}

}  // namespace keks::sandbox
