#include "apps/bootstrap/link.hpp"

#include <thread>

#include "apps/bootstrap/config.hpp"
#include "base/try.hpp"

namespace keks::bootstrap {
namespace {

/// INIT has 10 s; what is not there after this does not come from waiting.
constexpr std::chrono::seconds kWarmUp{3};

/// Both questions at once: each is a round trip with a handshake of its own.
Result<kube::EksFacts> ask_both(kube::EksConnector const& connector, Deadline const& deadline) {
  Result<aws::Credentials> credentials = fail(Code::Cancelled, "not asked");
  std::jthread sts([&] { credentials = connector.credentials().get(deadline); });
  auto facts = connector.facts(deadline);
  sts.join();
  if (facts && !credentials) return fail(credentials.error());
  return facts;
}

}  // namespace

Result<std::shared_ptr<Link>> Link::make(Environment const& environment, Log const& log) {
  KEKS_TRY(auto connector, kube::EksConnector::make(eks_options(environment)));
  KEKS_CHECK(connector.prepare());
  std::shared_ptr<Link> link(new Link(std::move(connector)));
  link->warm_up(log);
  return link;
}

void Link::warm_up(Log const& log) {
  auto const& facts = connector_.known_facts();
  if (!facts) return;
  connection_ = connector_.connect(*facts);
  auto connected = connection_->transport->connect(connection_->endpoint, Deadline::after(kWarmUp));
  if (!connected) log(LogLevel::Warn, "INIT: " + connected.error().message() + " (the invocation tries again)");
}

Result<kube::Client> Link::client(Deadline const& deadline) {
  if (!connection_) {
    KEKS_TRY(auto facts, connector_.assumes_role() ? ask_both(connector_, deadline) : connector_.facts(deadline));
    connection_ = connector_.connect(facts);
  }
  return connection_->client;
}

}  // namespace keks::bootstrap
