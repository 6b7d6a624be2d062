#include <openssl/pem.h>

#include "base/format.hpp"
#include "base/try.hpp"
#include "net/openssl.hpp"
#include "net/tls.hpp"

namespace keks::net {
namespace {

int choose_http11(SSL*, unsigned char const** out, unsigned char* out_size, unsigned char const* offered,
                  unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11.data(), kHttp11.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

Result<void> use_certificate(SSL_CTX* context, std::string_view pem) {
  auto chain = read_certificates(pem);
  if (!chain) return fail(Code::TlsFailed, format("the server's certificate: {}", chain.error().message()));
  SSL_CTX_use_certificate(context, chain->front().get());
  for (auto it = chain->begin() + 1; it != chain->end(); ++it) SSL_CTX_add1_chain_cert(context, it->get());
  return {};
}

Result<void> use_key(SSL_CTX* context, std::string_view pem) {
  KeyPtr key(PEM_read_bio_PrivateKey(memory_bio(pem).get(), nullptr, nullptr, no_password()));
  if (!key) return fail(Code::TlsFailed, format("the server's private key is not valid PEM: {}", openssl_error()));
  if (SSL_CTX_use_PrivateKey(context, key.get()) != 1)
    return fail(Code::TlsFailed, format("the private key is not that of the certificate: {}", openssl_error()));
  return {};
}

class Context final : public ServerTlsContext {
 public:
  explicit Context(SslCtxPtr context) : context_(std::move(context)) {}

  Result<std::unique_ptr<Stream>> accept(Fd fd, std::string const& peer, Deadline const& deadline) override {
    SslPtr ssl(SSL_new(context_.get()));
    SSL_set_accept_state(ssl.get());
    auto stream = std::make_unique<TlsStream>(std::move(fd), std::move(ssl));
    KEKS_TRY(auto attempt, shake_hands(*stream, deadline, peer));
    if (attempt.kind != Attempt::Done)
      return fail(Code::TlsFailed, format("TLS with {} failed: {}", peer, attempt.why));
    return stream;
  }

 private:
  SslCtxPtr context_;
};

}  // namespace

Result<std::shared_ptr<ServerTlsContext>> ServerTlsContext::make(ServerTls const& tls) {
  KEKS_TRY(auto context, new_context(TLS_server_method()));
  KEKS_CHECK(use_certificate(context.get(), tls.certificate_pem));
  KEKS_CHECK(use_key(context.get(), tls.key_pem));
  constexpr unsigned char id[] = "keks";
  SSL_CTX_set_session_id_context(context.get(), id, sizeof id - 1);
  SSL_CTX_set_alpn_select_cb(context.get(), choose_http11, nullptr);
  return std::make_shared<Context>(std::move(context));
}

}  // namespace keks::net
