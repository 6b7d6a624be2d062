#include "sandbox/lambda_invoke.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>

#include <boost/json.hpp>

#include "base/format.hpp"
#include "base/try.hpp"
#include "sandbox/lambda_log.hpp"

namespace keks::sandbox {
namespace {

using Type = InvokeRequest::Type;
constexpr std::string_view kPrefix = "/2015-03-31/functions/";
constexpr std::string_view kSuffix = "/invocations";

std::unexpected<Refusal> refuse(int status, std::string type, std::string message) {
  return std::unexpected(Refusal{status, std::move(type), std::move(message)});
}

std::expected<std::string, Refusal> function_of(net::ServerRequest const& request) {
  auto path = request.path();
  if (request.method != "POST" || !path.starts_with(kPrefix) || !path.ends_with(kSuffix))
    return refuse(404, "UnknownOperationException", format("local Lambda has only POST {}NAME{}", kPrefix, kSuffix));
  auto name = percent_decode(path.substr(kPrefix.size(), path.size() - kPrefix.size() - kSuffix.size()));
  if (!name || name->empty()) return refuse(400, "ValidationException", "the function's name is malformed");
  return *std::move(name);
}

std::expected<Type, Refusal> type_of(std::string_view text) {
  if (text.empty() || text == "RequestResponse") return Type::RequestResponse;
  if (text == "Event") return Type::Event;
  if (text == "DryRun") return Type::DryRun;
  return refuse(400, "InvalidParameterValueException",
                "X-Amz-Invocation-Type must be RequestResponse, Event or DryRun");
}

std::expected<std::string, Refusal> body_of(net::ServerRequest const& request, Type type) {
  auto limit = type == Type::Event ? kMaxAsyncRequest : kMaxRequest;
  if (request.body.size() > limit)
    return refuse(413, "RequestTooLargeException",
                  format("{} byte payload is too large (limit {} bytes)", request.body.size(), limit));
  if (request.body.empty()) return "{}";
  if (auto json = parse_json(request.body); !json)
    return refuse(400, "InvalidRequestContentException",
                  format("Could not parse request body into json: {}", json.error().message()));
  return request.body;
}

/// Base64 of JSON; written anew, so that it fits on one line of a header.
std::expected<std::string, Refusal> client_context_of(std::string_view text) {
  if (text.empty()) return "";
  auto decoded = base64_decode(text);
  auto json = decoded ? parse_json(*decoded) : Result<Json>(fail(decoded.error()));
  if (!json) return refuse(400, "InvalidRequestContentException", "Client context must be base64 of valid JSON");
  return to_text(*json);
}

std::string query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    auto pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(query.size(), pair.size() + 1));
    if (pair.starts_with(name) && pair.substr(name.size()).starts_with('='))
      return percent_decode(pair.substr(name.size() + 1)).value_or("");
  }
  return "";
}

net::Headers common_headers() {
  return {{"Content-Type", "application/json"}, {"x-amzn-Remapped-Content-Length", "0"}};
}

}  // namespace

std::pair<std::string, std::string> split_function_name(std::string_view text) {
  constexpr std::string_view marker = "function:";
  if (auto at = text.find(marker); at != text.npos) text.remove_prefix(at + marker.size());
  auto colon = text.find(':');
  auto qualifier = colon == text.npos ? std::string_view() : text.substr(colon + 1);
  return {std::string(text.substr(0, colon)), std::string(qualifier)};
}

std::expected<InvokeRequest, Refusal> read_invoke(net::ServerRequest const& request) {
  auto const& headers = request.headers;
  InvokeRequest result;
  KEKS_TRY(auto name, function_of(request));
  std::tie(result.function, result.input.qualifier) = split_function_name(name);
  if (result.input.qualifier.empty()) result.input.qualifier = query_value(request.query(), "Qualifier");
  KEKS_TRY(result.type, type_of(headers.get("X-Amz-Invocation-Type")));
  KEKS_TRY(result.input.body, body_of(request, result.type));
  KEKS_TRY(result.input.client_context, client_context_of(headers.get("X-Amz-Client-Context")));
  result.input.trace_id = headers.get("X-Amzn-Trace-Id");
  result.input.tenant_id = headers.get("X-Amz-Tenant-Id");
  result.wants_log = headers.get("X-Amz-Log-Type") == "Tail";
  return result;
}

Refusal unknown_function(std::string_view name, Place const& place) {
  return {404, "ResourceNotFoundException",
          format("Function not found: arn:aws:lambda:{}:{}:function:{}", place.region, place.account, name)};
}

HttpReply reply_with(Refusal const& refusal) {
  auto headers = common_headers();
  headers.add("x-amzn-ErrorType", refusal.type);
  auto side = refusal.status < 500 ? "User" : "Service";
  return {refusal.status, std::move(headers),
          format(R"({{"Type":"{}","Message":{},"message":{}}})", side, json_quote(refusal.message),
                 json_quote(refusal.message))};
}

HttpReply reply_with(InvokeResult const& result, bool wants_log) {
  auto headers = common_headers();
  headers.add("X-Amzn-RequestId", result.request_id);
  headers.add("X-Amz-Executed-Version", "$LATEST");
  if (!result.function_error.empty()) headers.add("X-Amz-Function-Error", result.function_error);
  if (wants_log) headers.add("X-Amz-Log-Result", log_tail(result.log));
  return {200, std::move(headers), result.payload};
}

}  // namespace keks::sandbox
