#pragma once

#include <keks/aws/credentials.hpp>
#include <keks/iam/token.hpp>

#include <memory>
#include <string>

namespace keks::kube {

/// Where a client's bearer token comes from. *Threads:* implementations must allow concurrent calls.
class TokenSource {
 public:
  virtual ~TokenSource() = default;
  /// A token that is valid now; an empty one means: send no Authorization header.
  virtual Result<keks::Secret> token(Deadline const& deadline) = 0;
  /// The server answered 401 to `refused`: forget it, unless another caller has replaced it already.
  virtual void refused(keks::Secret const& refused) = 0;
  /// Who the token speaks for and where such an identity is mapped, for the message of a 401. May be empty.
  virtual std::string advice() const { return {}; }
};

/// EKS: mints from `credentials`, keeps the token until 14 minutes after it was made by the wall clock, and after
/// a 401 throws token and credentials away. *Lifetime:* `clock` must outlive the source.
std::shared_ptr<TokenSource> eks_token_source(std::shared_ptr<aws::CredentialsProvider> credentials,
                                              iam::TokenInput input, Clock const& clock);

/// Always the same token.
std::shared_ptr<TokenSource> fixed_token(keks::Secret token);

}  // namespace keks::kube
