#include "apps/keks/doctor/steps.hpp"

#include <keks/base/time.hpp>

#include <algorithm>

#include "apps/keks/doctor/address.hpp"
#include "apps/keks/doctor/findings.hpp"
#include "apps/keks/doctor/mapping.hpp"
#include "base/format.hpp"

namespace keks::cli::doctor {
namespace {

using std::chrono::seconds;

/// STS refuses a signature that is from further in the future.
constexpr seconds kTooFar = std::chrono::minutes(5);
constexpr seconds kInStep{5};  // a Date has whole seconds, and is as old as its reply

Step ok(std::string_view name, std::string text) { return {name, Outcome::Ok, "", std::move(text)}; }
Step skip(std::string_view name, std::string text) { return {name, Outcome::Skip, "", std::move(text)}; }
Step note(std::string_view name, std::string_view finding, std::string text) {
  return {name, Outcome::Note, std::string(finding), std::move(text)};
}
Step failed(std::string_view name, std::string_view finding, std::string text) {
  return {name, Outcome::Fail, std::string(finding), std::move(text)};
}
Step failed(std::string_view name, Error const& error) {
  return failed(name, to_string(error.code()), error.message());
}

/// The step of a fact that is not there: not asked, or what it met.
template <class T>
Step missing(std::string_view name, Fact<T> const& fact, std::string_view needs) {
  if (fact && !*fact) return failed(name, fact->error());
  return skip(name, format("not asked: {}", needs));
}

std::string joined(std::vector<std::string> const& parts, std::string_view none) {
  std::string text;
  for (auto const& part : parts) text += (text.empty() ? "" : ", ") + part;
  return text.empty() ? std::string(none) : text;
}

aws::ChainStep const* chosen(Local const& local) {
  auto found = std::ranges::find(local.places, aws::ChainStep::Outcome::Chosen, &aws::ChainStep::outcome);
  return found == local.places.end() ? nullptr : &*found;
}

Step profile_step(Facts const& facts) {
  auto const* local = known(facts.local);
  if (!local) return missing("profile", facts.local, "the settings could not be read");
  if (local->profile_by.empty()) return ok("profile", format("{}, as nobody named one", local->profile));
  auto const* place = chosen(*local);
  if (place && place->provider == "environment" && local->profile_by != "--profile")
    return note("profile", "ProfileIgnored",
                format("{} names {}, but the keys in the environment win", local->profile_by, local->profile));
  return ok("profile", format("{}, named by {}", local->profile, local->profile_by));
}

Step region_step(Facts const& facts) {
  auto const* local = known(facts.local);
  if (!local) return skip("region", "not known: the settings could not be read");
  if (local->region.empty()) return failed("region", "RegionUnset", "no region is configured");
  return ok("region", format("{}, named by {}", local->region, local->region_by));
}

Step setup_step(Facts const& facts) {
  auto const* local = known(facts.local);
  if (facts.prepared && !*facts.prepared) return failed("setup", facts.prepared->error());
  if (!local || local->redirected.empty()) return ok("setup", "calls go to AWS itself");
  return note("setup", "EndpointOverridden", format("calls are redirected: {}", joined(local->redirected, "")));
}

std::string lifetime(Held const& held) {
  return held.expiration ? format("{}, until {}", held.source, format_rfc3339(*held.expiration)) : held.source;
}

std::string passed_over(Local const* local) {
  std::string text;
  if (!local) return text;
  for (auto const& place : local->places)
    if (place.outcome == aws::ChainStep::Outcome::Skipped)
      text += format("{}{} ({})", text.empty() ? "; passed over: " : ", ", place.provider, place.reason);
  return text;
}

Step credentials_step(Facts const& facts) {
  auto const* held = known(facts.credentials);
  if (!held) return missing("credentials", facts.credentials, "no settings");
  return ok("credentials", lifetime(*held) + passed_over(known(facts.local)));
}

Step identity_step(Facts const& facts) {
  auto const* own = known(facts.own);
  if (!own) return missing("identity", facts.own, "no region, or no credentials");
  return ok("identity", own->arn);
}

Step role_step(Facts const& facts) {
  if (facts.role.empty()) return skip("role", "none is to be assumed");
  auto const* held = known(facts.role_credentials);
  if (!held) return missing("role", facts.role_credentials, "no region, no credentials, or no role's ARN");
  auto const* caller = known(facts.as_role);
  return ok("role", format("{}; {}", caller ? caller->arn : facts.role, lifetime(*held)));
}

std::optional<seconds> skew_of(Facts const& facts) {
  for (auto const* fact : {&facts.own, &facts.as_role})
    if (auto const* caller = known(*fact); caller && caller->clock_skew) return caller->clock_skew;
  return std::nullopt;
}

bool clock_is_off(Facts const& facts) {
  auto skew = skew_of(facts);
  return skew && abs(*skew) >= kTooFar;
}

Step clock_step(Facts const& facts) {
  auto skew = skew_of(facts);
  if (!skew) return skip("clock", "STS told no time");
  auto text = abs(*skew) < kInStep
                  ? std::string("in step with STS")
                  : format("{} s {} STS", abs(*skew).count(), skew->count() > 0 ? "behind" : "ahead of");
  if (!clock_is_off(facts)) return ok("clock", text);
  return let_in(facts) ? note("clock", "ClockSkew", text) : failed("clock", "ClockSkew", text);
}

Step described(aws::Cluster const& cluster) {
  auto text = format("{} is {}, Kubernetes {}", cluster.name, cluster.status, cluster.version);
  if (cluster.status == "ACTIVE" || cluster.status == "UPDATING") return ok("cluster", text);
  return failed("cluster", to_string(Code::ClusterNotReady), text);
}

/// Not to be told of a cluster is no failure where its API server is known all the same.
Step cluster_step(Facts const& facts) {
  if (auto const* cluster = known(facts.described)) return described(*cluster);
  auto step = missing("cluster", facts.described, "no region, or no credentials");
  if (!facts.other_clusters.empty()) step.text += format(" (clusters there: {})", joined(facts.other_clusters, ""));
  if (step.outcome == Outcome::Fail && known(facts.server)) step.outcome = Outcome::Note;
  return step;
}

Step mode_step(Facts const& facts) {
  auto const* cluster = known(facts.described);
  if (!cluster) return skip("mode", "not known: EKS did not describe the cluster");
  auto const& mode = cluster->authentication_mode;
  if (mode.empty()) return note("mode", "", "EKS names no authentication mode: both lists are looked at");
  auto what = mode == "API"          ? "access entries count, aws-auth does not"
              : mode == "CONFIG_MAP" ? "aws-auth counts, access entries do not"
                                     : "access entries count, then aws-auth";
  return ok("mode", format("{}: {}", mode, what));
}

Step entries_step(Facts const& facts) {
  if (!entries_count(facts)) return skip("access-entry", "the cluster's mode knows none");
  auto const* entries = known(facts.entries);
  if (!entries) {
    auto step = missing("access-entry", facts.entries, "EKS did not describe the cluster");
    if (step.outcome == Outcome::Fail) step.outcome = Outcome::Note;
    return step;
  }
  auto mapped = look_up(facts);
  if (!mapped || !mapped->match || !mapped->by_entry)
    return note("access-entry", "", format("none of {} is for this identity", entries->all.size()));
  return ok("access-entry", format("{}, {}; access policies: {}", mapped->match->entry.arn, entries->type,
                                   joined(entries->policies, "none")));
}

std::string counted(AwsAuth const& read) {
  auto const& m = read.mappings;
  auto text =
      format("{} roles, {} users, {} accounts in {}", m.roles.size(), m.users.size(), m.accounts.size(), read.from);
  for (auto const& problem : m.problems) text += "; " + problem;
  for (auto const& warning : m.warnings) text += "; " + warning;
  return text;
}

Step aws_auth_step(Facts const& facts) {
  if (!aws_auth_counts(facts)) return skip("aws-auth", "the cluster's mode does not look there");
  auto const* read = known(facts.aws_auth);
  if (!read) {
    if (!facts.aws_auth)
      return skip("aws-auth", "not to be read without signing in; --aws-auth FILE gives a copy that an admin has made");
    auto step = failed("aws-auth", facts.aws_auth->error());
    step.outcome = Outcome::Note;
    return step;
  }
  if (read->absent) return note("aws-auth", "", format("there is none in {}", read->from));
  return read->mappings.problems.empty() ? ok("aws-auth", counted(*read))
                                         : note("aws-auth", "MappingBroken", counted(*read));
}

/// What the lists say is a guess as long as they were not all read, and wrong where the cluster lets one in.
Step mapping_step(Facts const& facts) {
  auto mapped = look_up(facts);
  if (!mapped) return skip("mapping", "who the token speaks for is not known");
  if (mapped->match)
    return ok("mapping", format("gives user {} with groups: {} ({})", mapped->match->username,
                                joined(mapped->match->groups, "none"), mapped->match->entry.place));
  if (let_in(facts)) return ok("mapping", "the lists read do not name this identity, yet the cluster knows it");
  return mapped->certain ? failed("mapping", mapped->finding, mapped->text)
                         : note("mapping", mapped->finding, mapped->text);
}

}  // namespace

bool let_in(Facts const& facts) {
  if (!facts.user) return false;
  if (*facts.user) return true;
  auto code = facts.user->error().code();
  return code == Code::Forbidden || code == Code::NotFound;
}

bool call_succeeded(Facts const& facts) { return known(facts.user) || (known(facts.pods)); }

namespace {

bool other_cluster(Facts const& facts) {
  auto const* server = known(facts.server);
  auto const* cluster = known(facts.described);
  if (!server || !cluster || server->by == "DescribeCluster") return false;
  auto url = net::Url::parse(cluster->endpoint);
  return url && url->origin() != server->url.origin();
}

Step endpoint_step(Facts const& facts) {
  auto const* server = known(facts.server);
  if (!server) return missing("endpoint", facts.server, "EKS did not tell it, and KEKS_ENDPOINT does not");
  auto text = format("{}, named by {}", server->url.text(), server->by);
  if (other_cluster(facts)) return note("endpoint", "OtherCluster", text + "; EKS tells another one");
  return ok("endpoint", text);
}

bool all_private(Facts const& facts) {
  auto const* addresses = known(facts.addresses);
  return addresses && !addresses->empty() && std::ranges::all_of(*addresses, is_private);
}

Step dns_step(Facts const& facts) {
  auto const* addresses = known(facts.addresses);
  if (!addresses) return missing("dns", facts.addresses, "no endpoint");
  return ok("dns", joined(*addresses, "none") + (all_private(facts) ? " (private)" : ""));
}

/// Where EKS tells to whom it opens this very endpoint.
aws::Cluster const* opened_by_eks(Facts const& facts) {
  auto const* cluster = known(facts.described);
  return cluster && cluster->endpoint_public_access && !other_cluster(facts) ? cluster : nullptr;
}

bool is_restricted(aws::Cluster const& cluster) {
  auto const& cidrs = cluster.public_access_cidrs;
  return !cidrs.empty() && std::ranges::find(cidrs, "0.0.0.0/0") == cidrs.end();
}

std::string opened_to(aws::Cluster const& cluster) {
  std::vector<std::string> who;
  if (*cluster.endpoint_public_access) who.push_back(joined(cluster.public_access_cidrs, "everyone"));
  if (cluster.endpoint_private_access.value_or(false)) who.emplace_back("its VPC");
  return joined(who, "nobody");
}

Step unreached(Step step, Facts const& facts) {
  auto const* cluster = opened_by_eks(facts);
  if (cluster) step.text += format("; EKS opens the endpoint to {}", opened_to(*cluster));
  if (all_private(facts) || (cluster && !*cluster->endpoint_public_access))
    step.finding = "EndpointPrivate";
  else if (cluster && is_restricted(*cluster))
    step.finding = "EndpointRestricted";
  return step;
}

Step tcp_step(Facts const& facts) {
  if (known(facts.tcp)) return ok("tcp", "connected");
  auto step = missing("tcp", facts.tcp, "no address");
  return step.outcome == Outcome::Fail ? unreached(std::move(step), facts) : step;
}

Step tls_step(Facts const& facts) {
  if (known(facts.tls)) return ok("tls", "the certificate is the cluster's");
  return missing("tls", facts.tls, "no connection");
}

/// Why a token is refused that is a token.
std::string why_refused(Facts const& facts) {
  if (other_cluster(facts)) return "OtherCluster";
  if (clock_is_off(facts)) return "ClockSkew";
  auto mapped = look_up(facts);
  if (!mapped) return std::string(to_string(Code::Unauthorized));
  if (!mapped->match) return mapped->finding;
  return mapped->by_entry ? "RecreatedRole" : "MappedButRefused";
}

Step token_step(Facts const& facts) {
  if (auto const* user = known(facts.user))
    return ok("token", format("accepted: user {} with groups: {}", user->username, joined(user->groups, "none")));
  if (let_in(facts)) return ok("token", "accepted");
  if (facts.user && facts.user->error().is_unauthorized()) {
    auto finding = why_refused(facts);
    auto meaning = meaning_of(finding);
    return failed("token", finding,
                  meaning.empty() ? facts.user->error().message() : format("refused (401): {}", meaning));
  }
  return missing("token", facts.user, "no way to the API server, or no credentials");
}

Step rbac_step(Facts const& facts) {
  if (!let_in(facts)) return skip("rbac", "not asked: not signed in");
  if (known(facts.pods)) return ok("rbac", "pods may be listed");
  auto step = missing("rbac", facts.pods, "the time is up");
  if (facts.pods && facts.pods->error().is_forbidden()) {
    step.outcome = Outcome::Note;
    step.finding = "NoPermissions";
  }
  return step;
}

}  // namespace

std::vector<Step> steps_of(Facts const& facts) {
  return {profile_step(facts),  region_step(facts),  setup_step(facts),    credentials_step(facts),
          identity_step(facts), role_step(facts),    clock_step(facts),    cluster_step(facts),
          mode_step(facts),     entries_step(facts), aws_auth_step(facts), mapping_step(facts),
          endpoint_step(facts), dns_step(facts),     tcp_step(facts),      tls_step(facts),
          token_step(facts),    rbac_step(facts)};
}

}  // namespace keks::cli::doctor
