#include <keks/kube/client.hpp>
#include <keks/kube/eks.hpp>

#include "base/try.hpp"
#include "kube/core.hpp"
#include "kube/request.hpp"

namespace keks::kube {

Client::Client(ClientOptions options) : core_(std::make_shared<Core const>(Core{std::move(options)})) {}

Result<Client> Client::eks(EksOptions options, Deadline const& deadline) {
  KEKS_TRY(auto access, EksAccess::prepare(std::move(options)));
  KEKS_TRY(auto facts, access.describe(deadline));
  return access.connect(facts).client;
}

Scope Client::all() const { return Scope(core_, std::nullopt); }
Scope Client::in(std::string ns) const { return Scope(core_, std::move(ns)); }
Scope Client::cluster() const { return Scope(core_, std::nullopt); }

Result<net::Response> Client::raw(std::string const& target, Deadline const& deadline) const {
  KEKS_TRY(auto request, raw_request(core_->options.server, target));
  KEKS_TRY(net::Response response, core_->send(std::move(request), {"GET", target, "", ""}, deadline));
  return response;
}

}  // namespace keks::kube
