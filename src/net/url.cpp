#include <keks/net/url.hpp>

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "base/ascii.hpp"
#include "base/format.hpp"

namespace keks::net {
namespace {

constexpr std::size_t kMaxUrl = 8192;

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

auto invalid(std::string_view text, std::string_view why) {
  // Passwords stand before an @, signatures behind a question mark.
  auto shown =
      text.find('@') == std::string_view::npos ? text.substr(0, text.find('?')) : text.substr(0, text.find(':'));
  return fail(Code::InvalidArgument, format("\"{}\" is no URL that keks can use: {}", shown.substr(0, 200), why));
}

/// 0 when it is no port. Boost.URL 1.81 takes numbers beyond 65,535 modulo 65,536.
std::uint16_t port_number(std::string_view digits) {
  std::uint16_t number = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() ? number : 0;
}

/// Why the parts cannot be used, or an empty view.
std::string_view objection(boost::urls::url_view const& parts) {
  if (parts.host().empty()) return "it names no host";
  if (parts.host_type() == boost::urls::host_type::ipvfuture) return "its host is an address of an unknown kind";
  if (parts.encoded_host().contains("%")) return "its host is percent-encoded or has a zone";
  // Boost 1.81 takes the rest of a bad port for the path.
  if (!parts.encoded_path().empty() && !parts.encoded_path().starts_with('/')) return "its port is no number";
  if (parts.has_port() && !parts.port().empty() && port_number(parts.port()) == 0) return "its port is not in 1..65535";
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
  if (parts.has_userinfo()) return invalid(text, "it has a user name; credentials do not belong there");
  if (auto why = objection(parts); !why.empty()) return invalid(text, why);
  url.host = lower(parts.host_address());
  url.port = parts.port().empty() ? default_port(url.scheme) : port_number(parts.port());
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
