#include "apps/keks/whoami.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>
#include <keks/base/time.hpp>

#include <cstdio>

#include "apps/keks/cluster.hpp"
#include "apps/keks/identity.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

/// Who one is, every region's STS knows.
Result<aws::Session> session_anywhere(Arguments const& args) {
  KEKS_TRY(auto session, session_of(args));
  if (!session.region().region.empty()) return session;
  return session.in("us-east-1");
}

Result<std::shared_ptr<aws::CredentialsProvider>> provider_of(Arguments const& args, aws::Session const& session) {
  auto role = args.get("role");
  if (!role) return session.own();
  KEKS_CHECK(iam::parse_role_arn(*role));
  return session.assume({*role, "keks"});
}

Result<Caller> ask(Arguments const& args, Deadline const& deadline) {
  KEKS_TRY(auto session, session_anywhere(args));
  KEKS_TRY(auto provider, provider_of(args, session));
  KEKS_TRY(auto credentials, provider->get(deadline));
  KEKS_TRY(auto sts, session.sts(aws::fixed_credentials(credentials)));
  KEKS_TRY(auto identity, sts.get_caller_identity(deadline));
  return caller_of(std::move(identity), credentials);
}

std::string line(std::string_view name, std::string_view value) {
  return format("{:<14} {}\n", name, value.empty() ? "-" : escape_controls(value));
}

std::string quoted_or_null(std::string const& text) { return text.empty() ? "null" : json_quote(text); }

std::string time_text(std::optional<WallTime> const& time) { return time ? format_rfc3339(*time) : ""; }

}  // namespace

Caller caller_of(aws::CallerIdentity identity, aws::Credentials const& credentials) {
  Caller caller{std::move(identity), "", "", "", credentials.source, credentials.expiration};
  auto principal = iam::parse_principal(caller.identity.arn);
  caller.canonical_arn = principal ? principal->arn.text() : caller.identity.arn;
  if (principal) caller.session_name = principal->session_name;
  auto pathless = iam::strip_path(caller.canonical_arn);
  caller.pathless_arn = pathless ? pathless->text() : caller.canonical_arn;
  return caller;
}

std::string caller_text(Caller const& caller) {
  return line("arn", caller.identity.arn) + line("canonical arn", caller.canonical_arn) +
         line("without path", caller.pathless_arn) + line("session", caller.session_name) +
         line("account", caller.identity.account) + line("user id", caller.identity.user_id) +
         line("credentials", caller.source) +
         line("valid until", caller.expiration ? time_text(caller.expiration) : "no end is known");
}

std::string caller_json(Caller const& caller) {
  return format(
      R"({{"arn":{},"canonicalArn":{},"pathlessArn":{},"session":{},"account":{},"userId":{},"source":{},"expiration":{}}})",
      json_quote(caller.identity.arn), json_quote(caller.canonical_arn), json_quote(caller.pathless_arn),
      quoted_or_null(caller.session_name), json_quote(caller.identity.account), json_quote(caller.identity.user_id),
      json_quote(caller.source), quoted_or_null(time_text(caller.expiration)));
}

int whoami(Arguments const& args) {
  auto deadline = request_deadline(args);
  if (!deadline) return complain_usage(deadline.error().message());
  auto output = args.get_or("output", "text");
  if (output != "text" && output != "json") return complain_usage("--output: text or json is wanted");
  auto caller = ask(args, *deadline);
  if (!caller) return complain(caller.error());
  std::printf("%s", (output == "json" ? caller_json(*caller) + "\n" : caller_text(*caller)).c_str());
  return 0;
}

}  // namespace keks::cli
