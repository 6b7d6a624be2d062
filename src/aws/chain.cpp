#include <keks/aws/chain.hpp>
#include <keks/base/time.hpp>

#include <array>

#include "aws/providers/provider.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

using Outcome = ChainStep::Outcome;

struct Place {
  std::string name;
  Offer (*offer)(SharedSources const&);
  bool is_by_environment = false;  ///< and so beaten by a profile that the user names
  bool is_last = false;
};

std::array<Place, 5> places(Settings const& settings) {
  return {{{"environment", offer_environment, true},
           {"web identity", offer_web_identity, true},
           {"profile " + settings.profile_name(), offer_profile},
           {"container", offer_container},
           {"instance metadata", offer_imds, false, true}}};
}

Offer look_at(Place const& place, SharedSources const& sources) {
  if (place.is_by_environment && sources->settings().profile_is_explicit())
    return fail(Code::NoCredentials, "passed over, since a profile is named by an option");
  auto offer = place.offer(sources);
  if (offer && place.is_last) offer->what += ", since nothing else is configured";
  return offer;
}

std::string list(std::vector<ChainStep> const& steps) {
  std::string out;
  for (auto const& step : steps) out += format("{}{}: {}", out.empty() ? "" : "; ", step.provider, step.reason);
  return out;
}

}  // namespace

std::shared_ptr<Chain> Chain::make(ChainOptions options, Clock const& clock) {
  auto sources = std::make_shared<Sources const>(Sources{std::move(options), clock});
  std::shared_ptr<Chain> chain(new Chain(clock));
  bool is_over = false;
  for (auto const& place : places(sources->settings())) {
    if (is_over)
      chain->steps_.push_back({place.name, Outcome::NotReached, "not looked at"});
    else
      is_over = chain->take(place.name, look_at(place, sources));
  }
  if (!is_over)
    chain->chosen_ = fail(Code::NoCredentials,
                          "No AWS credentials are configured. Set AWS_ACCESS_KEY_ID and "
                          "AWS_SECRET_ACCESS_KEY, or a profile.");
  return chain;
}

bool Chain::take(std::string provider, Result<Configured> offer) {
  bool is_passed = !offer && offer.error().code() == Code::NoCredentials;
  auto outcome = offer ? Outcome::Chosen : is_passed ? Outcome::Skipped : Outcome::Broken;
  steps_.push_back({std::move(provider), outcome, offer ? offer->what : offer.error().message()});
  if (is_passed) return false;
  if (offer)
    chosen_ = std::move(offer->provider);
  else
    chosen_ = fail(offer.error());
  return true;
}

Result<Credentials> Chain::get(Deadline const& deadline) {
  auto got = chosen_ ? (*chosen_)->get(deadline) : Result<Credentials>(fail(chosen_.error()));
  if (!got && got.error().code() == Code::NoCredentials)
    return fail(got.error().with_message(format("{} Looked at: {}.", got.error().message(), list(steps_))));
  if (got && got->expiration && *got->expiration <= clock_.wall())
    return fail(Code::CredentialsExpired,
                format("The AWS credentials of {} ended at {}. Get new ones, or set the clock "
                       "of this machine right.",
                       got->source, format_rfc3339(*got->expiration)));
  return got;
}

void Chain::invalidate() {
  if (chosen_) (*chosen_)->invalidate();
}

}  // namespace keks::aws
