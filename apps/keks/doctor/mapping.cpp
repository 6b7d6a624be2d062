#include "apps/keks/doctor/mapping.hpp"

#include <algorithm>

#include "base/format.hpp"

namespace keks::cli::doctor {
namespace {

using Why = iam::NearMiss::Why;

bool has(iam::NearMiss const& miss, Why why) { return std::ranges::find(miss.why, why) != miss.why.end(); }

std::string_view finding_of(iam::NearMiss const& miss) {
  if (has(miss, Why::Account)) return "MappedOtherAccount";
  if (has(miss, Why::Session)) return "MappedSession";
  // A user's path belongs there: it can be another one.
  if (has(miss, Why::Path) && !has(miss, Why::Kind) && miss.entry.arn.find(":role/") != std::string::npos)
    return "PathInMapping";
  return "MappingMisspelt";
}

std::string mode_of(Facts const& facts) {
  auto const* cluster = known(facts.described);
  return cluster ? cluster->authentication_mode : "";
}

/// Both lists looked at by themselves, whether they count or not.
struct Lookup {
  iam::Identity identity;
  iam::Verdict by_entries, by_aws_auth;
};

Lookup look_at_both(iam::Identity identity, Facts const& facts) {
  Lookup lookup{std::move(identity), {}, {}};
  if (auto const* entries = known(facts.entries)) {
    iam::Mappings mappings;
    mappings.access_entries = entries->all;
    lookup.by_entries = iam::find_mapping(lookup.identity, mappings);
  }
  if (auto const* aws_auth = known(facts.aws_auth))
    lookup.by_aws_auth = iam::find_mapping(lookup.identity, aws_auth->mappings);
  return lookup;
}

std::optional<Mapped> near(Lookup const& lookup, bool entries, bool aws_auth) {
  auto nearest = [&](iam::Verdict const& verdict) -> std::optional<Mapped> {
    if (verdict.near_misses.empty()) return std::nullopt;
    auto const& miss = verdict.near_misses.front();
    return Mapped{.finding = std::string(finding_of(miss)), .text = iam::explain(miss, lookup.identity)};
  };
  auto found = entries ? nearest(lookup.by_entries) : std::nullopt;
  return !found && aws_auth ? nearest(lookup.by_aws_auth) : found;
}

Mapped ignored(Facts const& facts, bool by_entry) {
  auto where = by_entry ? "an access entry" : "a line of aws-auth";
  return {.finding = "ModeIgnoresMapping",
          .text = format("{} fits, but the cluster's authentication mode is {}", where, mode_of(facts))};
}

/// Why nothing fits; an entry that fits, but whose name cannot be filled in, says more than the rest.
std::string reason_of(Lookup const& lookup) {
  auto nothing = format("nothing maps {}", lookup.identity.canonical_arn);
  for (auto const* verdict : {&lookup.by_entries, &lookup.by_aws_auth})
    if (!verdict->reason.empty() && verdict->reason != nothing) return verdict->reason;
  return nothing;
}

Mapped unmatched(Lookup const& lookup, Facts const& facts, bool certain) {
  bool entries = entries_count(facts), aws_auth = aws_auth_counts(facts);
  if (lookup.by_entries.match) return ignored(facts, true);
  if (lookup.by_aws_auth.match) return ignored(facts, false);
  if (auto found = near(lookup, entries, aws_auth)) return *found;
  auto const* read = known(facts.aws_auth);
  if (aws_auth && read && !read->mappings.problems.empty())
    return {.finding = "MappingBroken", .text = read->mappings.problems.front()};
  if (!certain) return {.finding = "MappingUnreadable", .text = "not all lists that count could be read"};
  return {.finding = "NotMapped", .text = reason_of(lookup)};
}

}  // namespace

bool entries_count(Facts const& facts) { return mode_of(facts) != "CONFIG_MAP"; }

bool aws_auth_counts(Facts const& facts) { return mode_of(facts) != "API"; }

std::optional<Mapped> look_up(Facts const& facts) {
  auto const* caller = known(facts.caller());
  if (!caller) return std::nullopt;
  auto identity = iam::identity_of(*caller);
  if (!identity) return Mapped{.finding = "NotMapped", .text = identity.error().message()};
  bool entries = entries_count(facts), aws_auth = aws_auth_counts(facts);
  auto lookup = look_at_both(*std::move(identity), facts);
  if (entries && lookup.by_entries.match) return Mapped{.match = lookup.by_entries.match, .by_entry = true};
  if (aws_auth && lookup.by_aws_auth.match) return Mapped{.match = lookup.by_aws_auth.match};
  bool certain = (!entries || known(facts.entries)) && (!aws_auth || known(facts.aws_auth));
  auto mapped = unmatched(lookup, facts, certain);
  mapped.certain = certain;
  return mapped;
}

}  // namespace keks::cli::doctor
