#include "sandbox/pki.hpp"

#include <arpa/inet.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "base/format.hpp"
#include "base/freed.hpp"
#include "base/try.hpp"

namespace keks::sandbox {
namespace {

using Key = Owned<EVP_PKEY, EVP_PKEY_free>;
using Certificate = Owned<X509, X509_free>;
using Extension = Owned<X509_EXTENSION, X509_EXTENSION_free>;
using Bio = Owned<BIO, BIO_free>;

auto failed(std::string_view what) { return fail(Code::TlsFailed, format("OpenSSL cannot make {}", what)); }

template <class Write>
std::string pem_text(Write const& write) {
  Bio bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  char* data = nullptr;
  auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

void set_name(X509_NAME* name, std::string const& common_name) {
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<unsigned char const*>(common_name.c_str()), -1,
                             -1, 0);
}

void set_serial(X509* certificate) {
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1 | 1);
}

/// A certificate for `key` that wants only extensions, an issuer and a signature.
Certificate blank_certificate(EVP_PKEY* key, std::string const& common_name) {
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  set_serial(certificate.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -86'400);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 10L * 365 * 86'400);
  X509_set_pubkey(certificate.get(), key);
  set_name(X509_get_subject_name(certificate.get()), common_name);
  return certificate;
}

bool extend(X509* certificate, X509* issuer, int nid, std::string const& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool is_address(std::string const& name) {
  in6_addr six;
  in_addr four;
  return inet_pton(AF_INET, name.c_str(), &four) == 1 || inet_pton(AF_INET6, name.c_str(), &six) == 1;
}

std::string alternative_names(std::vector<std::string> const& names) {
  std::string text;
  for (auto const& name : names)
    text += format("{}{}:{}", text.empty() ? "" : ",", is_address(name) ? "IP" : "DNS", name);
  return text;
}

bool finish(X509* certificate, X509* issuer, EVP_PKEY* issuer_key) {
  return X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
         X509_sign(certificate, issuer_key, EVP_sha256()) > 0;
}

std::string pem_of(X509* certificate) {
  return pem_text([&](BIO* bio) { PEM_write_bio_X509(bio, certificate); });
}

}  // namespace

struct CertificateAuthority::Keys {
  Key key;
  Certificate certificate;
};

Result<CertificateAuthority> CertificateAuthority::create(std::string const& common_name) {
  auto keys = std::make_shared<Keys>();
  keys->key.reset(EVP_EC_gen("P-256"));
  if (!keys->key) return failed("a key");
  keys->certificate = blank_certificate(keys->key.get(), common_name);
  auto* ca = keys->certificate.get();
  if (!extend(ca, ca, NID_basic_constraints, "critical,CA:TRUE") ||
      !extend(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") ||
      !extend(ca, ca, NID_subject_key_identifier, "hash") || !finish(ca, ca, keys->key.get()))
    return failed("a CA certificate");
  auto pem = pem_of(ca);
  return CertificateAuthority(std::move(keys), std::move(pem));
}

Result<net::ServerTls> CertificateAuthority::issue(std::vector<std::string> const& names) const {
  Key key(EVP_EC_gen("P-256"));
  if (!key || names.empty()) return failed("a key, or for no name");
  auto certificate = blank_certificate(key.get(), names.front());
  auto *leaf = certificate.get(), *ca = keys_->certificate.get();
  if (!extend(leaf, ca, NID_basic_constraints, "critical,CA:FALSE") ||
      !extend(leaf, ca, NID_key_usage, "critical,digitalSignature") ||
      !extend(leaf, ca, NID_ext_key_usage, "serverAuth") || !extend(leaf, ca, NID_subject_key_identifier, "hash") ||
      !extend(leaf, ca, NID_authority_key_identifier, "keyid") ||
      !extend(leaf, ca, NID_subject_alt_name, alternative_names(names)) || !finish(leaf, ca, keys_->key.get()))
    return failed(format("a certificate for {}", names.front()));
  auto key_pem =
      pem_text([&](BIO* bio) { PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
  return net::ServerTls{.certificate_pem = pem_of(leaf), .key_pem = std::move(key_pem)};
}

}  // namespace keks::sandbox
