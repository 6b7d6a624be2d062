#include "sandbox/status.hpp"

#include <keks/base/json.hpp>

#include "base/format.hpp"
#include "sandbox/crypto.hpp"

namespace keks::sandbox {
namespace {

std::string_view reason_of(int code) {
  switch (code) {
    case 400:
      return "BadRequest";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "NotFound";
    case 405:
      return "MethodNotAllowed";
    case 406:
      return "NotAcceptable";
    case 409:
      return "Conflict";
    case 410:
      return "Expired";
    case 413:
      return "RequestEntityTooLarge";
    case 422:
      return "Invalid";
    case 429:
      return "TooManyRequests";
    case 503:
      return "ServiceUnavailable";
    case 504:
      return "Timeout";
    default:
      return code >= 500 ? "InternalError" : "";
  }
}

/// The API server adds `details` to these codes even when they hold nothing.
std::string details_text(int code, StatusDetails const& details) {
  std::string text;
  auto member = [&](std::string_view name, std::string const& value) {
    text += format("{}\"{}\":{}", text.empty() ? "" : ",", name, value);
  };
  if (!details.name.empty()) member("name", json_quote(details.name));
  if (!details.kind.empty()) member("kind", json_quote(details.kind));
  if (details.retry_after_seconds) member("retryAfterSeconds", std::to_string(details.retry_after_seconds));
  bool always = code >= 403 && code <= 406;
  return text.empty() && !always ? "" : format("\"details\":{{{}}},", text);
}

}  // namespace

Reply json_reply(int status, std::string body) {
  return {.status = status,
          .headers = {{"Audit-Id", random_uuid()},
                      {"Cache-Control", "no-cache, private"},
                      {"Content-Type", "application/json"}},
          .body = std::move(body),
          .stream = {}};
}

Reply status_reply(int code, std::string_view message, StatusDetails const& details) {
  auto metadata = details.continue_token.empty() ? "" : format("\"continue\":{}", json_quote(details.continue_token));
  return json_reply(code, format(R"({{"kind":"Status","apiVersion":"v1","metadata":{{{}}},"status":"Failure",)"
                                 R"("message":{},"reason":"{}",{}"code":{}}})",
                                 metadata, json_quote(message), reason_of(code), details_text(code, details), code) +
                              "\n");
}

}  // namespace keks::sandbox
