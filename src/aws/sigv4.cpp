#include <keks/aws/sigv4.hpp>
#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>

#include <algorithm>
#include <array>
#include <cstring>
#include <iterator>

#include "aws/sha256.hpp"
#include "base/ascii.hpp"

namespace keks::aws {

Digest hmac_sha256(std::string_view key, std::string_view key_tail, std::string_view message) {
  constexpr std::size_t block = 64;
  std::array<char, block> pad{};
  if (key.size() + key_tail.size() > block) {
    Digest digest = Sha256().add(key).add(key_tail).finish();
    std::memcpy(pad.data(), digest.data(), digest.size());
  } else {
    key_tail.copy(pad.data() + key.copy(pad.data(), block), block);
  }
  for (char& c : pad) c ^= 0x36;
  Digest inner = Sha256().add({pad.data(), block}).add(message).finish();
  for (char& c : pad) c ^= 0x36 ^ 0x5c;
  Digest outer = Sha256().add({pad.data(), block}).add(bytes_of(inner)).finish();
  explicit_bzero(pad.data(), block);
  return outer;
}

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kTerminator = "aws4_request";
constexpr std::string_view kHashOfNothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

/// Appends a header's value without blanks at its ends and with one space for each run of blanks inside.
void append_value(std::string& out, std::string_view value) {
  bool gap = false, begun = false;
  for (char c : value) {
    if (is_blank(c)) {
      gap = begun;
      continue;
    }
    if (gap) out += ' ';
    out += c;
    gap = false;
    begun = true;
  }
}

/// The path as other services than S3 want it signed: no dot segments, no empty segments, encoded once more.
std::string canonical_path(std::string_view path) {
  std::vector<std::string_view> kept;
  for (std::size_t begin = 0; begin < path.size();) {
    auto end = std::min(path.find('/', begin), path.size());
    auto segment = path.substr(begin, end - begin);
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (!segment.empty() && segment != ".") {
      kept.push_back(segment);
    }
    begin = end + 1;
  }
  std::string out;
  for (auto segment : kept) out.append("/").append(percent_encode(segment));
  if (out.empty() || path.back() == '/') out += '/';
  return out;
}

std::string canonical_query(Pairs const& query) {
  Pairs encoded;
  encoded.reserve(query.size());
  for (auto const& [name, value] : query) encoded.emplace_back(percent_encode(name), percent_encode(value));
  std::ranges::sort(encoded);
  std::string out;
  for (auto const& [name, value] : encoded) {
    if (!out.empty()) out += '&';
    out.append(name).append("=").append(value);
  }
  return out;
}

/// `name:value` lines; fields of one name become one line with a comma between the values.
std::string canonical_headers(Pairs const& headers) {
  std::string out;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    bool repeated = i > 0 && headers[i].first == headers[i - 1].first;
    if (repeated)
      out.back() = ',';
    else
      out.append(headers[i].first).append(":");
    append_value(out, headers[i].second);
    out += '\n';
  }
  return out;
}

std::string signed_names(Pairs const& headers) {
  std::string out;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    if (i > 0 && headers[i].first == headers[i - 1].first) continue;
    if (!out.empty()) out += ';';
    out += headers[i].first;
  }
  return out;
}

std::string assemble(std::string_view method, std::string_view path, std::string_view query, Pairs const& headers,
                     std::string_view payload_hash) {
  std::string out;
  out.reserve(256 + path.size() + query.size());
  out.append(method).append("\n").append(canonical_path(path)).append("\n").append(query).append("\n");
  out.append(canonical_headers(headers)).append("\n").append(signed_names(headers)).append("\n");
  out.append(payload_hash);
  return out;
}

/// The moment and the reach of a signature, as text.
struct Stamp {
  explicit Stamp(SigningScope const& scope) : time(format_amz_date(scope.time)), reach(date()) {
    for (std::string_view part : {std::string_view(scope.region), std::string_view(scope.service), kTerminator})
      reach.append("/").append(part);
  }
  std::string_view date() const { return std::string_view(time).substr(0, 8); }

  std::string time, reach;
};

std::string text_to_sign(std::string_view canonical_request, Stamp const& stamp) {
  std::string out(kAlgorithm);
  out.append("\n").append(stamp.time).append("\n").append(stamp.reach).append("\n");
  return out.append(sha256_hex(canonical_request));
}

std::string sign_text(std::string_view text, std::string_view secret, SigningScope const& scope,
                      std::string_view date) {
  Digest key = hmac_sha256("AWS4", secret, date);
  for (std::string_view step : {std::string_view(scope.region), std::string_view(scope.service), kTerminator})
    key = hmac_sha256(bytes_of(key), {}, step);
  Digest result = hmac_sha256(bytes_of(key), {}, text);
  explicit_bzero(key.data(), key.size());
  return hex(result);
}

/// Does a field, its name in lower case, arrive as it was given? The transport writes some itself, and what stands
/// between it and the service rewrites others.
bool arrives(std::string_view name) {
  constexpr std::array<std::string_view, 6> changing{"connection", "content-length", "expect",
                                                     "host",       "user-agent",     "x-amzn-trace-id"};
  return std::ranges::find(changing, name) == changing.end();
}

/// Names in lower case, sorted; fields of one name keep their order.
Pairs sorted_headers(Pairs headers) {
  Pairs sorted;
  sorted.reserve(headers.size());
  for (auto& [name, value] : headers) {
    name = lower(name);
    auto place = std::ranges::upper_bound(sorted, name, {}, &Pairs::value_type::first);
    sorted.emplace(place, std::move(name), std::move(value));
  }
  return sorted;
}

Pairs query_pairs(std::string_view query) {
  Pairs pairs;
  while (!query.empty()) {
    auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    if (part.empty()) continue;
    auto name = part.substr(0, part.find('='));
    auto value = part.substr(std::min(name.size() + 1, part.size()));
    pairs.emplace_back(percent_decode(name).value_or(std::string(name)),
                       percent_decode(value).value_or(std::string(value)));
  }
  return pairs;
}

}  // namespace

std::string sha256_hex(std::string_view bytes) { return hex(Sha256().add(bytes).finish()); }

std::string canonical_request(CanonicalInput const& input) {
  return assemble(input.method, input.path, canonical_query(input.query), input.headers, input.payload_hash);
}

std::string string_to_sign(std::string_view canonical_request, SigningScope const& scope) {
  return text_to_sign(canonical_request, Stamp(scope));
}

std::string signature(std::string_view string_to_sign, std::string_view secret_access_key, SigningScope const& scope) {
  return sign_text(string_to_sign, secret_access_key, scope, Stamp(scope).date());
}

void sign(net::Request& request, Credentials const& credentials, SigningScope const& scope) {
  Stamp stamp(scope);
  request.headers.remove("Authorization");
  request.headers.set("X-Amz-Date", stamp.time);
  if (!credentials.session_token.empty())
    request.headers.set("X-Amz-Security-Token", std::string(credentials.session_token.reveal()));

  Pairs headers;
  std::ranges::copy_if(request.headers, std::back_inserter(headers),
                       [](auto const& field) { return arrives(lower(field.first)); });
  headers.emplace_back("host", request.url.authority());
  headers = sorted_headers(std::move(headers));
  auto canonical = assemble(request.method, request.url.path, canonical_query(query_pairs(request.url.query)), headers,
                            sha256_hex(request.body));

  std::string authorization(kAlgorithm);
  authorization.append(" Credential=").append(credentials.access_key_id).append("/").append(stamp.reach);
  authorization.append(", SignedHeaders=").append(signed_names(headers)).append(", Signature=");
  authorization.append(
      sign_text(text_to_sign(canonical, stamp), credentials.secret_access_key.reveal(), scope, stamp.date()));
  request.headers.set("Authorization", std::move(authorization));
}

std::string presign(net::Url const& url, Pairs const& query, Pairs const& signed_headers,
                    Credentials const& credentials, SigningScope const& scope, std::chrono::seconds expires) {
  Stamp stamp(scope);
  Pairs headers = signed_headers;
  headers.emplace_back("host", url.authority());
  headers = sorted_headers(std::move(headers));

  Pairs all = query_pairs(url.query);
  all.reserve(all.size() + query.size() + 6);
  all.insert(all.end(), query.begin(), query.end());
  all.emplace_back("X-Amz-Algorithm", kAlgorithm);
  all.emplace_back("X-Amz-Credential", credentials.access_key_id + "/" + stamp.reach);
  all.emplace_back("X-Amz-Date", stamp.time);
  all.emplace_back("X-Amz-Expires", std::to_string(expires.count()));
  if (!credentials.session_token.empty()) all.emplace_back("X-Amz-Security-Token", credentials.session_token.reveal());
  all.emplace_back("X-Amz-SignedHeaders", signed_names(headers));

  auto canonical = canonical_query(all);
  auto text = text_to_sign(assemble("GET", url.path, canonical, headers, kHashOfNothing), stamp);
  auto out = url.scheme + "://" + url.authority() + url.path + "?" + canonical + "&X-Amz-Signature=";
  return out + sign_text(text, credentials.secret_access_key.reveal(), scope, stamp.date());
}

}  // namespace keks::aws
