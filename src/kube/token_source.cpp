#include <keks/kube/token_source.hpp>

#include <algorithm>
#include <mutex>
#include <optional>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::kube {
namespace {

class FixedToken final : public TokenSource {
 public:
  explicit FixedToken(keks::Secret token) : token_(std::move(token)) {}
  Result<keks::Secret> token(Deadline const&) override { return token_; }
  void refused(keks::Secret const&) override {}

 private:
  keks::Secret const token_;
};

/// `arn:...` of a credentials' source such as `role arn:...`.
std::string_view arn_in(std::string_view source) {
  auto at = source.find("arn:");
  return at == source.npos ? std::string_view() : source.substr(at);
}

class EksToken final : public TokenSource {
 public:
  EksToken(std::shared_ptr<aws::CredentialsProvider> credentials, iam::TokenInput input, Clock const& clock)
      : credentials_(std::move(credentials)), input_(std::move(input)), clock_(clock) {}

  Result<keks::Secret> token(Deadline const& deadline) override {
    if (auto kept = fresh()) return *std::move(kept);
    // Not under the lock: the provider lets one caller ask while the others wait, each by his own deadline.
    KEKS_TRY(auto credentials, credentials_->get(deadline));
    KEKS_TRY(auto minted, iam::mint(input_, credentials, clock_.wall()));
    // STS refuses a token whose credentials have expired, however young it is.
    if (credentials.expiration) minted.expiration = std::min(minted.expiration, *credentials.expiration);
    std::lock_guard lock(mutex_);
    source_ = std::move(credentials.source);
    kept_ = std::move(minted);
    return kept_->text;
  }

  void refused(keks::Secret const& refused) override {
    std::lock_guard lock(mutex_);
    if (!kept_ || kept_->text.reveal() != refused.reveal()) return;
    kept_.reset();
    credentials_->invalidate();
  }

  std::string advice() const override {
    std::lock_guard lock(mutex_);
    auto arn = arn_in(source_);
    auto who = arn.empty() ? std::string("the IAM identity it speaks for") : std::string(arn);
    auto principal = arn.empty() ? std::string("<its role's ARN>") : std::string(arn);
    return format(
        "Most likely {0} is not mapped in the cluster: create an access entry (aws eks create-access-entry "
        "--cluster-name {1} --region {2} --principal-arn {3}) or add a mapRoles line to the aws-auth "
        "ConfigMap. A token that names another cluster than {1} is refused as well.",
        who, input_.cluster_id, input_.region.region, principal);
  }

 private:
  std::optional<keks::Secret> fresh() const {
    std::lock_guard lock(mutex_);
    if (!kept_ || clock_.wall() >= kept_->expiration) return std::nullopt;
    return kept_->text;
  }

  std::shared_ptr<aws::CredentialsProvider> const credentials_;
  iam::TokenInput const input_;
  Clock const& clock_;
  mutable std::mutex mutex_;
  std::optional<iam::Token> kept_;
  std::string source_;
};

}  // namespace

std::shared_ptr<TokenSource> eks_token_source(std::shared_ptr<aws::CredentialsProvider> credentials,
                                              iam::TokenInput input, Clock const& clock) {
  return std::make_shared<EksToken>(std::move(credentials), std::move(input), clock);
}

std::shared_ptr<TokenSource> fixed_token(keks::Secret token) { return std::make_shared<FixedToken>(std::move(token)); }

}  // namespace keks::kube
