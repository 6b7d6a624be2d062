#include "aws/providers/role.hpp"
#include "base/ascii.hpp"
#include "base/file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

constexpr std::size_t kMaxToken = 64 * 1024;

Result<Secret> read_token(std::string const& file) {
  auto text = read_file(file, kMaxToken);
  if (!text)
    return fail(Code::CredentialSourceFailed,
                format("The web identity token cannot be read: {}", text.error().message()));
  // Who wrote the file may have ended it with a line feed, which is no part of the token.
  Secret token(std::string(trimmed(Secret(*std::move(text)).reveal())));
  if (token.empty())
    return fail(Code::CredentialSourceFailed,
                format("The web identity token file {} is empty. See what should write it.", file));
  return token;
}

class ByToken final : public CredentialsProvider {
 public:
  ByToken(SharedSources sources, ServiceOptions options, WebIdentity identity)
      : sources_(std::move(sources)), sts_(std::move(options)), identity_(std::move(identity)) {}

  /// The file is read each time: its token is replaced long before the role's session ends.
  Result<Credentials> get(Deadline const& deadline) override {
    KEKS_TRY(auto token, read_token(identity_.token_file));
    return sts_.assume_role_with_web_identity({identity_.role_arn, identity_.session_name, std::move(token)}, deadline);
  }

 private:
  SharedSources const sources_;
  Sts sts_;
  WebIdentity const identity_;
};

}  // namespace

Offer offer_role_of_token(SharedSources const& sources, WebIdentity identity) {
  if (identity.session_name.empty()) identity.session_name = default_session_name(sources->clock);
  KEKS_TRY(auto options, sts_options(*sources, identity.fallback_region, nullptr));
  auto what = format("role {}, by the token in {}", identity.role_arn, identity.token_file);
  return Configured{std::make_shared<ByToken>(sources, std::move(options), std::move(identity)), std::move(what)};
}

Offer offer_web_identity(SharedSources const& sources) {
  auto const& env = sources->environment();
  auto file = env.get("AWS_WEB_IDENTITY_TOKEN_FILE"), role = env.get("AWS_ROLE_ARN");
  if (!file) return fail(Code::NoCredentials, "AWS_WEB_IDENTITY_TOKEN_FILE is not set");
  if (!role)
    return fail(Code::ConfigMalformed,
                "AWS_WEB_IDENTITY_TOKEN_FILE is set, AWS_ROLE_ARN is not. Set it to the role to be had for the token.");
  return offer_role_of_token(sources, {*role, env.get("AWS_ROLE_SESSION_NAME").value_or(""), *file});
}

}  // namespace keks::aws
