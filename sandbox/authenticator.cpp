#include "sandbox/authenticator.hpp"

#include <keks/base/encoding.hpp>
#include <keks/net/url.hpp>

#include <algorithm>
#include <array>
#include <charconv>

#include "base/format.hpp"
#include "sandbox/hosts.hpp"
#include "sandbox/query.hpp"

namespace keks::sandbox {
namespace {

constexpr std::string_view kPrefix = "k8s-aws-v1.";
constexpr std::size_t kMaxToken = 4096;
constexpr std::array<std::string_view, 9> kAllowed{
    "Action",        "Version",         "X-Amz-Algorithm",      "X-Amz-Credential",   "X-Amz-Date",
    "X-Amz-Expires", "X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-SignedHeaders"};

bool allowed_once(Parameters const& query) {
  return std::ranges::all_of(query.pairs(), [&](auto const& pair) {
    return std::ranges::find(kAllowed, pair.first) != kAllowed.end() && query.count(pair.first) == 1;
  });
}

bool expires_is_sane(std::string const& text) {
  unsigned seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  return error == std::errc() && end == text.data() + text.size() && seconds <= 900;
}

bool signs_cluster_id(std::string const& signed_headers) {
  return (";" + signed_headers + ";").find(";x-k8s-aws-id;") != std::string::npos;
}

User user_of_match(iam::Match const& match, iam::Identity const& identity) {
  User user{match.username, match.groups};
  user.groups.push_back("system:authenticated");
  user.uid = format("aws-iam-authenticator:{}:{}", identity.account, identity.user_id);
  user.extra = {{"accessKeyId", identity.access_key_id},
                {"arn", identity.arn},
                {"canonicalArn", identity.canonical_arn},
                {"principalId", identity.user_id},
                {"sessionName", identity.session_name}};
  return user;
}

/// The presigned request inside a token, if it is one that a verifier would send on.
std::optional<net::Url> presigned_url(std::string_view token) {
  if (token.size() > kMaxToken || !token.starts_with(kPrefix)) return std::nullopt;
  auto text = base64url_decode(token.substr(kPrefix.size()));
  auto url = text ? net::Url::parse(*text) : std::unexpected(text.error());
  if (!url || !url->is_tls() || url->port != 443 || url->path != "/") return std::nullopt;
  auto query = Parameters::parse(url->query, Parameters::Plus::Literal);
  if (!query || !allowed_once(*query) || query->get("Action") != "GetCallerIdentity") return std::nullopt;
  if (!expires_is_sane(query->get("X-Amz-Expires")) || !signs_cluster_id(query->get("X-Amz-SignedHeaders")))
    return std::nullopt;
  return *std::move(url);
}

}  // namespace

bool User::in(std::string_view group) const { return std::ranges::find(groups, group) != groups.end(); }

std::optional<User> Authenticator::user_of(std::string_view authorization, WallTime now) const {
  if (authorization.empty()) return User{"system:anonymous", {"system:unauthenticated"}};
  constexpr std::string_view scheme = "Bearer ";
  if (!net::iequals(authorization.substr(0, scheme.size()), scheme)) return std::nullopt;
  return user_of_token(authorization.substr(scheme.size()), now);
}

std::optional<User> Authenticator::user_of_token(std::string_view token, WallTime now) const {
  auto url = presigned_url(token);
  if (!url) return std::nullopt;
  auto region = sts_region(url->host, "");
  if (!is_sts_host(url->host, region)) return std::nullopt;
  net::ServerRequest request{.method = "GET",
                             .target = url->target(),
                             .headers = {{"Host", url->host}, {"x-k8s-aws-id", cluster_}},
                             .body = ""};
  auto lookup = [&](auto id, auto session_token) { return keys_.find(id, session_token); };
  auto caller = verify_signature(request, {region, "sts"}, lookup, now);
  if (!caller) return std::nullopt;
  auto identity = iam::identity_of({caller->account, caller->arn, caller->user_id}, caller->access_key_id);
  if (!identity) return std::nullopt;
  auto verdict = access_.find(*identity);
  if (!verdict.match) return std::nullopt;
  return user_of_match(*verdict.match, *identity);
}

}  // namespace keks::sandbox
