#include "sandbox/container.hpp"

#include <keks/base/json.hpp>
#include <keks/base/time.hpp>

#include "base/format.hpp"
#include "sandbox/aws_reply.hpp"
#include "sandbox/crypto.hpp"

namespace keks::sandbox {
namespace {

Reply refuse(int status, std::string_view code, std::string_view message) {
  auto reply = rest_reply(format(R"({{"code":{},"message":{}}})", json_quote(code), json_quote(message)));
  reply.status = status;
  return reply;
}

}  // namespace

Reply ContainerCredentials::answer(net::ServerRequest const& request, Plan const& plan, WallTime now) {
  if (request.method != "GET") return refuse(405, "MethodNotAllowed", "GET is wanted");
  if (plan.is("deny") || !equal_in_constant_time(request.headers.get("authorization"), token_))
    return refuse(401, "AccessDenied", plan.option("message", "the authorization token is not the one expected"));
  auto made = keys_.mint(keys_.identities().front().arn, now + std::chrono::hours(1));
  return rest_reply(format(R"({{"AccessKeyId":"{}","SecretAccessKey":"{}","Token":"{}","Expiration":"{}"}})",
                           made.access_key_id, made.secret_access_key.reveal(), made.session_token.reveal(),
                           format_rfc3339(*made.expiration)));
}

Reply ContainerCredentials::refusal(net::ServerRequest const&, Plan const& plan) {
  int status = plan.is("throttle") ? 429 : plan.is("expired") ? 403 : plan.status();
  return refuse(status, status == 429 ? "Throttling" : "InternalFailure",
                plan.option("message", "a refusal was planned for this request"));
}

}  // namespace keks::sandbox
