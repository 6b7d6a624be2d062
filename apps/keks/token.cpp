#include <keks/iam/arn.hpp>
#include <keks/iam/token.hpp>
#include <keks/net/client.hpp>

#include <cstdio>

#include "apps/keks/authenticator.hpp"
#include "apps/keks/client.hpp"
#include "apps/keks/cluster.hpp"
#include "apps/keks/config.hpp"
#include "apps/keks/identity.hpp"
#include "apps/keks/logging.hpp"
#include "apps/keks/token_plan.hpp"
#include "aws/providers/imds_region.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

constexpr std::string_view kSessionName = "keks";

bool has_only_metadata(aws::Chain const& chain) {
  auto const& last = chain.steps().back();
  return last.provider == "instance metadata" && last.outcome == aws::ChainStep::Outcome::Chosen;
}

/// One token, from the session to the signature.
class Minting {
 public:
  Minting(TokenPlan plan, Identity identity, Log log)
      : plan_(std::move(plan)), identity_(std::move(identity)), log_(std::move(log)) {}

  Result<iam::Token> run(Deadline const& deadline) {
    auto const& session = identity_.session;
    bool own = plan_.role.role_arn.empty();
    bool at_hand = own && is_at_hand(session.chain()->steps(), session.settings().profile());
    if (!identity_.cache || at_hand) return mint(session, deadline);
    auto make = [&](Deadline const& until) -> Result<Cache::Made> {
      KEKS_TRY(auto token, mint(session, until));
      return Cache::Made{std::move(token), credentials_end_};
    };
    KEKS_TRY(auto entry, identity_.cache->get_or_make(key_in(session.region()), kFreshToken, make, deadline));
    if (auto* token = std::get_if<iam::Token>(&entry)) return std::move(*token);
    return fail(Code::ConfigMalformed, "the cache holds credentials where a token belongs; remove its folder");
  }

 private:
  std::string key_in(aws::EndpointOptions const& region) const {
    auto const& role = plan_.role;
    return cache_key({"token", identity_.fingerprint, region.region, region.fips ? "fips" : "",
                      region.dual_stack ? "dual-stack" : "", plan_.cluster, role.role_arn, role.session_name,
                      role.external_id, plan_.forward_session_name ? "forward" : ""});
  }

  Result<iam::Token> mint(aws::Session session, Deadline const& deadline) {
    if (session.region().region.empty()) {
      // Where instance metadata is all there is, its silence about keys is no reason to ask it for a region.
      if (has_only_metadata(*session.chain())) KEKS_CHECK(session.own()->get(deadline));
      KEKS_TRY(session, session.in(region_of_last_resort(session.settings(), deadline)));
    }
    KEKS_TRY(auto provider, provider_of(session, deadline));
    KEKS_TRY(auto credentials, provider->get(deadline));
    credentials_end_ = credentials.expiration.has_value();
    return iam::mint({plan_.cluster, session.region()}, credentials, system_clock().wall());
  }

  Result<std::shared_ptr<aws::CredentialsProvider>> provider_of(aws::Session const& session, Deadline const& deadline) {
    auto role = plan_.role;
    if (role.role_arn.empty()) return session.own();
    if (plan_.forward_session_name) {
      KEKS_TRY(auto sts, session.sts(session.own()));
      KEKS_TRY(auto caller, sts.get_caller_identity(deadline));
      KEKS_TRY(role.session_name, session_name_of(caller.user_id));
    }
    if (role.session_name.empty()) role.session_name = kSessionName;
    return session.assume(role);
  }

  /// Where the tools that keks stands in for look when nobody names a region.
  std::string region_of_last_resort(aws::Settings const& settings, Deadline const& deadline) {
    auto transport = std::make_shared<net::Client>(net::ClientOptions());
    aws::ChainOptions options{.settings = settings, .transport = std::move(transport), .log = log_};
    aws::Sources sources{std::move(options), system_clock()};
    auto region = aws::imds_region(std::make_shared<aws::Sources const>(std::move(sources)), deadline);
    if (region) return *region;
    log_(LogLevel::Warn,
         "No region is configured; the token is for us-east-1. Name yours with --region or AWS_REGION.");
    return "us-east-1";
  }

  TokenPlan plan_;
  Identity identity_;
  Log log_;
  bool credentials_end_ = false;  ///< a token of keys that never end is made at once, and not kept
};

void print(Secret const& text) {
  auto bytes = text.reveal();
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  std::fputc('\n', stdout);
}

int complain_of_use(Arguments const& args, Error const& error) {
  return args.as_authenticator ? complain_with_usage(error.message(), authenticator_form("token"))
                               : complain_usage(error.message());
}

int complain_of(Arguments const& args, Error const& error) {
  if (log_format_of(args) == LogFormat::Json) {
    std::fputs(log_line(LogFormat::Json, LogLevel::Error, error.message(), system_clock().wall()).c_str(), stderr);
    return 1;
  }
  return complain(args.as_authenticator ? error.with_message("could not get token: " + error.message()) : error);
}

Result<iam::Token> make_token(Arguments const& args, TokenPlan const& plan, Deadline const& deadline) {
  if (!plan.role.role_arn.empty()) KEKS_CHECK(iam::parse_role_arn(plan.role.role_arn));
  KEKS_TRY(auto identity, identity_of(args));
  return Minting(plan, std::move(identity), log_of(args)).run(deadline);
}

int print_token(Arguments const& args) {
  auto deadline = request_deadline(args);
  if (!deadline) return complain_of_use(args, deadline.error());
  auto plan = token_plan(args);
  if (!plan) return complain_of_use(args, plan.error());
  auto log = log_of(args);
  if (!plan->warning.empty()) log(LogLevel::Warn, plan->warning);
  auto made = make_token(args, *plan, *deadline);
  if (!made) return complain_of(args, made.error());
  auto printed = token_output(plan->output, *made, args.environment.get("KUBERNETES_EXEC_INFO"));
  if (!printed.hint.empty()) log(LogLevel::Warn, printed.hint);
  print(printed.json);
  return 0;
}

}  // namespace

int token(Arguments const& args) {
  if (args.as_authenticator) return print_token(args);
  auto configured = args;
  auto ready = check_feature_gates(args.get_or("feature-gates", ""));
  if (ready) ready = take_config(command_of("token").options, configured);
  if (ready) return print_token(configured);
  return ready.error().code() == Code::InvalidArgument ? complain_usage(ready.error().message())
                                                       : complain(ready.error());
}

}  // namespace keks::cli
