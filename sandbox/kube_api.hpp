#pragma once

#include <string>
#include <string_view>

#include "sandbox/authenticator.hpp"
#include "sandbox/pod_list.hpp"
#include "sandbox/reply.hpp"

namespace keks::sandbox {

/// What a path of the API server names.
struct Route {
  enum class What { Health, Version, Api, Pods, Pod, ConfigMap, Review, Other } what = What::Other;
  std::string path, ns, name;
  std::string_view plural() const;  ///< of the resource; empty: it is none
  static Route parse(std::string const& path);
};

struct KubeFacts {
  std::size_t pod_bytes = 0;
  std::size_t page_limit = 0;
  bool tables = true;
};

/// An API server with pods and one ConfigMap, aws-auth: authentication, an allow-list in the place of RBAC,
/// negotiation, reads, and a caller's question who he is. Members of `keks:viewers` may get and list pods,
/// `keks:auth-readers` read ConfigMaps of kube-system, `system:masters` everything; discovery and the question are open
/// to whoever signs in, health and version to everybody. *Lifetime:* authenticator, access list and store must outlive
/// it. Contract: https://kubernetes.io/docs/reference/using-api/api-concepts/
class KubeApi final : public Service {
 public:
  KubeApi(Authenticator const& authenticator, AccessList const& access, PodStore const& store, KubeFacts facts,
          std::string continue_key)
      : authenticator_(authenticator),
        access_(access),
        store_(store),
        facts_(facts),
        tokens_(std::move(continue_key)) {}

  std::string_view point(net::ServerRequest const& request) const override;
  Reply answer(net::ServerRequest const& request, Plan const& plan, WallTime now) override;
  Reply refusal(net::ServerRequest const& request, Plan const& plan) override;
  std::string_view wrong_shape(net::ServerRequest const& request) const override;

 private:
  Reply read(net::ServerRequest const& request, Route const& route, Parameters const& query, WallTime now) const;
  Reply list(Route const& route, Parameters const& parameters, ListForm const& form) const;
  Reply get(Route const& route, ListForm const& form) const;
  Reply config_map(Route const& route) const;
  Reply expired(std::optional<ContinueTokens::Place> const& place) const;

  Authenticator const& authenticator_;
  AccessList const& access_;
  PodStore const& store_;
  KubeFacts facts_;
  ContinueTokens tokens_;
};

}  // namespace keks::sandbox
