#include "aws/providers/dpop.hpp"

#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>

#include <array>
#include <memory>

#include "base/format.hpp"
#include "base/freed.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

using KeyPtr = Owned<EVP_PKEY, EVP_PKEY_free>;
using BioPtr = Owned<BIO, BIO_free>;
using DigestPtr = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using SignaturePtr = Owned<ECDSA_SIG, ECDSA_SIG_free>;
using NumberPtr = Owned<BIGNUM, BN_free>;
// P-256's numbers, big-endian.
using Number = std::array<unsigned char, 32>;

auto unusable(std::string_view why) {
  return fail(Code::SignInNeeded, format("the dpopKey of the kept sign-in cannot be used: {}", why));
}

std::string_view view(Number const& number) { return {reinterpret_cast<char const*>(number.data()), number.size()}; }

Result<KeyPtr> read_key(Secret const& pem) {
  auto text = pem.reveal();
  BioPtr bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
  // Without a callback OpenSSL would ask for a password on the terminal.
  auto no_password = [](char*, int, int, void*) { return -1; };
  KeyPtr key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_password, nullptr) : nullptr);
  if (!key) return unusable("it is no private key in PEM");
  std::array<char, 32> group{};
  bool is_p256 = EVP_PKEY_get_group_name(key.get(), group.data(), group.size(), nullptr) == 1 &&
                 std::string_view(group.data()) == "prime256v1";
  if (!is_p256) return unusable("it is no key on the curve P-256");
  return key;
}

Result<Number> number_of(BIGNUM const* number) {
  Number out;
  if (!number || BN_bn2binpad(number, out.data(), out.size()) != int(out.size()))
    return unusable("a number is too long");
  return out;
}

Result<Number> coordinate(EVP_PKEY const* key, char const* name) {
  BIGNUM* found = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &found) != 1) return unusable("it has no public part");
  NumberPtr owned(found);
  return number_of(owned.get());
}

Result<std::string> jwk(EVP_PKEY const* key) {
  KEKS_TRY(auto x, coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X));
  KEKS_TRY(auto y, coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y));
  return format(R"({{"kty":"EC","x":"{}","y":"{}","crv":"P-256"}})", base64url(view(x)), base64url(view(y)));
}

/// The DER of an ECDSA signature.
Result<std::string> sign_der(EVP_PKEY* key, std::string_view text) {
  DigestPtr context(EVP_MD_CTX_new());
  auto const* bytes = reinterpret_cast<unsigned char const*>(text.data());
  std::array<unsigned char, 128> der;
  auto size = der.size();
  bool signed_well = context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) == 1 &&
                     EVP_DigestSign(context.get(), der.data(), &size, bytes, text.size()) == 1;
  if (!signed_well) return unusable("it signs nothing");
  return std::string(reinterpret_cast<char const*>(der.data()), size);
}

/// As JWS wants it: both numbers one after the other (RFC 7518 section 3.4).
Result<std::string> sign(EVP_PKEY* key, std::string_view text) {
  KEKS_TRY(auto der, sign_der(key, text));
  auto const* bytes = reinterpret_cast<unsigned char const*>(der.data());
  SignaturePtr signature(d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())));
  if (!signature) return unusable("it signs nothing");
  KEKS_TRY(auto r, number_of(ECDSA_SIG_get0_r(signature.get())));
  KEKS_TRY(auto s, number_of(ECDSA_SIG_get0_s(signature.get())));
  return std::string(view(r)).append(view(s));
}

}  // namespace

Result<std::string> dpop_proof(Secret const& key_pem, std::string_view method, std::string_view url, WallTime now,
                               std::string_view id) {
  KEKS_TRY(auto key, read_key(key_pem));
  KEKS_TRY(auto public_key, jwk(key.get()));
  auto seconds = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  auto header = format(R"({{"typ":"dpop+jwt","alg":"ES256","jwk":{}}})", public_key);
  auto claims = format(R"({{"htm":{},"htu":{},"iat":{},"jti":{}}})", json_quote(method), json_quote(url), seconds,
                       json_quote(id));
  auto text = format("{}.{}", base64url(header), base64url(claims));
  KEKS_TRY(auto signature, sign(key.get(), text));
  return format("{}.{}", text, base64url(signature));
}

std::string random_uuid() {
  std::array<unsigned char, 16> bytes{};
  RAND_bytes(bytes.data(), bytes.size());
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
  auto text = hex(bytes);
  for (auto at : {8, 13, 18, 23}) text.insert(static_cast<std::size_t>(at), 1, '-');
  return text;
}

}  // namespace keks::aws
