#include "net/trust.hpp"

#include <keks/net/client.hpp>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <sstream>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::net {
namespace {

EmbeddedRoot const* root_named(X509_NAME const* name) {
  int ok = 0;
  auto hash = X509_NAME_hash_ex(name, nullptr, nullptr, &ok);
  for (auto const& root : amazon_roots())
    if (ok && root.subject_hash == hash) return &root;
  return nullptr;
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

void admit_embedded_root(X509_STORE_CTX* verification) {
  auto* chain = X509_STORE_CTX_get0_untrusted(verification);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    auto const* root = root_named(X509_get_issuer_name(sk_X509_value(chain, i)));
    if (!root) continue;
    auto const* der = root->der.data();
    X509Ptr certificate(d2i_X509(nullptr, &der, static_cast<long>(root->der.size())));
    if (certificate) X509_STORE_add_cert(X509_STORE_CTX_get0_store(verification), certificate.get());
    return;
  }
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

Result<Trust> Trust::pem(std::string text) {
  KEKS_CHECK(read_certificates(text));
  return Trust{std::move(text)};
}

Result<Trust> Trust::file(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  // Opening a directory succeeds; reading it does not.
  bool readable = in.is_open() && (in.peek(), !in.bad());
  if (!readable) return fail(Code::Io, format("cannot read the CA file {}: {}", path, errno_text(errno)));
  std::ostringstream text;
  text << in.rdbuf();
  auto trust = pem(std::move(text).str());
  if (!trust) return fail(trust.error().with_message(format("{}: {}", path, trust.error().message())));
  return trust;
}

}  // namespace keks::net
