#pragma once

#include <keks/net/client.hpp>

#include <deque>
#include <mutex>
#include <span>

#include "net/openssl.hpp"

namespace keks::net {

using Der = std::span<unsigned char const>;

/// The certificates of the build, made by embed_roots.cmake from the system's ca-certificates.
std::span<Der const> amazon_roots();

/// The subject's name inside a certificate, as it is encoded; empty when `certificate` is none. Reads no further, so
/// that it costs next to nothing.
Der subject_of(Der certificate);

/// The certificates that may end a chain, decoded only when a chain asks for them: decoding one costs more than all
/// the rest of a handshake's set-up, and a system's bundle holds 150. *Threads:* safe to share.
class Anchors {
 public:
  /// *Errors:* `CaNotPem`: no certificate there, or one that is cut or is no certificate.
  static Result<std::unique_ptr<Anchors>> of(Trust const& trust);

  /// Puts into the store those that the chain under verification leads to. For one store only.
  void admit(X509_STORE_CTX* verification);

 private:
  struct Anchor {
    explicit Anchor(Der d) : der(d), subject(subject_of(d)) {}
    Der der, subject;
    std::once_flag admitted{};
  };
  bool admit_named(X509_STORE* store, X509_NAME const* name);
  static void admit(X509_STORE* store, Anchor& anchor);

  std::deque<Anchor> anchors_;
  std::deque<std::string> bytes_;  ///< what the anchors look at, unless it is the program's own data
};

/// What a failed verification found, in words for a message.
struct Refusal {
  int error = X509_V_OK;
  std::string issuer;  ///< of the server's certificate
  std::string names;   ///< that it is for
};
Refusal describe(X509_STORE_CTX* verification);
Error refusal_error(Refusal const& refusal, std::string const& host);

}  // namespace keks::net
