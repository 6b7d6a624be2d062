#pragma once

#include <keks/base/log.hpp>
#include <keks/kube/eks.hpp>

#include <memory>
#include <optional>

namespace keks::bootstrap {

/// The function's way to its cluster, kept over invocations: facts, credentials, token and connections.
/// *Threads:* one invocation at a time.
class Link {
 public:
  /// Reads the configuration and prepares what is not bound to time: TLS contexts and, when the endpoint is known,
  /// the connection to the API server. A connection that fails here is only noted: the invocation tries again.
  /// *Errors:* those of `kube::EksAccess::prepare`.
  static Result<std::shared_ptr<Link>> make(Environment const& environment, Log const& log);

  /// The client, after asking EKS for the facts and STS for the role at the same time if that is still to be done.
  Result<kube::Client> client(Deadline const& deadline);
  /// Tells of a call that failed. When the cluster does not seem to be where EKS said, EKS is asked again next time: it
  /// may have been made anew under its name.
  void failed(Error const& error);

 private:
  Link(kube::EksAccess access, bool assumes_role) : access_(std::move(access)), assumes_role_(assumes_role) {}
  Result<void> warm_up(Log const& log);

  kube::EksAccess access_;
  bool assumes_role_;
  std::optional<kube::Client> client_;
};

}  // namespace keks::bootstrap
