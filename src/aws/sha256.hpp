#pragma once

#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <array>
#include <span>
#include <string_view>

// SHA-256 and its HMAC on libcrypto's low-level routines: the EVP interface would start OpenSSL's providers, which
// costs more than all of a token.
namespace keks::aws {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

inline std::string_view bytes_of(Digest const& digest) {
  return {reinterpret_cast<char const*>(digest.data()), digest.size()};
}

/// SHA-256 of text that arrives in pieces.
class Sha256 {
 public:
  Sha256() { SHA256_Init(&state_); }
  Sha256& add(std::string_view bytes) {
    SHA256_Update(&state_, bytes.data(), bytes.size());
    return *this;
  }
  Digest finish() {
    Digest digest;
    SHA256_Final(digest.data(), &state_);
    return digest;
  }

 private:
  SHA256_CTX state_;
};

/// HMAC-SHA-256 (RFC 2104). `key` may come in two parts, so that a secret need not be copied to be prefixed.
Digest hmac_sha256(std::string_view key, std::string_view key_tail, std::string_view message);

}  // namespace keks::aws
