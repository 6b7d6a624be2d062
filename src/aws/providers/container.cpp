#include <keks/base/encoding.hpp>

#include <arpa/inet.h>

#include <array>

#include "aws/providers/http_json.hpp"
#include "aws/providers/provider.hpp"
#include "base/file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

constexpr std::string_view kRelative = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr std::string_view kFull = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr std::string_view kTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
constexpr std::string_view kToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr std::string_view kEcsHost = "169.254.170.2";
constexpr std::size_t kMaxToken = 64 * 1024;

using Ipv6 = std::array<unsigned char, 16>;
constexpr Ipv6 kLoopback{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
constexpr Ipv6 kPodIdentity{0xfd, 0x00, 0x0e, 0xc2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x23};

/// Hosts that may be asked without TLS: this machine, ECS, EKS Pod Identity. By the text alone, as a name may resolve
/// to another address when it is dialled than when it was checked.
bool is_near(std::string const& host) {
  std::array<unsigned char, 4> v4{};
  Ipv6 v6{};
  if (::inet_pton(AF_INET, host.c_str(), v4.data()) == 1)
    return v4[0] == 127 || host == kEcsHost || host == "169.254.170.23";
  if (::inet_pton(AF_INET6, host.c_str(), v6.data()) == 1) return v6 == kLoopback || v6 == kPodIdentity;
  return host == "localhost";
}

Error unusable(std::string_view variable, std::string_view why) {
  return {Code::InvalidArgument, format("{} cannot be used: {} Correct it.", variable, why)};
}

Result<net::Url> relative_url(std::string const& path) {
  // Glued to the host, a text without the slash would name another one: "@evil.example/".
  if (!path.starts_with('/')) return fail(unusable(kRelative, "it does not begin with a slash."));
  auto url = net::Url::parse(format("http://{}{}", kEcsHost, path));
  if (!url) return fail(unusable(kRelative, url.error().message() + "."));
  return url;
}

Result<net::Url> full_url(std::string const& text) {
  auto url = net::Url::parse(text);
  if (!url) return fail(unusable(kFull, url.error().message() + "."));
  if (!url->is_tls() && !is_near(url->host))
    return fail(unusable(kFull, format("{} is asked for keys without TLS, which only loopback addresses, localhost and "
                                       "the addresses of ECS and EKS Pod Identity are.",
                                       url->host.substr(0, 200))));
  return url;
}

/// Whoever writes a token to a file with an editor or `echo` leaves a line end behind it.
std::string without_line_end(std::string text) {
  if (!text.ends_with('\n')) return text;
  text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

class Container final : public CredentialsProvider {
 public:
  Container(SharedSources sources, net::Url url) : sources_(std::move(sources)), url_(std::move(url)) {}

  Result<Credentials> get(Deadline const& deadline) override {
    KEKS_TRY(auto token, authorization());
    net::Request request{.url = url_, .headers = {{"Accept", "application/json"}}, .body = {}};
    if (!token.empty()) request.headers.add("Authorization", std::string(token.reveal()));
    Asked endpoint{sources_->transport(), sources_->clock, "The container credentials endpoint"};
    KEKS_TRY(auto reply, ask(endpoint, request, deadline));
    if (!reply.is_ok())
      return fail(refusal(endpoint, reply, {token}, "Check the role of this task or pod, and its agent."));
    KEKS_TRY(auto object, json_of(endpoint, reply));
    KEKS_TRY(auto keys, read_keys(object, kMetadataKeys, endpoint.what, sources_->clock.wall()));
    keys.source = "container";
    return keys;
  }

 private:
  /// Read anew each time, as the kubelet replaces the file.
  Result<Secret> authorization() const {
    auto file = sources_->environment().get(kTokenFile);
    auto text = file ? read_file(*file, kMaxToken) : sources_->environment().get(kToken).value_or("");
    if (!text)
      return fail(text.error()
                      .with_code(Code::CredentialSourceFailed)
                      .with_message(format("The token of {} cannot be read: {}", kTokenFile, text.error().message())));
    Secret token(file ? without_line_end(*std::move(text)) : *std::move(text));
    if (is_header_value(token.reveal())) return token;
    return fail(Code::CredentialSourceFailed,
                format("The token of {} has a line feed or another control character in it. Correct it.",
                       file ? kTokenFile : kToken));
  }

  SharedSources sources_;
  net::Url url_;
};

}  // namespace

Offer offer_container(SharedSources const& sources) {
  auto const& env = sources->environment();
  auto relative = env.get(kRelative), full = env.get(kFull);
  if (!relative && !full) return fail(Code::NoCredentials, format("neither {} nor {} is set", kRelative, kFull));
  KEKS_TRY(auto url, relative ? relative_url(*relative) : full_url(*full));
  auto what = format("{} {}", relative ? kRelative : kFull, url.authority());
  return Configured{std::make_shared<Container>(sources, std::move(url)), std::move(what)};
}

}  // namespace keks::aws
