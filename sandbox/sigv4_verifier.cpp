#include "sandbox/sigv4_verifier.hpp"

#include <keks/aws/sigv4.hpp>
#include <keks/base/time.hpp>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/format.hpp"
#include "base/try.hpp"
#include "sandbox/crypto.hpp"
#include "sandbox/query.hpp"

namespace keks::sandbox {
namespace {

using namespace std::chrono_literals;

template <class T>
using Checked = std::expected<T, SignatureError>;

constexpr std::size_t kMaxTarget = 16 * 1024;
constexpr std::size_t kMaxHeaders = 128;
constexpr std::size_t kMaxSignedHeaders = 64;
constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

auto refuse(SignatureFault fault, std::string message) {
  return std::unexpected(SignatureError{fault, std::move(message)});
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string_view trim(std::string_view text) {
  auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// What a request says about its own signature, in either form.
struct Claim {
  bool presigned = false;
  std::string credential{}, signed_headers{}, signature{}, date{}, session_token{};
};

struct Scope {
  std::string_view access_key_id, day, region, service, terminator;
};

/// Sets `field` from `Name=value` of an Authorization header; false when it was set before.
bool set_once(std::string& field, std::string_view value) {
  if (!field.empty()) return false;
  field = value;
  return true;
}

Checked<void> read_authorization(std::string_view text, Claim& claim) {
  for (auto part : split(text, ',')) {
    part = trim(part);
    auto equals = part.find('=');
    auto name = part.substr(0, equals);
    auto value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    bool known = name == "Credential"      ? set_once(claim.credential, value)
                 : name == "SignedHeaders" ? set_once(claim.signed_headers, value)
                 : name == "Signature"     ? set_once(claim.signature, value)
                                           : false;
    if (!known || value.empty())
      return refuse(SignatureFault::Incomplete,
                    "Authorization header holds something other than one each of 'Credential', 'SignedHeaders' and "
                    "'Signature', or a key without a value.");
  }
  return {};
}

Checked<Claim> claim_of_header(net::Headers const& headers) {
  auto text = headers.get("authorization");
  auto algorithm = text.substr(0, text.find(' '));
  if (algorithm != kAlgorithm)
    return refuse(SignatureFault::Incomplete, format("Unsupported AWS 'algorithm': '{}'.", algorithm.substr(0, 64)));
  Claim claim{.date = std::string(headers.get("x-amz-date")),
              .session_token = std::string(headers.get("x-amz-security-token"))};
  KEKS_CHECK(read_authorization(text.substr(std::min(text.size(), algorithm.size() + 1)), claim));
  std::string missing;
  for (auto [name, value] : {std::pair{"Credential", &claim.credential},
                             {"Signature", &claim.signature},
                             {"SignedHeaders", &claim.signed_headers}})
    if (value->empty()) missing += format("Authorization header requires '{}' parameter. ", name);
  if (claim.date.empty()) missing += "Authorization header requires existence of a 'X-Amz-Date' header.";
  if (!missing.empty()) return refuse(SignatureFault::Incomplete, std::move(missing));
  return claim;
}

Checked<void> check_expires(std::string_view text) {
  unsigned seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds > 604'800)
    return refuse(SignatureFault::Incomplete, "X-Amz-Expires must be a number of seconds from 0 to 604800.");
  return {};
}

Checked<Claim> claim_of_query(Parameters const& query) {
  for (std::string_view name :
       {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-Signature", "X-Amz-SignedHeaders"})
    if (query.count(name) != 1 || query.get(name).empty())
      return refuse(SignatureFault::Incomplete,
                    format("AWS query-string parameters must include '{}' once. Re-examine the query-string "
                           "parameters.",
                           name));
  if (query.count("X-Amz-Security-Token") > 1)
    return refuse(SignatureFault::Incomplete, "AWS query-string parameters hold 'X-Amz-Security-Token' twice.");
  if (auto algorithm = query.get("X-Amz-Algorithm"); algorithm != kAlgorithm)
    return refuse(SignatureFault::Incomplete, format("Unsupported AWS 'algorithm': '{}'.", algorithm.substr(0, 64)));
  KEKS_CHECK(check_expires(query.get("X-Amz-Expires")));
  return Claim{.presigned = true,
               .credential = query.get("X-Amz-Credential"),
               .signed_headers = query.get("X-Amz-SignedHeaders"),
               .signature = query.get("X-Amz-Signature"),
               .date = query.get("X-Amz-Date"),
               .session_token = query.get("X-Amz-Security-Token")};
}

Checked<Claim> claim_of(net::ServerRequest const& request, Parameters const& query) {
  bool in_header = request.headers.has("authorization");
  bool in_query = query.has("X-Amz-Signature") || query.has("X-Amz-Credential") || query.has("X-Amz-Algorithm");
  if (in_header && in_query)
    return refuse(SignatureFault::Incomplete, "Only one way of signing is allowed: a header or the query string.");
  if (in_header) return claim_of_header(request.headers);
  if (in_query) return claim_of_query(query);
  return refuse(SignatureFault::Missing, "Request is missing Authentication Token");
}

Checked<Scope> read_scope(Claim const& claim) {
  auto parts = split(claim.credential, '/');
  if (parts.size() != 5 || parts[0].empty())
    return refuse(SignatureFault::Incomplete, format("Credential must have exactly 5 slash-delimited elements, e.g. "
                                                     "keyid/date/region/service/term, got {} of them.",
                                                     parts.size()));
  return Scope{parts[0], parts[1], parts[2], parts[3], parts[4]};
}

Checked<void> check_scope(Scope const& scope, ServiceScope const& expected, std::string_view date) {
  if (scope.terminator != "aws4_request")
    return refuse(SignatureFault::Mismatch, "Credential should be scoped with a valid terminator: 'aws4_request'.");
  if (scope.service != expected.service)
    return refuse(SignatureFault::Mismatch,
                  format("Credential should be scoped to correct service: '{}'.", expected.service));
  if (scope.region != expected.region)
    return refuse(SignatureFault::Mismatch,
                  format("Credential should be scoped to a valid region, not '{}'.", scope.region.substr(0, 64)));
  if (scope.day != date.substr(0, 8))
    return refuse(SignatureFault::Mismatch,
                  format("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
                         "'{}' != '{}', from '{}'.",
                         scope.day.substr(0, 16), date.substr(0, 8), date));
  return {};
}

Checked<void> check_time(WallTime signed_at, bool presigned, WallTime now) {
  if (signed_at > now + 5min)
    return refuse(SignatureFault::Mismatch,
                  format("Signature not yet current: {} is still later than {} ({} + 5 min.)",
                         format_amz_date(signed_at), format_amz_date(now + 5min), format_amz_date(now)));
  if (presigned && now > signed_at + 15min) return refuse(SignatureFault::Expired, "Request has expired.");
  if (!presigned && now > signed_at + 5min)
    return refuse(SignatureFault::Mismatch,
                  format("Signature expired: {} is now earlier than {} ({} - 5 min.)", format_amz_date(signed_at),
                         format_amz_date(now - 5min), format_amz_date(now)));
  return {};
}

/// The names in `SignedHeaders`: lower case, sorted, each once, those that must be there among them.
Checked<std::vector<std::string_view>> signed_names(Claim const& claim) {
  auto names = split(claim.signed_headers, ';');
  bool in_order = std::ranges::adjacent_find(names, std::greater_equal<>()) == names.end();
  bool lower = std::ranges::none_of(claim.signed_headers, [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!in_order || !lower || names.size() > kMaxSignedHeaders)
    return refuse(SignatureFault::Incomplete, "SignedHeaders must be lower-case names in order, each once.");
  for (std::string_view needed : {"host", "x-amz-date"}) {
    if (claim.presigned && needed != "host") continue;
    if (!std::ranges::binary_search(names, needed))
      return refuse(SignatureFault::Mismatch,
                    format("'{}' must be a 'SignedHeader' in the AWS Authorization.", needed));
  }
  return names;
}

/// Several fields of one name count as one, their values joined by commas.
std::string joined_values(net::Headers const& headers, std::string_view name) {
  std::string joined;
  bool first = true;
  for (auto const& [field, value] : headers) {
    if (!net::iequals(field, name)) continue;
    if (!std::exchange(first, false)) joined += ',';
    joined += trim(value);
  }
  return joined;
}

Checked<std::string> expected_signature(net::ServerRequest const& request, Parameters query, Claim const& claim,
                                        Scope const& scope, WallTime signed_at, Key const& key) {
  KEKS_TRY(auto names, signed_names(claim));
  query.remove("X-Amz-Signature");
  aws::CanonicalInput input{.method = request.method,
                            .path = request.path(),
                            .query = query.pairs(),
                            .headers = {},
                            .payload_hash = aws::sha256_hex(request.body)};
  for (auto name : names) input.headers.emplace_back(name, joined_values(request.headers, name));
  aws::SigningScope signing{std::string(scope.region), std::string(scope.service), signed_at};
  auto text = aws::string_to_sign(aws::canonical_request(input), signing);
  return aws::signature(text, key.secret.reveal(), signing);
}

Checked<Parameters> bounded_query(net::ServerRequest const& request) {
  auto query = Parameters::parse(request.query(), Parameters::Plus::Literal);
  if (request.target.size() > kMaxTarget || request.headers.size() > kMaxHeaders || !query)
    return refuse(SignatureFault::Incomplete, "The request is too long, or its query string is malformed.");
  return *std::move(query);
}

}  // namespace

std::expected<Caller, SignatureError> verify_signature(net::ServerRequest const& request, ServiceScope const& expected,
                                                       KeyLookup const& keys, WallTime now) {
  KEKS_TRY(auto query, bounded_query(request));
  KEKS_TRY(auto claim, claim_of(request, query));
  KEKS_TRY(auto scope, read_scope(claim));
  auto signed_at = parse_amz_date(claim.date);
  if (!signed_at) return refuse(SignatureFault::Incomplete, "Date must be in ISO-8601 'basic format'.");
  KEKS_CHECK(check_scope(scope, expected, claim.date));
  KEKS_CHECK(check_time(*signed_at, claim.presigned, now));
  auto key = keys(scope.access_key_id, claim.session_token);
  if (!key) return refuse(SignatureFault::UnknownKey, "The security token included in the request is invalid.");
  KEKS_TRY(auto signature, expected_signature(request, std::move(query), claim, scope, *signed_at, *key));
  if (!equal_in_constant_time(signature, claim.signature))
    return refuse(SignatureFault::Mismatch,
                  "The request signature we calculated does not match the signature you provided. Check your AWS "
                  "Secret Access Key and signing method. Consult the service documentation for details.");
  if (key->expiration && now >= *key->expiration)
    return refuse(SignatureFault::ExpiredToken, "The security token included in the request is expired");
  return key->caller;
}

}  // namespace keks::sandbox
