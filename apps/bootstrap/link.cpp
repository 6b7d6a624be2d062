#include "apps/bootstrap/link.hpp"

#include <mutex>
#include <system_error>
#include <thread>
#include <tuple>

#include "apps/bootstrap/config.hpp"
#include "base/try.hpp"

namespace keks::bootstrap {
namespace {

/// INIT has 10 s; what is not there after this does not come from waiting.
constexpr std::chrono::seconds kWarmUp{2};

/// Both questions at once: each is a round trip with a handshake of its own. What fails first calls off the other.
class BothQuestions {
 public:
  BothQuestions(kube::EksAccess const& access, Deadline const& deadline)
      : access_(access), deadline_(deadline.with_stop(called_off_.get_token())) {}

  Result<kube::ClusterFacts> ask() {
    {
      auto sts = in_a_thread();
      facts_ = noted(access_.describe(deadline_));
    }
    if (first_) return fail(*first_);
    return facts_;
  }

 private:
  /// Where no thread is to be had, one question comes after the other.
  std::jthread in_a_thread() {
    try {
      return std::jthread([this] { ask_for_credentials(); });
    } catch (std::system_error const&) {
      ask_for_credentials();
      return {};
    }
  }
  void ask_for_credentials() { std::ignore = noted(access_.credentials()->get(deadline_)); }

  template <class T>
  Result<T> noted(Result<T> result) {
    if (result) return result;
    std::lock_guard lock(mutex_);
    if (!first_) first_ = result.error();
    called_off_.request_stop();
    return result;
  }

  kube::EksAccess const& access_;
  std::stop_source called_off_;
  Deadline deadline_;
  Result<kube::ClusterFacts> facts_ = fail(Code::Cancelled, "not asked");
  std::mutex mutex_;
  std::optional<Error> first_;
};

bool seems_elsewhere(Code code) {
  return code == Code::NameNotResolved || code == Code::ConnectTimedOut || code == Code::ConnectFailed ||
         code == Code::TlsUntrusted || code == Code::TlsWrongName;
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
  auto made = access_.connect(*facts);
  client_ = made.client;
  auto connected = made.transport->connect(facts->endpoint, Deadline::after(kWarmUp));
  if (!connected) log(LogLevel::Warn, "INIT: " + connected.error().message() + " (the invocation tries again)");
  return {};
}

Result<kube::Client> Link::client(Deadline const& deadline) {
  if (!client_) {
    KEKS_TRY(auto facts, assumes_role_ ? BothQuestions(access_, deadline).ask() : access_.describe(deadline));
    client_ = access_.connect(facts).client;
  }
  return *client_;
}

void Link::failed(Error const& error) {
  if (!access_.configured() && seems_elsewhere(error.code())) client_.reset();
}

}  // namespace keks::bootstrap
