#include <map>
#include <mutex>

#include "base/format.hpp"
#include "base/try.hpp"
#include "net/tls.hpp"
#include "net/trust.hpp"

namespace keks::net {
namespace {

/// The newest session of each origin, for resumption. *Threads:* safe.
class Sessions {
 public:
  void put(std::string const& origin, SessionPtr session) {
    std::lock_guard lock(mutex_);
    sessions_[origin] = std::move(session);
  }
  /// Offers a kept session to a new connection, once: TLS 1.3 tickets are not for using twice.
  void offer(std::string const& origin, SSL* ssl) {
    std::lock_guard lock(mutex_);
    auto found = sessions_.extract(origin);
    if (found) SSL_set_session(ssl, found.mapped().get());
  }

 private:
  std::mutex mutex_;
  std::map<std::string, SessionPtr> sessions_;
};

/// A client's end of a TLS session, with what OpenSSL's callbacks need to find: it may outlive the client.
class ClientStream final : public TlsStream {
 public:
  ClientStream(Fd fd, SslPtr ssl, std::shared_ptr<Sessions> sessions, std::shared_ptr<Anchors> anchors,
               std::string origin)
      : TlsStream(std::move(fd), std::move(ssl)),
        sessions_(std::move(sessions)),
        anchors_(std::move(anchors)),
        origin_(std::move(origin)) {
    SSL_set_app_data(this->ssl(), this);
  }
  static ClientStream& of(SSL const* ssl) { return *static_cast<ClientStream*>(SSL_get_app_data(ssl)); }

  void keep(SessionPtr session) { sessions_->put(origin_, std::move(session)); }
  Refusal refusal;

 private:
  std::shared_ptr<Sessions> sessions_;
  std::shared_ptr<Anchors> anchors_;
  std::string origin_;
};

int keep_session(SSL* ssl, SSL_SESSION* session) {
  ClientStream::of(ssl).keep(SessionPtr(session));
  return 1;
}

int verify(X509_STORE_CTX* verification, void* anchors) {
  static_cast<Anchors*>(anchors)->admit(verification);
  int verdict = X509_verify_cert(verification);
  if (verdict > 0) return verdict;
  auto const* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx()));
  ClientStream::of(ssl).refusal = describe(verification);
  return verdict;
}

void trust_only(SSL_CTX* context, Anchors& anchors) {
  // Any certificate given is an anchor, be it a root or not.
  X509_STORE_set_flags(SSL_CTX_get_cert_store(context), X509_V_FLAG_PARTIAL_CHAIN);
  SSL_CTX_set_cert_verify_callback(context, verify, &anchors);
}

/// A name without the root's dot, as certificates and SNI have it.
std::string plain_name(std::string const& host) { return host.ends_with('.') ? host.substr(0, host.size() - 1) : host; }

void expect_peer(SSL* ssl, std::string const& host) {
  auto* rules = SSL_get0_param(ssl);
  if (Address::numeric(host, 0)) {
    X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str());
    return;
  }
  auto name = plain_name(host);
  X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
  X509_VERIFY_PARAM_set1_host(rules, name.c_str(), name.size());
  SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data());
}

class Context final : public ClientTls {
 public:
  Context(SslCtxPtr context, std::shared_ptr<Anchors> anchors)
      : anchors_(std::move(anchors)), context_(std::move(context)) {}

  Result<std::unique_ptr<Stream>> handshake(Fd fd, Peer const& peer, Deadline const& deadline) override {
    auto origin = format("{}:{}", peer.host, peer.port);
    auto stream = open(std::move(fd), peer.host, origin);
    auto attempt = shake_hands(*stream, deadline.at_most(peer.timeout), origin);
    if (!attempt) return fail(timeout(attempt.error(), origin, peer, deadline));
    if (attempt->kind != Attempt::Done) return fail(failure(*stream, *attempt, peer, origin));
    return stream;
  }

 private:
  std::unique_ptr<ClientStream> open(Fd fd, std::string const& host, std::string const& origin) {
    SslPtr ssl(SSL_new(context_.get()));
    SSL_set_connect_state(ssl.get());
    expect_peer(ssl.get(), host);
    sessions_->offer(origin, ssl.get());
    return std::make_unique<ClientStream>(std::move(fd), std::move(ssl), sessions_, anchors_, origin);
  }

  static Error timeout(Error const& error, std::string const& origin, Peer const& peer, Deadline const& deadline) {
    if (error.code() == Code::Cancelled || deadline.expired()) return error;
    return error.with_code(Code::ConnectTimedOut)
        .with_message(format("{} took the connection but did not finish the TLS handshake in {} ms; is it a TLS port?",
                             origin, peer.timeout.count()));
  }

  static Error failure(ClientStream const& stream, Attempt const& attempt, Peer const& peer,
                       std::string const& origin) {
    if (stream.refusal.error != X509_V_OK) return refusal_error(stream.refusal, peer.host).with_host(peer.host);
    auto why = attempt.why.empty() ? "the connection was closed" : attempt.why;
    return Error(Code::TlsFailed, format("TLS with {} failed: {}; does the port speak TLS?", origin, why))
        .with_host(peer.host);
  }

  std::shared_ptr<Anchors> anchors_;
  SslCtxPtr context_;
  std::shared_ptr<Sessions> sessions_ = std::make_shared<Sessions>();
};

}  // namespace

Result<std::shared_ptr<ClientTls>> ClientTls::make(Trust const& trust) {
  KEKS_TRY(auto anchors, Anchors::of(trust));
  KEKS_TRY(auto context, new_context(TLS_client_method()));
  trust_only(context.get(), *anchors);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_alpn_protos(context.get(), kHttp11.data(), kHttp11.size());
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(context.get(), keep_session);
  return std::make_shared<Context>(std::move(context), std::move(anchors));
}

}  // namespace keks::net
