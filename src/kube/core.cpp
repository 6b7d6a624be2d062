#include "kube/core.hpp"

#include "base/format.hpp"
#include "base/redact.hpp"
#include "base/try.hpp"

namespace keks::kube {
namespace {

constexpr std::size_t kMaxRefusal = 64 * 1024;

/// As much of a refusal's body as is worth reading; one that breaks off is as good as it is.
std::string read_some(net::Body& body, Deadline const& deadline) {
  std::string text;
  while (text.size() < kMaxRefusal) {
    auto piece = body.read(deadline);
    if (!piece || piece->empty()) break;
    text += piece->substr(0, kMaxRefusal - text.size());
  }
  return text;
}

bool is_worth_repeating(Error const& error) {
  return error.code() == Code::TooManyRequests || error.code() == Code::ServerError ||
         error.code() == Code::ConnectionLost;
}

}  // namespace

struct Client::Core::Sending {
  net::Request request;
  Call call;
  Deadline const& deadline;
  int attempts = 0;
};

Error interrupted(Error const& error, Call const& call, std::string const& interruption) {
  return error.with_message(format("{}: {} ({})", call.text(), error.message(), interruption))
      .with_operation(call.operation());
}

std::string without_token(std::string_view body, keks::Secret const& token) {
  constexpr std::string_view eks_prefix = "k8s-aws-v1.";
  constexpr std::size_t shortest = 8;  // anything shorter may be a part of any word
  auto text = token.reveal();
  if (text.size() < shortest) return std::string(body);
  auto rest = without(text, body);
  return text.starts_with(eks_prefix) ? without(text.substr(eks_prefix.size()), rest) : rest;
}

Error Client::Core::refused(net::Response& response, Sending const& sending, keks::Secret const& token) const {
  auto body = without_token(read_some(*response.body, sending.deadline), token);
  Refusal refusal{response.status, std::move(response.headers), std::move(body)};
  return to_error(refusal, sending.call, options.tokens->advice(), options.clock->wall());
}

Result<Client::Core::Reply> Client::Core::send_once(Sending& sending, keks::Secret const& token) const {
  if (!token.empty()) sending.request.headers.set("Authorization", format("Bearer {}", token.reveal()));
  auto response = options.transport->send(sending.request, sending.deadline);
  if (!response) {
    auto message = format("{}: {}", sending.call.text(), response.error().message());
    return fail(response.error().with_message(std::move(message)).with_operation(sending.call.operation()));
  }
  if (response->status >= 200 && response->status <= 206) return Reply{*std::move(response), token};
  return fail(refused(*response, sending, token));
}

Result<Client::Core::Reply> Client::Core::attempt(Sending& sending) const {
  ++sending.attempts;
  KEKS_TRY(auto token, options.tokens->token(sending.deadline));
  auto reply = send_once(sending, token);
  if (reply || !reply.error().is_unauthorized() || token.empty()) return reply;
  options.tokens->refused(token);
  KEKS_TRY(auto fresh, options.tokens->token(sending.deadline));
  return send_once(sending, fresh);
}

Result<Client::Core::Reply> Client::Core::send(net::Request request, Call call, Deadline const& deadline) const {
  call.host = options.server.authority();
  Sending sending{std::move(request), std::move(call), deadline};
  // The outer result is what is tried again, the inner one is final.
  auto outcome = net::with_retry(options.retry, *options.clock, deadline, [&]() -> Result<Result<Reply>> {
    auto reply = attempt(sending);
    if (!reply && is_worth_repeating(reply.error())) return fail(std::move(reply).error());
    return reply;
  });
  if (outcome) return *std::move(outcome);
  auto const& last = outcome.error();
  if (sending.attempts == 1) return fail(last);
  return fail(last.with_message(format("{} (tried {} times)", last.message(), sending.attempts)));
}

}  // namespace keks::kube
