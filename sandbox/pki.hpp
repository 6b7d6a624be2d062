#pragma once

#include <keks/base/result.hpp>
#include <keks/net/server.hpp>

#include <memory>
#include <string>
#include <vector>

namespace keks::sandbox {

/// A certificate authority that lives in memory, for tests and the sandbox: P-256 keys, valid for ten years from a
/// day ago. *Threads:* safe to share.
class CertificateAuthority {
 public:
  /// *Errors:* `TlsFailed`.
  static Result<CertificateAuthority> create(std::string const& common_name);

  std::string const& certificate_pem() const { return ca_pem_; }
  /// A leaf for these DNS names and IP addresses (in digits), with its new key. *Errors:* `TlsFailed`.
  Result<net::ServerTls> issue(std::vector<std::string> const& names) const;

 private:
  struct Keys;
  CertificateAuthority(std::shared_ptr<Keys const> keys, std::string ca_pem)
      : keys_(std::move(keys)), ca_pem_(std::move(ca_pem)) {}
  std::shared_ptr<Keys const> keys_;
  std::string ca_pem_;
};

}  // namespace keks::sandbox
