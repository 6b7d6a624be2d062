#include <keks/net/url.hpp>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/format.hpp"

namespace keks::net {
namespace {

constexpr std::size_t kMaxUrl = 8192;

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  return out;
}

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

auto invalid(std::string_view text, std::string_view why) {
  return fail(Code::InvalidArgument, format("\"{}\" is no URL that keks can use: {}", text.substr(0, 200), why));
}

/// The text without what may be a password, for messages.
std::string_view without_user(std::string_view text) { return text.substr(0, text.find("//")); }

/// Why the parts cannot be used, or an empty view.
std::string_view objection(boost::urls::url_view const& parts) {
  if (parts.host().empty()) return "it names no host";
  if (parts.host_type() == boost::urls::host_type::ipvfuture) return "its host is an address of an unknown kind";
  if (parts.encoded_host().contains("%")) return "its host is percent-encoded or has a zone";
  if (parts.has_port() && !parts.port().empty() && parts.port_number() == 0) return "its port is not in 1..65535";
  if (parts.has_fragment()) return "it has a fragment";
  return {};
}

}  // namespace

Result<Url> Url::parse(std::string_view text) {
  if (text.size() > kMaxUrl) return invalid(text, format("it is longer than {} bytes", kMaxUrl));
  auto parsed = boost::urls::parse_uri(text);
  if (!parsed) return invalid(text, "it should look like https://host[:port][/path][?query]");
  auto const& parts = *parsed;
  Url url;
  url.scheme = lower(parts.scheme());
  if (url.scheme != "http" && url.scheme != "https") return invalid(text, "its scheme is neither http nor https");
  if (parts.has_userinfo()) return invalid(without_user(text), "it has a user name; credentials do not belong there");
  if (auto why = objection(parts); !why.empty()) return invalid(text, why);
  url.host = lower(parts.host_address());
  url.port = parts.port().empty() ? default_port(url.scheme) : parts.port_number();
  std::string_view path = parts.encoded_path();
  if (!path.empty()) url.path = path;
  url.query = parts.encoded_query();
  return url;
}

std::string Url::authority() const {
  std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == default_port(scheme) ? name : format("{}:{}", name, port);
}

std::string Url::origin() const {
  auto name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return format("{}://{}:{}", scheme, name, port);
}

std::string Url::text() const { return scheme + "://" + authority() + target(); }

}  // namespace keks::net
