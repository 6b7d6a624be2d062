#include "apps/bootstrap/link.hpp"

#include <thread>

#include "apps/bootstrap/config.hpp"
#include "base/try.hpp"

namespace keks::bootstrap {
namespace {

/// INIT has 10 s; what is not there after this does not come from waiting.
constexpr std::chrono::seconds kWarmUp{2};

/// Both questions at once: each is a round trip with a handshake of its own.
Result<kube::ClusterFacts> ask_both(kube::EksAccess const& access, Deadline const& deadline) {
  Result<aws::Credentials> credentials = fail(Code::Cancelled, "not asked");
  std::jthread sts([&] { credentials = access.credentials()->get(deadline); });
  auto facts = access.describe(deadline);
  sts.join();
  if (facts && !credentials) return fail(credentials.error());
  return facts;
}

}  // namespace

Result<std::shared_ptr<Link>> Link::make(Environment const& environment, Log const& log) {
  auto options = eks_options(environment);
  bool assumes_role = !options.role.empty();
  KEKS_TRY(auto access, kube::EksAccess::prepare(std::move(options)));
  KEKS_CHECK(access.prepare_tls());
  std::shared_ptr<Link> link(new Link(std::move(access), assumes_role));
  KEKS_CHECK(link->warm_up(log));
  return link;
}

Result<void> Link::warm_up(Log const& log) {
  auto const& facts = access_.configured();
  if (!facts) return {};
  KEKS_TRY(auto made, access_.connect(*facts));
  client_ = made.client;
  auto connected = made.transport->connect(facts->endpoint, Deadline::after(kWarmUp));
  if (!connected) log(LogLevel::Warn, "INIT: " + connected.error().message() + " (the invocation tries again)");
  return {};
}

Result<kube::Client> Link::client(Deadline const& deadline) {
  if (!client_) {
    KEKS_TRY(auto facts, assumes_role_ ? ask_both(access_, deadline) : access_.describe(deadline));
    KEKS_TRY(auto made, access_.connect(facts));
    client_ = made.client;
  }
  return *client_;
}

}  // namespace keks::bootstrap
