#pragma once

#include <cstdint>
#include <span>

#include "net/openssl.hpp"

namespace keks::net {

/// A certificate of the build, in DER, with OpenSSL's hash of its subject.
struct EmbeddedRoot {
  unsigned long subject_hash;
  std::span<unsigned char const> der;
};
/// Made by embed_roots.cmake from the system's ca-certificates.
std::span<EmbeddedRoot const> amazon_roots();

/// Puts into the store the embedded root that the chain under verification leads to. Decoding all of them would
/// cost a cold start more than the rest of the handshake's set-up.
void admit_embedded_root(X509_STORE_CTX* verification);

/// What a failed verification found, in words for a message.
struct Refusal {
  int error = X509_V_OK;
  std::string issuer;  ///< of the server's certificate
  std::string names;   ///< that it is for
};
Refusal describe(X509_STORE_CTX* verification);
Error refusal_error(Refusal const& refusal, std::string const& host);

}  // namespace keks::net
