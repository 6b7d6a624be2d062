#include "lambda/invocation.hpp"

#include <keks/base/json.hpp>

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "base/format.hpp"

namespace keks::lambda {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kReserve{300};
constexpr milliseconds kUnknownTimeout = std::chrono::minutes(15);
constexpr milliseconds kLongest = std::chrono::hours(24);

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

Deadline::Clock::time_point lambda_deadline(std::string_view epoch_ms, Now now) {
  auto when = whole_number(epoch_ms);
  if (!when) return now.steady + kUnknownTimeout;
  auto wall = std::chrono::floor<milliseconds>(now.wall.time_since_epoch());
  // Clamped before the difference is taken: any 64-bit number may stand in the header.
  auto left = std::clamp(milliseconds(*when), wall, wall + kLongest) - wall;
  return now.steady + left;
}

Context make_context(net::Headers const& headers, Environment const& environment, Now now) {
  auto end = lambda_deadline(headers.get("Lambda-Runtime-Deadline-Ms"), now);
  Context context(Deadline::at(end - kReserve), end);
  context.request_id = headers.get("Lambda-Runtime-Aws-Request-Id");
  context.function_arn = headers.get("Lambda-Runtime-Invoked-Function-Arn");
  context.trace_id = headers.get("Lambda-Runtime-Trace-Id");
  context.tenant_id = headers.get("Lambda-Runtime-Aws-Tenant-Id");
  context.client_context = headers.get("Lambda-Runtime-Client-Context");
  context.cognito_identity = headers.get("Lambda-Runtime-Cognito-Identity");
  context.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME").value_or("");
  context.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION").value_or("");
  return context;
}

std::chrono::milliseconds Context::remaining_time() const { return Deadline::at(lambda_deadline_).remaining(); }

Result<Json> Event::json() const {
  if (body.find_first_not_of(" \t\r\n") == std::string::npos) return Json(nullptr);
  auto value = parse_json(body);
  if (value) return value;
  return fail(Code::EventNotJson, format("the event is {}; send a JSON object, or nothing", value.error().message()));
}

}  // namespace keks::lambda
