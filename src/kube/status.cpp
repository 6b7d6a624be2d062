#include "kube/status.hpp"

#include <keks/base/time.hpp>
#include <keks/kube/codec.hpp>
#include <keks/kube/core_v1.hpp>
#include <keks/net/retry.hpp>

#include <algorithm>
#include <array>
#include <utility>

#include "base/format.hpp"
#include "kube/decoder.hpp"

namespace keks::kube {

template <>
Schema const SchemaOf<Status>::schema;

namespace {

constexpr std::size_t kKeptBody = 2'048;
constexpr std::chrono::minutes kTolerableSkew{5};

struct Known {
  std::string_view reason;
  Code code;
};
constexpr std::array<Known, 19> kReasons{{{"Unauthorized", Code::Unauthorized},
                                          {"Forbidden", Code::Forbidden},
                                          {"NotFound", Code::NotFound},
                                          {"AlreadyExists", Code::Conflict},
                                          {"Conflict", Code::Conflict},
                                          {"Gone", Code::Gone},
                                          {"Expired", Code::Gone},
                                          {"Invalid", Code::Invalid},
                                          {"BadRequest", Code::BadRequest},
                                          {"TooManyRequests", Code::TooManyRequests},
                                          {"ServerTimeout", Code::ServerError},
                                          {"Timeout", Code::ServerError},
                                          {"InternalError", Code::ServerError},
                                          {"ServiceUnavailable", Code::ServerError},
                                          {"StorageReadError", Code::ServerError},
                                          {"MethodNotAllowed", Code::UnexpectedStatus},
                                          {"NotAcceptable", Code::UnexpectedStatus},
                                          {"RequestEntityTooLarge", Code::UnexpectedStatus},
                                          {"UnsupportedMediaType", Code::UnexpectedStatus}}};

Code by_number(int code) {
  switch (code) {
    case 400:
      return Code::BadRequest;
    case 401:
      return Code::Unauthorized;
    case 403:
      return Code::Forbidden;
    case 404:
      return Code::NotFound;
    case 409:
      return Code::Conflict;
    case 410:
      return Code::Gone;
    case 422:
      return Code::Invalid;
    case 429:
      return Code::TooManyRequests;
    default:
      return code >= 500 ? Code::ServerError : Code::UnexpectedStatus;
  }
}

Code classify(ApiStatus const& status, int http_status) {
  int code = status.code ? status.code : http_status;
  if (code == 429) return Code::TooManyRequests;
  auto known = std::ranges::find(kReasons, status.reason, &Known::reason);
  return known != kReasons.end() ? known->code : by_number(code);
}

/// The reason that the API server would have given.
std::string_view usual_reason(int http_status) {
  switch (http_status) {
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
    case 415:
      return "UnsupportedMediaType";
    case 422:
      return "Invalid";
    case 429:
      return "TooManyRequests";
    case 503:
      return "ServiceUnavailable";
    case 504:
      return "Timeout";
    default:
      return http_status >= 500 ? "InternalError" : "";
  }
}

ApiStatus made_up(Refusal const& refusal, Call const& call) {
  ApiStatus made;
  made.code = refusal.http_status;
  made.status = "Failure";
  made.reason = usual_reason(refusal.http_status);
  made.message = format("HTTP status {} without a Status object", refusal.http_status);
  made.kind = call.plural;
  made.has_details = true;
  made.causes.push_back({"UnexpectedServerResponse", refusal.body.substr(0, kKeptBody), ""});
  return made;
}

std::string minutes_text(std::chrono::seconds span) {
  auto minutes = std::chrono::duration_cast<std::chrono::minutes>(span).count();
  return minutes < 120 ? format("{} minutes", minutes) : format("{} hours", minutes / 60);
}

/// A sentence on the clocks, where they are too far apart for a token.
std::string skew(net::Headers const& headers, WallTime now) {
  auto date = parse_http_date(headers.get("Date"));
  if (!date) return {};
  auto ahead = std::chrono::duration_cast<std::chrono::seconds>(now - *date);
  if (std::chrono::abs(ahead) <= kTolerableSkew) return {};
  return format(" The clock here is {} {} the server's: set it right, tokens are valid for 15 minutes only.",
                minutes_text(std::chrono::abs(ahead)), ahead.count() > 0 ? "ahead of" : "behind");
}

/// `alice` of `User "alice" cannot list resource ...`.
std::string user_in(std::string_view message) {
  constexpr std::string_view mark = "User \"";
  auto begin = message.find(mark);
  if (begin == message.npos) return {};
  message.remove_prefix(begin + mark.size());
  auto end = message.find('"');
  return end == message.npos ? std::string() : std::string(message.substr(0, end));
}

/// The server's words, as the middle of a sentence.
std::string_view said(ApiStatus const& status) {
  std::string_view text = status.message;
  while (text.ends_with('.')) text.remove_suffix(1);
  return text;
}

std::string forbidden(ApiStatus const& status, Call const& call) {
  auto user = user_in(status.message);
  auto who = user.empty() ? std::string("this identity") : format("user \"{}\"", user);
  return format(
      "RBAC does not let {} {} {}: {}. Grant it with a Role or ClusterRole and a binding, or with an EKS access "
      "policy.",
      who, call.verb, call.plural, said(status));
}

std::string unauthorized(std::string const& advice, Refusal const& refusal, WallTime now) {
  auto what = advice.empty() ? std::string("Check that the token is valid and meant for this cluster.") : advice;
  return format("the API server does not accept the token. {}{}", what, skew(refusal.headers, now));
}

std::string explain(Code code, ApiStatus const& status, Refusal const& refusal, Call const& call,
                    std::string const& advice, WallTime now) {
  switch (code) {
    case Code::Unauthorized:
      return unauthorized(advice, refusal, now);
    case Code::Forbidden:
      return forbidden(status, call);
    case Code::Conflict:
      return format("conflict: {}. Read the object again and repeat the change.", said(status));
    case Code::Gone:
      return format("gone: {}. List again from the beginning.", said(status));
    case Code::TooManyRequests:
      return format("the API server asks for fewer requests: {}. Try again later.", said(status));
    case Code::ServerError:
      return format("the API server failed: {}. Try again later; if it stays, look at the cluster's health.",
                    said(status));
    case Code::BadRequest:
    case Code::Invalid:
      return format("the API server does not take the request: {}. Correct it.", said(status));
    case Code::NotFound:
      return format("not found: {}", said(status));
    default:
      return format("the server answered: {}. Check that {} is a Kubernetes API server.", said(status), call.host);
  }
}

std::optional<std::chrono::milliseconds> delay(Refusal const& refusal, ApiStatus const& status, WallTime now) {
  if (auto asked = net::parse_retry_after(refusal.headers.get("Retry-After"), now)) return asked;
  if (!status.retry_after_seconds || *status.retry_after_seconds <= 0) return std::nullopt;
  return std::chrono::seconds(std::min<std::int64_t>(*status.retry_after_seconds, 86'400));
}

ApiStatus convert(Status&& from) {
  ApiStatus to;
  to.code = from.code.value_or(0);
  to.status = std::move(from.status);
  to.reason = std::move(from.reason);
  to.message = std::move(from.message);
  to.continue_token = std::move(from.metadata.continue_);
  if (!from.details) return to;
  to.has_details = true;
  to.name = std::move(from.details->name);
  to.group = std::move(from.details->group);
  to.kind = std::move(from.details->kind);
  to.uid = std::move(from.details->uid);
  to.retry_after_seconds = from.details->retry_after_seconds;
  for (auto& cause : from.details->causes)
    to.causes.push_back({std::move(cause.reason), std::move(cause.message), std::move(cause.field)});
  return to;
}

}  // namespace

std::optional<ApiStatus> parse_status(std::string_view body) {
  Status status;
  Decoder decoder(Describe<Status>::type, &status, "Status");
  if (!decoder.feed(body) || !decoder.finish() || status.kind != "Status") return std::nullopt;
  return convert(std::move(status));
}

ApiStatus api_status(Refusal const& refusal, Call const& call) {
  auto status = parse_status(refusal.body);
  if (!status || status->status == "Success") return made_up(refusal, call);
  return *std::move(status);
}

Error to_error(Refusal const& refusal, Call const& call, std::string const& advice, WallTime now) {
  auto status = api_status(refusal, call);
  auto code = classify(status, refusal.http_status);
  auto message =
      format("{}: HTTP {}: {}", call.text(), refusal.http_status, explain(code, status, refusal, call, advice, now));
  auto error = Error(code, std::move(message)).with_operation(call.operation()).with_host(call.host);
  error = error.with_http_status(refusal.http_status);
  if (auto wait = delay(refusal, status, now)) error = error.with_retry_after(*wait);
  return error.with_status(std::move(status));
}

}  // namespace keks::kube
