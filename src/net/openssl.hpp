#pragma once

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <vector>

#include "base/freed.hpp"
#include "net/stream.hpp"

namespace keks::net {

using SslCtxPtr = Owned<SSL_CTX, SSL_CTX_free>;
using SslPtr = Owned<SSL, SSL_free>;
using SessionPtr = Owned<SSL_SESSION, SSL_SESSION_free>;
using X509Ptr = Owned<X509, X509_free>;
using BioPtr = Owned<BIO, BIO_free>;
using KeyPtr = Owned<EVP_PKEY, EVP_PKEY_free>;

/// The one protocol that keks speaks over TLS, as ALPN spells it.
inline constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

/// What the newest entry of this thread's error queue says; the queue is emptied.
std::string openssl_error();

/// A context with what both sides share: TLS 1.2 at least, partial writes, HTTP/1.1 as the only protocol.
Result<SslCtxPtr> new_context(SSL_METHOD const* method);

/// The certificates of a PEM text, in order. *Errors:* `CaNotPem`: none there, or one that does not parse.
Result<std::vector<X509Ptr>> read_certificates(std::string_view pem);
/// Whether a PEM text was read to its end, and `certificates` of it. *Errors:* `CaNotPem`.
Result<void> pem_ended(std::size_t certificates);
inline constexpr std::string_view kNoCertificate = "the CA holds no certificate in PEM (-----BEGIN CERTIFICATE-----)";
BioPtr memory_bio(std::string_view text);
/// For OpenSSL's PEM readers, which would ask on the terminal.
void* no_password();

/// A TLS session over a socket, either side. The handshake is the first thing to do.
class TlsStream : public Stream {
 public:
  TlsStream(Fd fd, SslPtr ssl);
  ~TlsStream() override;

  /// One step; `Done` when the session stands.
  Attempt handshake();
  Attempt read(std::span<char> into) override;
  Attempt write(std::string_view bytes) override;
  void end() override;
  void abort() override;
  SSL* ssl() { return ssl_.get(); }

 private:
  Attempt outcome(int result, std::size_t size);
  SslPtr ssl_;
  bool ended_ = false;
};

/// Runs the handshake to its end. The attempt is `Done` or says why not. *Errors:* `DeadlineExceeded`, `Cancelled`.
Result<Attempt> shake_hands(TlsStream& stream, Deadline const& deadline, std::string_view peer);

}  // namespace keks::net
