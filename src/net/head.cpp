#include <keks/base/time.hpp>

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/format.hpp"
#include "base/try.hpp"
#include "net/codec.hpp"

namespace keks::net {
namespace {

bool is_token_char(char c) {
  return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) { return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char); }

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }
bool is_value_char(char c) { return c == '\t' || !is_control(c); }

/// The fields that only the transport writes.
bool is_ours(std::string_view name) {
  constexpr std::array<std::string_view, 4> ours{"Host", "Content-Length", "Connection", "User-Agent"};
  return std::any_of(ours.begin(), ours.end(), [&](auto own) { return iequals(own, name); });
}

Result<void> check_field(Headers::Field const& field) {
  auto const& [name, value] = field;
  if (!is_token(name)) return fail(Code::InvalidArgument, "a request field has a name that HTTP does not allow");
  if (!std::all_of(value.begin(), value.end(), is_value_char))
    return fail(Code::InvalidArgument, format("the value of field {} has a control character", name));
  if (iequals(name, "Transfer-Encoding"))
    return fail(Code::InvalidArgument, "Transfer-Encoding is not for callers to set");
  return {};
}

bool is_target_char(char c) { return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) < 0x7f; }

bool is_clean(std::string_view text) { return std::all_of(text.begin(), text.end(), is_target_char); }

Result<void> check_request(Request const& request, std::string const& target) {
  auto const& url = request.url;
  if (url.host.empty() || url.port == 0 || !is_clean(url.host) || (url.scheme != "http" && url.scheme != "https"))
    return fail(Code::InvalidArgument, "the request's URL was not made by Url::parse: scheme, host or port is wrong");
  if (!is_token(request.method)) return fail(Code::InvalidArgument, "the request's method is no HTTP token");
  if (!target.starts_with('/') || !is_clean(target))
    return fail(Code::InvalidArgument, "the request's path or query has a character that must be percent-encoded");
  for (auto const& field : request.headers) KEKS_CHECK(check_field(field));
  return {};
}

/// Methods whose requests have a body as a rule: a length is sent even when it is zero.
bool expects_body(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

/// The fields of a reply that say where it ends and what follows.
bool is_framing(std::string_view name) {
  return iequals(name, "Content-Length") || iequals(name, "Transfer-Encoding") || iequals(name, "Connection");
}

void add_field(std::string& head, std::string_view name, std::string_view value) {
  head.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

Result<std::string> request_head(Request const& request, std::string_view user_agent) {
  auto target = request.url.target();
  KEKS_CHECK(check_request(request, target));
  std::string head = request.method + " " + target + " HTTP/1.1\r\n";
  add_field(head, "Host", request.url.authority());
  add_field(head, "User-Agent", user_agent);
  for (auto const& [name, value] : request.headers)
    if (!is_ours(name)) add_field(head, name, value);
  if (!request.body.empty() || expects_body(request.method))
    add_field(head, "Content-Length", std::to_string(request.body.size()));
  return head += "\r\n";
}

std::string reply_head(int status, Headers const& headers, Framing framing, bool keep_alive) {
  std::string head = format("HTTP/1.1 {} {}\r\n", status, status_text(status));
  if (!headers.has("Date")) add_field(head, "Date", format_http_date(system_clock().wall()));
  for (auto const& [name, value] : headers)
    if (is_token(name) && !is_framing(name))
      add_field(head, name,
                std::string_view(value.begin(), std::find_if_not(value.begin(), value.end(), is_value_char)));
  if (framing.kind == Framing::Length) add_field(head, "Content-Length", std::to_string(framing.length));
  if (framing.kind == Framing::Chunked) add_field(head, "Transfer-Encoding", "chunked");
  if (!keep_alive) add_field(head, "Connection", "close");
  return head += "\r\n";
}

std::string chunk(std::string_view bytes) { return format("{:x}\r\n{}\r\n", bytes.size(), bytes); }

}  // namespace keks::net
