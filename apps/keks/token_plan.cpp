#include "apps/keks/token_plan.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>
#include <keks/base/time.hpp>

#include <algorithm>
#include <boost/json.hpp>

#include "base/format.hpp"
#include "base/try.hpp"
#include "base/yaml.hpp"

namespace keks::cli {
namespace {

Result<TokenOutput> output_of(Arguments const& args) {
  if (args.flag("token-only")) return TokenOutput::Bare;
  auto text = args.get_or("output", "json");
  if (text == "json") return TokenOutput::Json;
  if (text == "text") return TokenOutput::Text;
  if (text == "yaml") return TokenOutput::Yaml;
  return fail(Code::InvalidArgument, "--output: json, text or yaml is wanted");
}

std::string without_role(TokenPlan const& plan) {
  std::string idle;
  if (!plan.role.external_id.empty()) idle = "--external-id";
  if (!plan.role.session_name.empty()) idle += idle.empty() ? "--session-name" : " and --session-name";
  if (plan.forward_session_name) idle += idle.empty() ? "--forward-session-name" : " and --forward-session-name";
  if (!plan.role.role_arn.empty() || idle.empty()) return {};
  return format("Without --role no role is assumed, and {} changes nothing. Add --role, or leave it out.", idle);
}

/// As the AWS CLI prints it: a line for the object, a line for its part, fields between tabs.
std::string as_text(boost::json::object const& credential, iam::Token const& token) {
  return format("{}\tExecCredential\nSTATUS\t{}\t{}", std::string_view(credential.at("apiVersion").as_string()),
                format_rfc3339(token.expiration), token.text.reveal());
}

std::string_view without_line_feed(std::string_view text) {
  return text.ends_with('\n') ? text.substr(0, text.size() - 1) : text;
}

}  // namespace

Result<TokenPlan> token_plan(Arguments const& args) {
  auto cluster = args.get("cluster-id");
  if (!cluster)
    return fail(Code::ClusterUnset,
                args.as_authenticator
                    ? "cluster ID not specified"
                    : "no cluster is named: add -i NAME, or set KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID");
  TokenPlan plan{*cluster,
                 {.role_arn = args.get_or("role", ""),
                  .session_name = args.get_or("session-name", ""),
                  .external_id = args.get_or("external-id", "")},
                 args.flag("forward-session-name"),
                 {},
                 {}};
  if (plan.forward_session_name && !plan.role.session_name.empty())
    return fail(Code::InvalidArgument, "cannot specify both --forward-session-name and --session-name parameter");
  KEKS_TRY(plan.output, output_of(args));
  plan.warning = without_role(plan);
  return plan;
}

Result<std::string> session_name_of(std::string_view user_id) {
  auto colon = user_id.find(':');
  if (std::ranges::count(user_id, ':') == 1 && colon + 1 < user_id.size())
    return std::string(user_id.substr(colon + 1));
  return fail(Code::InvalidArgument,
              format("--forward-session-name: the caller is no session of a role (its user id is \"{}\"), so there is "
                     "no name to forward. Leave the option out, or name a session with --session-name.",
                     escape_controls(user_id, 128)));
}

iam::ExecCredential token_output(TokenOutput output, iam::Token const& token,
                                 std::optional<std::string> const& exec_info) {
  if (output == TokenOutput::Bare) return {token.text, {}};
  auto credential = iam::exec_credential(token, exec_info);
  if (output == TokenOutput::Json) return credential;
  auto json = parse_json(credential.json.reveal());
  if (output == TokenOutput::Text) return {Secret(as_text(json->as_object(), token)), std::move(credential.hint)};
  return {Secret(std::string(without_line_feed(json_to_yaml(*json)))), std::move(credential.hint)};
}

}  // namespace keks::cli
