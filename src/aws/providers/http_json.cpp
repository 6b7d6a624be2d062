#include "aws/providers/http_json.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>
#include <keks/base/time.hpp>

#include <algorithm>
#include <boost/json.hpp>

#include "base/format.hpp"
#include "base/redact.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;
namespace json = boost::json;

constexpr std::size_t kMaxReply = 64 * 1024;
constexpr std::size_t kMaxQuoted = 200;  // of a refusal's code and of its message, bytes

Result<HttpReply> ask_once(Asked const& asked, net::Request const& request, Deadline const& deadline) {
  KEKS_TRY(auto response, asked.transport.send(request, deadline));
  KEKS_TRY(auto body, net::collect(response, kMaxReply, deadline));
  return HttpReply{response.status, Secret(std::move(body))};
}

bool may_pass(Result<HttpReply> const& got) {
  if (!got) return got.error().code() != Code::ReplyTooLarge && got.error().code() != Code::InvalidArgument;
  return got->status == 429 || got->status >= 500;
}

bool is_callers(Deadline const& deadline) { return deadline.stopped() || deadline.expired(); }

Error no_reply(Asked const& asked, net::Url const& url, Error const& error, Deadline const& deadline) {
  if (is_callers(deadline))
    return error.with_code(deadline.stopped() ? Code::Cancelled : Code::DeadlineExceeded)
        .with_message(format("{} at {} did not answer before the {}. Check that it runs and can be reached.",
                             asked.what, url.authority(), deadline.stopped() ? "call was called off" : "deadline"));
  if (error.code() == Code::ReplyTooLarge)
    return error.with_message(
        format("{} at {} sent more than {} KiB, which is no credentials. Check what answers there.", asked.what,
               url.host, kMaxReply / 1024));
  auto why = error.is_timeout() ? format("no answer within {} ms", asked.tries.timeout.count()) : error.message();
  return error.with_code(Code::CredentialSourceFailed)
      .with_message(format("{} at {} did not answer: {}. Check that it runs and can be reached.", asked.what,
                           url.authority(), escape_controls(why, kMaxQuoted)));
}

Error lacks(std::string_view what, std::string_view reason) {
  return {Code::CredentialSourceFailed,
          format("{} answered with something that is no credentials: {}. Check what answers there.", what, reason)};
}

/// A time in milliseconds since 1970, which may be written as `4070908800000.0`.
Result<std::optional<WallTime>> milliseconds_of(json::value const& number) {
  constexpr auto latest = duration_cast<milliseconds>(WallTime::max().time_since_epoch()).count();
  boost::system::error_code not_whole;
  auto count = number.to_number<std::int64_t>(not_whole);
  if (not_whole || count < 0 || count > latest) return fail(Code::ReplyWrongShape, "it is out of range");
  return WallTime(milliseconds(count));
}

/// The expiry, if the object has one.
Result<std::optional<WallTime>> expiry_of(json::object const& object, std::string_view name) {
  auto const* found = object.if_contains(name);
  if (!found || found->is_null()) return std::nullopt;
  if (found->is_number()) return milliseconds_of(*found);
  auto const* text = found->if_string();
  if (!text) return fail(Code::ReplyWrongShape, "it is neither a text nor a number");
  KEKS_TRY(auto time, parse_rfc3339(*text));
  return time;
}

}  // namespace

bool is_header_value(std::string_view text) {
  return std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

Result<HttpReply> ask(Asked const& asked, net::Request const& request, Deadline const& deadline) {
  for (int tried = 1;; ++tried) {
    auto got = ask_once(asked, request, deadline.at_most(asked.tries.timeout));
    bool again = may_pass(got) && !is_callers(deadline) && tried < asked.tries.count &&
                 asked.clock.sleep(asked.tries.pause, deadline);
    if (again) continue;
    if (!got) return fail(no_reply(asked, request.url, got.error(), deadline));
    return got;
  }
}

Result<json::object> json_of(Asked const& asked, HttpReply const& reply) {
  auto parsed = parse_json(reply.body.reveal());
  if (!parsed) return fail(lacks(asked.what, "it is not JSON"));
  if (!parsed->is_object()) return fail(lacks(asked.what, "it is no JSON object"));
  return std::move(parsed->get_object());
}

std::string words_of(HttpReply const& reply, Secrets const& secrets) {
  auto parsed = parse_json(reply.body.reveal());
  if (!parsed || !parsed->is_object()) return {};
  auto const& object = parsed->get_object();
  auto first = [&](std::initializer_list<std::string_view> names) {
    std::string text;
    for (auto name : names)
      if (text.empty()) text = text_of(object, name);
    for (auto const& secret : secrets) text = without(secret.reveal(), text);
    return escape_controls(text, kMaxQuoted);
  };
  auto code = first({"error", "Code", "code", "__type"});
  auto message = first({"error_description", "Message", "message"});
  if (code.empty() && message.empty()) return {};
  return format(" ({}{}{})", code, code.empty() || message.empty() ? "" : ": ", message);
}

Error refusal(Asked const& asked, HttpReply const& reply, Secrets const& secrets, std::string_view advice) {
  return Error(Code::CredentialSourceFailed,
               format("{} refused with HTTP {}{}. {}", asked.what, reply.status, words_of(reply, secrets), advice))
      .with_http_status(reply.status);
}

Result<Credentials> read_keys(json::object const& object, KeyNames const& names, std::string_view what, WallTime now) {
  for (auto name : {names.id, names.secret, names.token})
    if (text_of(object, name).empty()) return fail(lacks(what, format("{} is missing", name)));
  auto expiration = expiry_of(object, names.expiration);
  if (!expiration) return fail(lacks(what, format("{} is no time", names.expiration)));
  if (*expiration && **expiration <= now)
    return fail(Code::CredentialSourceFailed, format("{} gave credentials that ended at {}. Check its clock and that "
                                                     "of this machine.",
                                                     what, format_rfc3339(**expiration)));
  return Credentials{std::string(text_of(object, names.id)),
                     Secret(std::string(text_of(object, names.secret))),
                     Secret(std::string(text_of(object, names.token))),
                     *expiration,
                     std::string(what),
                     std::string(text_of(object, names.account))};
}

}  // namespace keks::aws
