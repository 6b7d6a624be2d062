#include "net/trust.hpp"

#include <keks/net/client.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::net {
namespace {

constexpr unsigned char kSequence = 0x30, kVersion = 0xa0;

/// Takes one element off the front of DER: its contents, or with `whole` its header as well. Empty if it is cut.
Der take(Der& der, bool whole = false) {
  if (der.size() < 2) return der = {}, Der();
  std::size_t header = 2, size = der[1];
  if (size >= 0x80) {
    std::size_t digits = size - 0x80;
    if (digits == 0 || digits > 3 || der.size() < header + digits) return der = {}, Der();
    size = 0;
    for (std::size_t i = 0; i < digits; ++i) size = size << 8 | der[header++];
  }
  if (der.size() - header < size) return der = {}, Der();
  auto taken = whole ? der.first(header + size) : der.subspan(header, size);
  der = der.subspan(header + size);
  return taken;
}

bool begins_with(Der der, unsigned char tag) { return !der.empty() && der[0] == tag; }

Der bytes_of(std::string const& text) { return {reinterpret_cast<unsigned char const*>(text.data()), text.size()}; }

/// The next block of a PEM text. False at its end, or when it is broken: the error queue tells.
bool next_block(BIO* bio, std::string& label, std::string& bytes) {
  char *name = nullptr, *header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  if (PEM_read_bio(bio, &name, &header, &data, &size) != 1) return false;
  label = name;
  bytes.assign(reinterpret_cast<char const*>(data), static_cast<std::size_t>(size));
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return true;
}

std::string name_text(X509_NAME const* name) {
  BioPtr out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), name, 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  auto size = BIO_get_mem_data(out.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::string general_name(GENERAL_NAME const& name) {
  int type = 0;
  auto const* value = static_cast<ASN1_STRING const*>(GENERAL_NAME_get0_value(&name, &type));
  if (type != GEN_DNS && type != GEN_IPADD) return {};
  auto const* data = ASN1_STRING_get0_data(value);
  auto size = ASN1_STRING_length(value);
  if (type == GEN_DNS) return {reinterpret_cast<char const*>(data), static_cast<std::size_t>(size)};
  sockaddr_storage storage{};
  // inet_ntop, by way of Address: the bytes lie behind the family and port (and flow info) of a sockaddr.
  bool v4 = size == 4;
  storage.ss_family = v4 ? AF_INET : AF_INET6;
  std::copy_n(data, size == 4 || size == 16 ? size : 0, reinterpret_cast<unsigned char*>(&storage) + (v4 ? 4 : 8));
  return Address::of(reinterpret_cast<sockaddr const*>(&storage), sizeof storage).ip();
}

std::string names_of(X509 const* certificate) {
  constexpr int most = 8;
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::string text;
  int count = names ? sk_GENERAL_NAME_num(names) : 0;
  for (int i = 0; i < std::min(count, most); ++i) {
    auto name = general_name(*sk_GENERAL_NAME_value(names, i));
    if (!name.empty()) text += (text.empty() ? "" : ", ") + name;
  }
  if (count > most) text += ", ...";
  GENERAL_NAMES_free(names);
  return text.empty() ? "no host at all" : text;
}

bool is_ca_mismatch(int error) {
  switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_UNTRUSTED:
      return true;
    default:
      return false;
  }
}

}  // namespace

Der subject_of(Der certificate) {
  if (!begins_with(certificate, kSequence)) return {};
  auto body = take(certificate);
  if (!begins_with(body, kSequence) || !certificate.empty()) return {};
  auto fields = take(body);
  if (begins_with(fields, kVersion)) take(fields);
  for ([[maybe_unused]] auto field : {"serialNumber", "signature", "issuer", "validity"}) take(fields);
  return begins_with(fields, kSequence) ? take(fields, true) : Der();
}

Result<std::unique_ptr<Anchors>> Anchors::of(Trust const& trust) {
  auto anchors = std::make_unique<Anchors>();
  if (trust.ca_pem.empty()) {
    for (auto root : amazon_roots()) anchors->anchors_.emplace_back(root);
    return anchors;
  }
  auto bio = memory_bio(trust.ca_pem);
  ERR_clear_error();
  for (std::string label, bytes; next_block(bio.get(), label, bytes);) {
    if (label != PEM_STRING_X509 && label != PEM_STRING_X509_OLD) continue;
    if (subject_of(bytes_of(bytes)).empty())
      return fail(Code::CaNotPem, format("certificate {} of the CA is not valid", anchors->anchors_.size() + 1));
    anchors->anchors_.emplace_back(bytes_of(anchors->bytes_.emplace_back(std::move(bytes))));
  }
  KEKS_CHECK(pem_ended(anchors->anchors_.size()));
  return anchors;
}

void Anchors::admit(X509_STORE* store, Anchor& anchor) {
  std::call_once(anchor.admitted, [&] {
    auto const* der = anchor.der.data();
    X509Ptr certificate(d2i_X509(nullptr, &der, static_cast<long>(anchor.der.size())));
    if (certificate) X509_STORE_add_cert(store, certificate.get());
    ERR_clear_error();
  });
}

bool Anchors::admit_named(X509_STORE* store, X509_NAME const* name) {
  unsigned char const* bytes = nullptr;
  std::size_t size = 0;
  if (X509_NAME_get0_der(name, &bytes, &size) != 1) return false;
  bool found = false;
  for (auto& anchor : anchors_) {
    if (!std::ranges::equal(anchor.subject, Der(bytes, size))) continue;
    admit(store, anchor);
    found = true;
  }
  return found;
}

void Anchors::admit(X509_STORE_CTX* verification) {
  auto* store = X509_STORE_CTX_get0_store(verification);
  auto* chain = X509_STORE_CTX_get0_untrusted(verification);
  bool found = false;
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    auto const* certificate = sk_X509_value(chain, i);
    found |= admit_named(store, X509_get_issuer_name(certificate));
    found |= admit_named(store, X509_get_subject_name(certificate));
  }
  // The same name may be encoded in two ways; OpenSSL compares them with care, we by their bytes.
  if (!found)
    for (auto& anchor : anchors_) admit(store, anchor);
}

Refusal describe(X509_STORE_CTX* verification) {
  Refusal refusal{X509_STORE_CTX_get_error(verification), {}, {}};
  auto const* leaf = X509_STORE_CTX_get0_cert(verification);
  if (!leaf) return refusal;
  refusal.issuer = name_text(X509_get_issuer_name(leaf));
  refusal.names = names_of(leaf);
  return refusal;
}

Error refusal_error(Refusal const& refusal, std::string const& host) {
  bool wrong_name = refusal.error == X509_V_ERR_HOSTNAME_MISMATCH || refusal.error == X509_V_ERR_IP_ADDRESS_MISMATCH;
  if (wrong_name)
    return Error(Code::TlsWrongName,
                 format("the certificate of {} is for {}; check the endpoint's name", host, refusal.names));
  if (is_ca_mismatch(refusal.error))
    return Error(Code::TlsUntrusted,
                 format("the certificate of {} is not signed by the CA given (issuer {}); check CA and endpoint", host,
                        refusal.issuer));
  return Error(Code::TlsFailed, format("the certificate of {} is refused: {}; check the server's certificate and this "
                                       "machine's clock",
                                       host, X509_verify_cert_error_string(refusal.error)));
}

namespace {

/// *Errors:* `CaNotPem`. Certificates are looked at, not decoded.
Result<Trust> glanced_at(std::string text) {
  Trust trust{std::move(text)};
  // An empty text would mean the embedded roots.
  if (trust.ca_pem.empty()) return fail(Code::CaNotPem, std::string(kNoCertificate));
  KEKS_CHECK(Anchors::of(trust));
  return trust;
}

}  // namespace

Result<Trust> Trust::pem(std::string text) {
  // A cluster's CA is read to its end here, where a mistake still has a name.
  KEKS_CHECK(read_certificates(text));
  return glanced_at(std::move(text));
}

Result<Trust> Trust::file(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  // Opening a directory succeeds; reading it does not.
  bool readable = in.is_open() && (in.peek(), !in.bad());
  if (!readable) return fail(Code::Io, format("cannot read the CA file {}: {}", path, errno_text(errno)));
  constexpr std::size_t most = 16 << 20;
  std::string text;
  for (std::array<char, 16 * 1024> chunk; in.read(chunk.data(), chunk.size()), in.gcount() > 0;) {
    text.append(chunk.data(), static_cast<std::size_t>(in.gcount()));
    if (text.size() > most) return fail(Code::CaNotPem, format("{} is larger than 16 MiB, too large for a CA", path));
  }
  // A system's bundle: decoding all of it would cost 20 ms.
  auto trust = glanced_at(std::move(text));
  if (!trust) return fail(trust.error().with_message(format("{}: {}", path, trust.error().message())));
  return trust;
}

}  // namespace keks::net
