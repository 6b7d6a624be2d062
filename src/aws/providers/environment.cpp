#include <keks/base/time.hpp>

#include "aws/providers/keys.hpp"
#include "aws/providers/provider.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

constexpr std::string_view kId = "AWS_ACCESS_KEY_ID";
constexpr std::string_view kSecret = "AWS_SECRET_ACCESS_KEY";
constexpr std::string_view kToken = "AWS_SESSION_TOKEN";
constexpr std::string_view kOldToken = "AWS_SECURITY_TOKEN";
constexpr std::string_view kExpiration = "AWS_CREDENTIAL_EXPIRATION";

Result<Credentials> read(Environment const& env) {
  auto named = [&](std::string_view name) { return NamedValue{std::string(name), env.get(name)}; };
  auto token = named(env.get(kToken) ? kToken : kOldToken);
  KEKS_TRY(auto keys, take_keys({named(kId), named(kSecret), std::move(token), "the environment"}, "environment"));
  keys.account_id = env.get("AWS_ACCOUNT_ID").value_or("");
  if (auto text = env.get(kExpiration)) {
    auto when = parse_rfc3339(*text);
    if (!when)
      return fail(Code::ConfigMalformed,
                  format("{} is no time such as 2026-01-15T12:00:00Z. Correct it, or unset it.", kExpiration));
    keys.expiration = *when;
  }
  return keys;
}

class FromEnvironment final : public CredentialsProvider {
 public:
  explicit FromEnvironment(Environment environment) : environment_(std::move(environment)) {}

  Result<Credentials> get(Deadline const&) override {
    auto keys = read(environment_);
    if (!keys && keys.error().code() == Code::NoCredentials)
      return fail(
          keys.error().with_message(format("No AWS credentials: {} in the environment. Set them, and {} for "
                                           "temporary credentials.",
                                           keys.error().message(), kToken)));
    return keys;
  }

 private:
  Environment const environment_;
};

}  // namespace

std::shared_ptr<CredentialsProvider> environment_credentials(Environment environment) {
  return std::make_shared<FromEnvironment>(std::move(environment));
}

Offer offer_environment(SharedSources const& sources) {
  KEKS_TRY(auto keys, read(sources->environment()));
  return Configured{fixed_credentials(std::move(keys)), format("the keys of {}", kId)};
}

}  // namespace keks::aws
