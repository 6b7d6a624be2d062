#include "apps/keks/cache_entry.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>
#include <keks/base/time.hpp>

#include <boost/json.hpp>

#include "aws/sha256.hpp"
#include "base/format.hpp"
#include "base/json_text.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

constexpr std::size_t kMaxEntry = 256 * 1024;
constexpr int kVersion = 1;

/// Exactly these members, each a text.
Result<void> check_members(boost::json::object const& object, std::initializer_list<std::string_view> names) {
  for (auto name : names) {
    auto const* value = object.if_contains(name);
    if (!value || !value->is_string()) return fail(Code::ConfigMalformed, format("it has no text named {}", name));
  }
  if (object.size() != names.size() + 1) return fail(Code::ConfigMalformed, "it has members that it should not have");
  return {};
}

Result<WallTime> end_of(boost::json::object const& object) {
  auto end = parse_rfc3339(text_of(object, "expiration"));
  if (!end) return fail(Code::ConfigMalformed, "its expiration is no time");
  return *end;
}

Result<CacheEntry> read_credentials(boost::json::object const& object) {
  KEKS_CHECK(check_members(
      object, {"kind", "accessKeyId", "secretAccessKey", "sessionToken", "expiration", "source", "accountId"}));
  aws::Credentials out{std::string(text_of(object, "accessKeyId")),
                       Secret(std::string(text_of(object, "secretAccessKey"))),
                       Secret(std::string(text_of(object, "sessionToken"))),
                       {},
                       std::string(text_of(object, "source")),
                       std::string(text_of(object, "accountId"))};
  KEKS_TRY(out.expiration, end_of(object));
  if (out.access_key_id.empty() || out.secret_access_key.empty())
    return fail(Code::ConfigMalformed, "it has only half a key");
  return out;
}

Result<CacheEntry> read_token(boost::json::object const& object) {
  KEKS_CHECK(check_members(object, {"kind", "token", "expiration"}));
  iam::Token out{Secret(std::string(text_of(object, "token"))), {}};
  KEKS_TRY(out.expiration, end_of(object));
  if (!out.text.reveal().starts_with("k8s-aws-v1.")) return fail(Code::ConfigMalformed, "its token is none");
  return out;
}

std::string written(aws::Credentials const& c) {
  return format(R"("kind":"credentials","accessKeyId":{},"secretAccessKey":{},"sessionToken":{},"expiration":"{}",)"
                R"("source":{},"accountId":{})",
                json_quote(c.access_key_id), json_quote(c.secret_access_key.reveal()),
                json_quote(c.session_token.reveal()), format_rfc3339(c.expiration.value_or(WallTime{})),
                json_quote(c.source), json_quote(c.account_id));
}

std::string written(iam::Token const& t) {
  return format(R"("kind":"token","token":{},"expiration":"{}")", json_quote(t.text.reveal()),
                format_rfc3339(t.expiration));
}

/// The variables that say where to ask, not who asks.
bool is_no_identity(std::string_view name) {
  return name == "AWS_REGION" || name == "AWS_DEFAULT_REGION" || name.starts_with("AWS_IAM_AUTHENTICATOR_");
}

class Parts {
 public:
  void add(std::string_view part) { hash_.add(std::to_string(part.size())).add(":").add(part); }
  std::string finish() { return hex(hash_.finish()); }

 private:
  aws::Sha256 hash_;
};

}  // namespace

std::optional<WallTime> expiration_of(CacheEntry const& entry) {
  if (auto const* token = std::get_if<iam::Token>(&entry)) return token->expiration;
  return std::get<aws::Credentials>(entry).expiration;
}

Secret write_cache_entry(CacheEntry const& entry) {
  Secret members(std::visit([](auto const& kind) { return written(kind); }, entry));
  return Secret(format("{{\"version\":{},{}}}\n", kVersion, members.reveal()));
}

Result<CacheEntry> read_cache_entry(std::string_view text) {
  if (text.size() > kMaxEntry) return fail(Code::ConfigMalformed, "it is larger than 256 KiB");
  auto json = parse_json(text);
  if (!json || !json->is_object()) return fail(Code::ConfigMalformed, "it is no JSON object");
  auto const& object = json->get_object();
  auto const* version = object.if_contains("version");
  if (!version || !version->is_int64() || version->get_int64() != kVersion)
    return fail(Code::ConfigMalformed, "it is of another version");
  auto kind = text_of(object, "kind");
  if (kind == "credentials") return read_credentials(object);
  if (kind == "token") return read_token(object);
  return fail(Code::ConfigMalformed, "it is neither credentials nor a token");
}

std::string cache_key(std::initializer_list<std::string_view> parts) {
  Parts out;
  // Versions of keks that write different entries keep different files.
  out.add(std::to_string(kVersion));
  for (auto part : parts) out.add(part);
  return out.finish();
}

std::string fingerprint(IdentitySource const& source) {
  Parts out;
  for (auto const& [name, value] : source.environment.variables()) {
    bool counts = name == "HOME" || (name.starts_with("AWS_") && !is_no_identity(name));
    if (!counts || value.empty()) continue;
    out.add(name);
    out.add(value);
  }
  for (std::string_view part : {std::string_view("."), std::string_view(source.profile), std::string_view(source.files),
                                std::string_view(source.sign_ins), std::string_view(source.host)})
    out.add(part);
  return out.finish();
}

}  // namespace keks::cli
