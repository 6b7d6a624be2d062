#include "aws/providers/role.hpp"

#include <keks/base/encoding.hpp>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

class AssumedByProfile final : public CredentialsProvider {
 public:
  AssumedByProfile(SharedSources sources, ServiceOptions options, AssumeRoleInput role)
      : sources_(std::move(sources)), source_(options.credentials), sts_(std::move(options)), role_(std::move(role)) {}

  Result<Credentials> get(Deadline const& deadline) override {
    if (role_.mfa_serial.empty()) return sts_.assume_role(role_, deadline);
    auto const& prompt = sources_->options.mfa_prompt;
    if (!prompt)
      return fail(Code::MfaNeeded, format("The role {} wants a code of the MFA device {}, and nobody can be asked for "
                                          "it. Run this on a terminal.",
                                          role_.role_arn, escape_controls(role_.mfa_serial, 200)));
    // First what signs the call, so that no code is asked for in vain or grows old meanwhile.
    KEKS_CHECK(source_->get(deadline));
    auto role = role_;
    KEKS_TRY(role.mfa_code, prompt(role.mfa_serial, deadline));
    return sts_.assume_role(role, deadline);
  }
  void invalidate() override { source_->invalidate(); }

 private:
  SharedSources const sources_;
  std::shared_ptr<CredentialsProvider> const source_;
  Sts sts_;
  AssumeRoleInput const role_;
};

}  // namespace

Result<ServiceOptions> sts_options(Sources const& sources, std::string const& fallback_region,
                                   std::shared_ptr<CredentialsProvider> signer) {
  KEKS_TRY(auto region, sources.settings().endpoint_options(sources.options.region));
  if (region.region.empty()) region.region = fallback_region;
  KEKS_TRY(auto endpoint, sources.settings().call_endpoint("sts", region));
  return ServiceOptions{.transport = sources.transport(),
                        .endpoint = std::move(endpoint),
                        .credentials = std::move(signer),
                        .clock = sources.clock};
}

std::string default_session_name(Clock const& clock) {
  return format("keks-{}", std::chrono::floor<std::chrono::seconds>(clock.wall()).time_since_epoch().count());
}

Offer offer_role(SharedSources const& sources, AssumeRoleInput role, Configured source,
                 std::string const& fallback_region) {
  auto kept = cached_credentials(std::move(source.provider), sources->clock);
  KEKS_TRY(auto options, sts_options(*sources, fallback_region, std::move(kept)));
  auto what = format("role {}, assumed with {}", role.role_arn, source.what);
  return Configured{std::make_shared<AssumedByProfile>(sources, std::move(options), std::move(role)), std::move(what)};
}

}  // namespace keks::aws
