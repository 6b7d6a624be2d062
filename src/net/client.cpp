#include <keks/net/client.hpp>

#include <openssl/crypto.h>

#include "net/dial.hpp"
#include "net/pool.hpp"
#include "net/reply.hpp"
#include "net/tls.hpp"

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::net {
namespace {

bool may_replay(Request const& request) {
  if (request.replay != Request::Replay::ByMethod) return request.replay == Request::Replay::Yes;
  for (std::string_view method : {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
    if (request.method == method) return true;
  return false;
}

}  // namespace

struct Client::Impl {
  explicit Impl(ClientOptions given)
      : options(std::move(given)), pool(std::make_shared<Pool>(options.keep_idle, options.max_idle_per_origin)) {
    if (options.user_agent.empty()) options.user_agent = "keks/" KEKS_VERSION;
  }

  Result<std::shared_ptr<ClientTls>> tls() {
    std::lock_guard lock(tls_mutex);
    if (!tls_context) {
      KEKS_TRY(tls_context, ClientTls::make(options.trust));
    }
    return tls_context;
  }

  Result<std::unique_ptr<Connection>> dial(Url const& url, Deadline const& deadline) {
    // Bad trust anchors should show before a packet leaves.
    std::shared_ptr<ClientTls> context;
    if (url.is_tls()) {
      KEKS_TRY(context, tls());
    }
    ++counters.lookups;
    KEKS_TRY(auto addresses, resolve(url.host, url.port, options.connect_timeout, deadline));
    ++counters.dials;
    KEKS_TRY(auto fd, connect_any(addresses, url.host, options.connect_timeout, deadline));
    if (!context) return std::make_unique<Connection>(plain_stream(std::move(fd)), url.authority());
    ++counters.handshakes;
    Peer peer{url.host, url.port, options.connect_timeout};
    KEKS_TRY(auto stream, context->handshake(std::move(fd), peer, deadline));
    return std::make_unique<Connection>(std::move(stream), url.authority());
  }

  Result<Response> send_on(std::unique_ptr<Connection> connection, Request const& request, std::string const& head,
                           Deadline const& deadline) {
    ++counters.requests;
    Call call(std::move(connection), reply_reader(request.method == "HEAD", {.bytes = options.max_head}));
    KEKS_CHECK(call.run(head, request.body, deadline));
    return std::move(call).response(pool, request.url.origin());
  }

  Result<Response> send(Request const& request, Deadline const& deadline) {
    KEKS_TRY(auto head, request_head(request, options.user_agent));
    KEKS_CHECK(check(deadline, {"a connection to", request.url.host}));
    if (auto kept = pool->take(request.url.origin())) {
      auto response = send_on(std::move(kept), request, head, deadline);
      bool lost = !response && response.error().code() == Code::ConnectionLost;
      if (!lost || !may_replay(request)) return response;
      ++counters.replays;
    }
    KEKS_TRY(auto fresh, dial(request.url, deadline));
    return send_on(std::move(fresh), request, head, deadline);
  }

  ClientOptions options;
  ClientCounters counters;
  std::shared_ptr<Pool> pool;
  std::mutex tls_mutex;
  std::shared_ptr<ClientTls> tls_context;
};

Client::Client(ClientOptions options) : impl_(std::make_shared<Impl>(std::move(options))) {}
Client::~Client() = default;

Result<Response> Client::send(Request const& request, Deadline const& deadline) {
  return impl_->send(request, deadline);
}

Result<void> Client::prepare() {
  KEKS_CHECK(impl_->tls());
  return {};
}

Result<void> Client::connect(Url const& url, Deadline const& deadline) {
  KEKS_CHECK(check(deadline, {"a connection to", url.host}));
  KEKS_TRY(auto connection, impl_->dial(url, deadline));
  impl_->pool->put(url.origin(), std::move(connection));
  return {};
}

ClientCounters const& Client::counters() const { return impl_->counters; }

std::string openssl_version() { return OpenSSL_version(OPENSSL_VERSION); }

}  // namespace keks::net
