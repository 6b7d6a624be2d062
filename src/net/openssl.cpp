#include "net/openssl.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <cerrno>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::net {
namespace {

int descriptor(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

int note_blocking(BIO* bio, ssize_t moved, int flag) {
  BIO_clear_retry_flags(bio);
  if (moved < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
    BIO_set_flags(bio, flag | BIO_FLAGS_SHOULD_RETRY);
  return static_cast<int>(moved);
}

int bio_write(BIO* bio, char const* data, int size) {
  return note_blocking(bio, send(descriptor(bio), data, static_cast<std::size_t>(size), MSG_NOSIGNAL), BIO_FLAGS_WRITE);
}
int bio_read(BIO* bio, char* data, int size) {
  return note_blocking(bio, recv(descriptor(bio), data, static_cast<std::size_t>(size), 0), BIO_FLAGS_READ);
}
long bio_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH; }

/// OpenSSL's own socket BIO writes with write(2), which raises SIGPIPE when the peer has gone.
BIO_METHOD const* quiet_socket() {
  static BIO_METHOD const* const method = [] {
    auto* m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "keks socket");
    BIO_meth_set_write(m, bio_write);
    BIO_meth_set_read(m, bio_read);
    BIO_meth_set_ctrl(m, bio_control);
    return m;
  }();
  return method;
}

BIO* socket_bio(int fd) {
  BIO* bio = BIO_new(quiet_socket());
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(fd)));
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace

std::string openssl_error() {
  unsigned long code = ERR_peek_last_error();
  char const* reason = code ? ERR_reason_error_string(code) : nullptr;
  std::string text = reason ? reason : code ? format("OpenSSL error {:x}", code) : "";
  ERR_clear_error();
  return text;
}

Result<SslCtxPtr> new_context(SSL_METHOD const* method) {
  // The machine's openssl.cnf costs a millisecond and has no say in what keks trusts.
  OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
  SslCtxPtr context(SSL_CTX_new(method));
  if (!context) return fail(Code::TlsFailed, format("cannot set up TLS: {}", openssl_error()));
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  // One recv a record instead of two: its header alone is not worth a system call.
  SSL_CTX_ctrl(context.get(), SSL_CTRL_SET_READ_AHEAD, 1, nullptr);
  return context;
}

void* no_password() { return const_cast<char*>(""); }

BioPtr memory_bio(std::string_view text) { return BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

Result<std::vector<X509Ptr>> read_certificates(std::string_view pem) {
  auto bio = memory_bio(pem);
  std::vector<X509Ptr> certificates;
  ERR_clear_error();
  while (auto* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, no_password()))
    certificates.emplace_back(certificate);
  KEKS_CHECK(pem_ended(certificates.size()));
  return certificates;
}

Result<void> pem_ended(std::size_t certificates) {
  bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  auto why = openssl_error();
  if (!at_end)
    return fail(Code::CaNotPem, format("certificate {} of the CA is not valid PEM: {}", certificates + 1, why));
  if (certificates == 0) return fail(Code::CaNotPem, std::string(kNoCertificate));
  return {};
}

TlsStream::TlsStream(Fd fd, SslPtr ssl) : Stream(std::move(fd)), ssl_(std::move(ssl)) {
  auto* bio = socket_bio(this->fd());
  SSL_set_bio(ssl_.get(), bio, bio);
}

TlsStream::~TlsStream() { TlsStream::end(); }

void TlsStream::end() {
  if (ended_ || SSL_in_init(ssl_.get())) return;
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  shutdown(fd(), SHUT_WR);
  ended_ = true;
}

void TlsStream::abort() {
  // A goodbye would make a reset look orderly.
  ended_ = true;
  Stream::abort();
}

Attempt TlsStream::outcome(int result, std::size_t size) {
  int error = errno;
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_NONE:
      return {Attempt::Done, size, {}};
    case SSL_ERROR_WANT_READ:
      return {Attempt::WantRead, 0, {}};
    case SSL_ERROR_WANT_WRITE:
      return {Attempt::WantWrite, 0, {}};
    case SSL_ERROR_ZERO_RETURN:
      return {Attempt::Closed, 0, {}};
    default:
      break;
  }
  ended_ = true;
  auto why = openssl_error();
  if (why.empty()) why = error ? errno_text(error) : "the connection was closed without a TLS goodbye";
  return {Attempt::Failed, 0, why};
}

Attempt TlsStream::handshake() {
  ERR_clear_error();
  errno = 0;
  return outcome(SSL_do_handshake(ssl_.get()), 0);
}

Attempt TlsStream::read(std::span<char> into) {
  ERR_clear_error();
  errno = 0;
  std::size_t size = 0;
  int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &size);
  return outcome(result, size);
}

Attempt TlsStream::write(std::string_view bytes) {
  ERR_clear_error();
  errno = 0;
  std::size_t size = 0;
  int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &size);
  return outcome(result, size);
}

Result<Attempt> shake_hands(TlsStream& stream, Deadline const& deadline, std::string_view peer) {
  for (;;) {
    auto attempt = stream.handshake();
    if (!attempt.waits()) return attempt;
    KEKS_CHECK(wait_for(stream.fd(), attempt.events(), deadline, {"the TLS handshake with", peer}));
  }
}

}  // namespace keks::net
