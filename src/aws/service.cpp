#include "aws/service.hpp"

#include <keks/aws/sigv4.hpp>
#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/format.hpp"
#include "base/redact.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;
using Next = Failure::Next;

constexpr std::size_t kMaxReply = 1 << 20;
constexpr std::size_t kMaxQuoted = 600;  // of a service's message, bytes
constexpr minutes kTolerance{5};         // AWS takes a clock to be right up to here

template <std::size_t N>
bool is_one_of(std::string_view code, std::array<std::string_view, N> const& codes) {
  return std::ranges::find(codes, code) != codes.end();
}

// The SDKs' lists; codes are case-sensitive.
constexpr std::array<std::string_view, 14> kThrottling{"Throttling",
                                                       "ThrottlingException",
                                                       "ThrottledException",
                                                       "RequestThrottled",
                                                       "RequestThrottledException",
                                                       "TooManyRequestsException",
                                                       "ProvisionedThroughputExceededException",
                                                       "TransactionInProgressException",
                                                       "RequestLimitExceeded",
                                                       "BandwidthLimitExceeded",
                                                       "LimitExceededException",
                                                       "SlowDown",
                                                       "PriorRequestNotComplete",
                                                       "EC2ThrottledException"};
constexpr std::array<std::string_view, 3> kTransient{"RequestTimeout", "RequestTimeoutException",
                                                     "IDPCommunicationError"};
constexpr std::array<std::string_view, 2> kExpired{"ExpiredToken", "ExpiredTokenException"};
constexpr std::array<std::string_view, 4> kSkewed{"RequestTimeTooSkewed", "InvalidSignatureException",
                                                  "SignatureDoesNotMatch", "AuthFailure"};
constexpr std::array<std::string_view, 9> kUnknownCaller{"InvalidClientTokenId",
                                                         "UnrecognizedClientException",
                                                         "InvalidAccessKeyId",
                                                         "IncompleteSignature",
                                                         "IncompleteSignatureException",
                                                         "MissingAuthenticationToken",
                                                         "MissingAuthenticationTokenException",
                                                         "RequestExpired",
                                                         "RequestInTheFuture"};

bool is_server_failure(int status) { return status == 500 || (status >= 502 && status <= 504); }

Code code_of(std::string_view code, int status) {
  if (status == 429 || is_one_of(code, kThrottling)) return Code::AwsThrottled;
  if (is_one_of(code, kExpired)) return Code::CredentialsExpired;
  if (is_one_of(code, kSkewed) || is_one_of(code, kUnknownCaller)) return Code::CredentialsRefused;
  return Code::AwsRefused;
}

Next next_of(std::string_view code, int status) {
  if (status == 429 || is_one_of(code, kThrottling)) return Next::RetryLater;
  return is_server_failure(status) || is_one_of(code, kTransient) ? Next::RetrySoon : Next::GiveUp;
}

/// A service's words for an error message, without the secrets of the call. Refused signatures come with the whole
/// canonical request, session token included.
class Quote {
 public:
  Quote(Operation const& operation, Credentials const& credentials) : secrets_(operation.secrets) {
    secrets_.push_back(credentials.session_token);
    secrets_.push_back(credentials.secret_access_key);
  }
  std::string operator()(std::string text) const {
    for (auto const& secret : secrets_) {
      text = without(secret.reveal(), text);
      text = without(percent_encode(secret.reveal()), text);
    }
    while (text.ends_with('.') || text.ends_with('\n') || text.ends_with(' ')) text.pop_back();
    return text.size() > kMaxQuoted ? text.substr(0, kMaxQuoted) + "..." : text;
  }

 private:
  std::vector<Secret> secrets_;
};

KnownRefusal const* find(Operation const& operation, std::string_view aws_code) {
  auto found = std::ranges::find(operation.known, aws_code, &KnownRefusal::aws_code);
  return found == operation.known.end() ? nullptr : &*found;
}

std::string origin(Credentials const& credentials) {
  return credentials.source.empty() ? "" : format(" They came from: {}.", credentials.source);
}

std::string doubt(Credentials const& credentials, std::optional<seconds> skew) {
  if (!skew || abs(*skew) <= kTolerance)
    return "Check key id, secret and session token of the credentials." + origin(credentials);
  auto off = duration_cast<minutes>(abs(*skew)).count();
  return format("The clock of this machine is {} minutes {} AWS: set it right.", off,
                *skew > seconds(0) ? "behind" : "ahead of");
}

std::optional<milliseconds> asked_wait(net::Headers const& headers) {
  auto text = headers.get("x-amz-retry-after");
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return milliseconds(value);
}

/// No reply, for a reason that may pass.
bool is_transient(Code code) {
  switch (code) {
    case Code::NameNotResolved:
    case Code::ConnectTimedOut:
    case Code::ConnectFailed:
    case Code::TlsFailed:
    case Code::ConnectionLost:
    case Code::ReplyTruncated:
    case Code::ReplyMalformed:
    case Code::DeadlineExceeded:
      return true;
    default:
      return false;
  }
}

bool is_unreachable(Code code) {
  return is_transient(code) || code == Code::TlsUntrusted || code == Code::TlsWrongName;
}

}  // namespace

std::optional<milliseconds> next_wait(net::RetryPolicy const& policy, int attempt, Failure const& failure,
                                      double random) {
  constexpr double least_when_throttled = 1000;
  constexpr milliseconds most_over_own{5000};
  if (failure.next == Next::GiveUp || attempt >= policy.max_attempts) return std::nullopt;
  double first = static_cast<double>(policy.first_delay.count());
  if (failure.next == Next::RetryLater) first = std::max(first, least_when_throttled);
  double most = std::min(first * std::pow(policy.factor, attempt - 1), static_cast<double>(policy.max_delay.count()));
  milliseconds own(static_cast<std::int64_t>(most * random));
  return failure.asked_wait ? std::clamp(*failure.asked_wait, own, own + most_over_own) : own;
}

net::Request Service::request(std::string method, std::string_view path) const {
  net::Request request;
  request.method = std::move(method);
  request.url = options_.endpoint.url;
  auto& base = request.url.path;
  while (base.ends_with('/')) base.pop_back();
  base += path;
  request.replay = net::Request::Replay::Yes;
  return request;
}

Result<Secret> Service::call(Operation const& operation, net::Request const& request, Deadline const& deadline) {
  KEKS_TRY(auto answer, ask(operation, request, deadline));
  return std::move(answer.body);
}

Result<Answer> Service::ask(Operation const& operation, net::Request const& request, Deadline const& deadline) {
  KEKS_TRY(auto credentials, operation.is_signed ? options_.credentials->get(deadline) : Credentials());
  for (int tried = 1;; ++tried) {
    auto outcome = attempt(operation, request, credentials, deadline);
    if (outcome) return *std::move(outcome);
    auto wait = next_wait(options_.retry, tried, outcome.error(), net::random_unit());
    if (wait && options_.clock.sleep(*wait, deadline)) continue;
    auto const& error = outcome.error().error;
    bool are_no_good = error.code() == Code::CredentialsExpired || error.code() == Code::CredentialsRefused;
    if (are_no_good && operation.is_signed) options_.credentials->invalidate();
    return fail(error);
  }
}

Service::Outcome Service::attempt(Operation const& operation, net::Request request, Credentials const& credentials,
                                  Deadline const& deadline) {
  if (operation.is_signed)
    sign(request, credentials, {options_.endpoint.signing_region, std::string(protocol_.name), now()});
  auto limit = deadline.at_most(options_.attempt_timeout);
  auto response = options_.transport.send(request, limit);
  if (!response) return std::unexpected(lost(operation, response.error(), deadline));
  auto body = net::collect(*response, kMaxReply, limit);
  if (!body) return std::unexpected(lost(operation, body.error(), deadline));
  Secret kept(*std::move(body));
  if (response->status >= 200 && response->status < 300) return Answer{std::move(kept), skew_of(response->headers)};
  return std::unexpected(refused(operation, *response, kept.reveal(), credentials));
}

Failure Service::lost(Operation const& operation, Error const& error, Deadline const& deadline) const {
  auto const& host = options_.endpoint.url.host;
  bool called_off = deadline.stopped() || deadline.expired();
  bool may_pass = is_transient(error.code()) && !called_off;
  auto told = error.with_operation(format("{}:{}", protocol_.name, operation.name)).with_host(host);
  if (is_unreachable(error.code()) && !(called_off && error.code() == Code::DeadlineExceeded))
    told = told.with_code(protocol_.unreachable)
               .with_message(format("No usable reply from {} ({}) to {}: {}. Check the route, the endpoint and its "
                                    "security group.",
                                    protocol_.display_name, host, operation.name, error.message()));
  else if (error.code() == Code::ReplyTooLarge)
    told = wrong_reply(error.code(), operation.name, error.message()).with_http_status(error.http_status());
  else
    told = told.with_message(format("{} {} at {}: {}", protocol_.display_name, operation.name, host, error.message()));
  return {std::move(told), may_pass ? Next::RetrySoon : Next::GiveUp};
}

Failure Service::refused(Operation const& operation, net::Response const& response, std::string_view body,
                         Credentials const& credentials) {
  auto refusal = protocol_.read_refusal(response.headers, body);
  auto skew = skew_of(response.headers);
  auto next = next_of(refusal.code, response.status);
  if (is_one_of(refusal.code, kSkewed) && correct_clock(skew)) next = Next::RetrySoon;

  Quote quotable(operation, credentials);
  auto const* known = find(operation, refusal.code);
  auto code = known ? known->code : code_of(refusal.code, response.status);
  auto said = refusal.code.empty() ? format("HTTP {}", response.status) : quotable(refusal.code);
  if (!refusal.message.empty()) said += ": " + quotable(refusal.message);
  auto error = Error(code, format("{} refused {}: {}. {}", protocol_.display_name, operation.name, said,
                                  known ? known->advice : advice(operation, code, response.status, credentials, skew)))
                   .with_operation(format("{}:{}", protocol_.name, operation.name))
                   .with_host(options_.endpoint.url.host)
                   .with_http_status(response.status)
                   .with_aws(quotable(refusal.code), quotable(refusal.request_id));
  return {std::move(error), next, asked_wait(response.headers)};
}

std::string Service::advice(Operation const& operation, Code code, int status, Credentials const& credentials,
                            std::optional<seconds> skew) const {
  if (code == Code::AwsThrottled) return "That was the answer to every attempt: call less often, or later.";
  if (code == Code::CredentialsExpired) return "Get new credentials." + origin(credentials);
  if (code == Code::CredentialsRefused) return doubt(credentials, skew);
  if (status >= 500) return "Try again later.";
  if (status < 400)
    return format("AWS sends nobody elsewhere: see what answers at {} in its place.", options_.endpoint.url.host);
  return format(
      "If the caller may not do this, allow {}:{} in its policy; else see the code in the service's API "
      "reference.",
      protocol_.name, operation.name);
}

std::optional<seconds> Service::skew_of(net::Headers const& headers) const {
  auto date = parse_http_date(headers.get("Date"));
  if (!date) return std::nullopt;
  return duration_cast<seconds>(*date - options_.clock.wall());
}

/// Whether the next attempt will carry another time than the one that was refused.
bool Service::correct_clock(std::optional<seconds> skew) {
  if (!skew || abs(*skew - seconds(skew_.load())) <= kTolerance) return false;
  skew_ = skew->count();
  return true;
}

Error Service::wrong_reply(Code code, std::string_view operation, std::string_view reason) const {
  return Error(code,
               format("The reply of {} ({}) to {} is not what it should be: {}. Is that endpoint {}?",
                      protocol_.display_name, options_.endpoint.url.host, operation, reason, protocol_.display_name))
      .with_operation(format("{}:{}", protocol_.name, operation))
      .with_host(options_.endpoint.url.host)
      .with_http_status(200);
}

}  // namespace keks::aws
