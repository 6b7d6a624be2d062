#pragma once

#include <keks/net/server.hpp>

#include <expected>
#include <string>

#include "sandbox/lambda_events.hpp"
#include "sandbox/local_lambda.hpp"

namespace keks::sandbox {

/// A call of AWS's Invoke API, read.
/// Contract: https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
struct InvokeRequest {
  enum class Type { RequestResponse, Event, DryRun };
  std::string function;  ///< the bare name
  Type type = Type::RequestResponse;
  bool wants_log = false;
  InvokeInput input;
};

/// What AWS says instead: HTTP status, exception name, message.
struct Refusal {
  int status = 0;
  std::string type, message;
};

struct HttpReply {
  int status = 0;
  net::Headers headers;
  std::string body;
};

std::expected<InvokeRequest, Refusal> read_invoke(net::ServerRequest const& request);

/// The bare name and the qualifier in `name`, `name:qualifier`, `account:function:name...` or a whole ARN.
std::pair<std::string, std::string> split_function_name(std::string_view text);

Refusal unknown_function(std::string_view name, Place const& place);
HttpReply reply_with(Refusal const& refusal);
HttpReply reply_with(InvokeResult const& result, bool wants_log);

}  // namespace keks::sandbox
