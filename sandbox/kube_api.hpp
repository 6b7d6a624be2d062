#pragma once

#include <string>
#include <string_view>

#include "sandbox/authenticator.hpp"
#include "sandbox/pod_list.hpp"
#include "sandbox/reply.hpp"

namespace keks::sandbox {

/// What a path of the API server names.
struct Route {
  enum class What { Health, Version, Api, Pods, Pod, Other } what = What::Other;
  std::string path, ns, name;
  static Route parse(std::string const& path);
};

struct KubeFacts {
  std::size_t pod_bytes = 0;
  std::size_t page_limit = 0;
  bool tables = true;
};

/// An API server with pods and nothing else: authentication, an allow-list in the place of RBAC, negotiation, reads.
/// Members of `keks:viewers` may get and list pods, `system:masters` everything; discovery is open to whoever
/// signs in, health and version to everybody. *Lifetime:* the authenticator and the store must outlive it.
/// Contract: https://kubernetes.io/docs/reference/using-api/api-concepts/
class KubeApi final : public Service {
 public:
  KubeApi(Authenticator const& authenticator, PodStore const& store, KubeFacts facts, std::string continue_key)
      : authenticator_(authenticator), store_(store), facts_(facts), tokens_(std::move(continue_key)) {}

  std::string_view point(net::ServerRequest const& request) const override;
  Reply answer(net::ServerRequest const& request, Plan const& plan, WallTime now) override;
  Reply refusal(net::ServerRequest const& request, Plan const& plan) override;
  std::string_view wrong_shape(net::ServerRequest const& request) const override;

 private:
  Reply read(net::ServerRequest const& request, Route const& route, Parameters const& query, WallTime now) const;
  Reply list(Route const& route, Parameters const& parameters, ListForm const& form) const;
  Reply get(Route const& route, ListForm const& form) const;
  Reply expired(std::optional<ContinueTokens::Place> const& place) const;

  Authenticator const& authenticator_;
  PodStore const& store_;
  KubeFacts facts_;
  ContinueTokens tokens_;
};

}  // namespace keks::sandbox
