#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <keks/base/encoding.hpp>

#include <atomic>
#include <boost/json.hpp>
#include <thread>

#include "aws/providers/dpop.hpp"
#include "source_fixture.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;
using testing::HasSubstr;
using testing::IsEmpty;
namespace json = boost::json;

constexpr std::string_view kFile = "b5566ca2612c2524aced2e7b9df48e14d22bc287e028ba502bb45ba4198fd52c.json";
// Made for these tests with `openssl ecparam -name prime256v1 -genkey`.
constexpr std::string_view kP256 =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIDRCWiiGEnmji+m5mZGgVEVHIJgIcuBnWDXxiKBrJ0xtoAoGCCqGSM49\n"
    "AwEHoUQDQgAE/9zQCjY1VeU1M77ftgz9tykQfRB/jGVocHV23V+jDTaYSWwhrZRE\n"
    "oWAATmrIlGad0S9UwR31oqlQtBx7yy4kug==\n"
    "-----END EC PRIVATE KEY-----\n";

json::object decoded(std::string_view part) { return json::parse(*base64url_decode(part)).as_object(); }

struct Proof {
  explicit Proof(std::string_view text) {
    auto first = text.find('.'), second = text.find('.', first + 1);
    header = decoded(text.substr(0, first));
    claims = decoded(text.substr(first + 1, second - first - 1));
    signed_text = text.substr(0, second);
    signature = *base64url_decode(text.substr(second + 1));
  }
  bool holds() const;

  json::object header, claims;
  std::string signed_text, signature;
};

using KeyPtr = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

KeyPtr public_key(json::object const& jwk) {
  auto point = "\x04" + *base64url_decode(std::string(jwk.at("x").as_string())) +
               *base64url_decode(std::string(jwk.at("y").as_string()));
  char group[] = "prime256v1";
  OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0),
                         OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
                         OSSL_PARAM_construct_end()};
  std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr), EVP_PKEY_CTX_free);
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) == 1) EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params);
  return KeyPtr(key, EVP_PKEY_free);
}

bool Proof::holds() const {
  auto key = public_key(header.at("jwk").as_object());
  if (!key || signature.size() != 64) return false;
  auto const* bytes = reinterpret_cast<unsigned char const*>(signature.data());
  std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> both(ECDSA_SIG_new(), ECDSA_SIG_free);
  ECDSA_SIG_set0(both.get(), BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  unsigned char* der = nullptr;
  auto size = i2d_ECDSA_SIG(both.get(), &der);
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  bool good = EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
              EVP_DigestVerify(context.get(), der, std::size_t(size),
                               reinterpret_cast<unsigned char const*>(signed_text.data()), signed_text.size()) == 1;
  OPENSSL_free(der);
  return good;
}

struct Login : SourceTest {
  Login() { config = "[default]\nlogin_session = arn:aws:iam::111122223333:user/u\n"; }
  Offer offer(std::shared_ptr<net::Transport> through = nullptr) {
    auto all = sources(std::move(through));
    return offer_login(all, "dev", *all->settings().profile());
  }
  std::string keep(seconds left, json::object more = {}) const {
    json::object document{{"accessToken",
                           {{"accessKeyId", "ASIAOLD"},
                            {"secretAccessKey", "CANARY-key"},
                            {"sessionToken", "CANARY-session"},
                            {"accountId", "111122223333"},
                            {"expiresAt", in(left)}}},
                          {"clientId", "CID"},
                          {"refreshToken", "CANARY-refresh"},
                          {"idToken", "IDT"},
                          {"dpopKey", kP256}};
    for (auto& member : more) document[member.key()] = member.value();
    return write(".aws/login/cache/" + std::string(kFile), json::serialize(document));
  }
  void refreshes() {
    transport.answer(200, R"({"accessToken":{"accessKeyId":"ASIANEW","secretAccessKey":"S2","sessionToken":"T2"},)"
                          R"("tokenType":"aws_sigv4","expiresIn":900,"refreshToken":"NEWREFRESH"})");
  }
};

TEST_F(Login, WithoutASignInTheCommandIsNamed) {
  EXPECT_TRUE(failed(get(offer()), Code::SignInNeeded, {std::string(kFile), "Sign in with: aws login --profile dev"}));
  for (auto name : {"accessToken", "refreshToken", "dpopKey", "clientId"}) {
    keep(hours(1), {{name, nullptr}});
    auto got = get(offer());
    EXPECT_TRUE(failed(got, Code::SignInNeeded, {name, "aws login --profile dev"}));
    EXPECT_TRUE(silent(got));
  }
}

TEST_F(Login, AFreshSignInAsksNobody) {
  keep(minutes(6));
  auto got = get(offer());
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->access_key_id, "ASIAOLD");
  EXPECT_EQ(got->account_id, "111122223333");
  EXPECT_EQ(got->source, "login");
  EXPECT_THAT(transport.requests(), IsEmpty());
}

TEST_F(Login, ARefreshIsProvenWithTheKeyOfTheSignIn) {
  keep(minutes(4));
  refreshes();
  ASSERT_TRUE(get(offer()));
  auto const request = transport.requests().at(0);
  EXPECT_EQ(request.url.text(), "https://eu-west-1.signin.aws.amazon.com/v1/token");
  EXPECT_EQ(json::parse(request.body),
            json::value({{"clientId", "CID"}, {"grantType", "refresh_token"}, {"refreshToken", "CANARY-refresh"}}));
  Proof proof(request.headers.get("DPoP"));
  EXPECT_TRUE(proof.holds());
  EXPECT_EQ(proof.header.at("typ"), "dpop+jwt");
  EXPECT_EQ(proof.header.at("alg"), "ES256");
  EXPECT_FALSE(proof.header.at("jwk").as_object().contains("d"));
  EXPECT_EQ(proof.claims.at("htm"), "POST");
  EXPECT_EQ(proof.claims.at("htu"), json::value(request.url.text()));
  EXPECT_EQ(proof.claims.at("iat"), floor<seconds>(clock.wall().time_since_epoch()).count());
}

TEST_F(Login, NoTwoProofsAreAlike) {
  keep(minutes(4));
  transport.answer(500, "");
  auto found = offer();
  ASSERT_TRUE(get(found));
  auto before = transport.requests().size();
  ASSERT_TRUE(get(found));
  auto id = [&](std::size_t i) { return Proof(transport.requests().at(i).headers.get("DPoP")).claims.at("jti"); };
  EXPECT_NE(id(0), id(before));
  EXPECT_EQ(id(0).as_string().size(), 36u);
}

TEST_F(Login, ARefreshIsKeptWithWhatTheFileHadBesides) {
  auto path = keep(minutes(4));
  refreshes();
  auto got = get(offer());
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->access_key_id, "ASIANEW");
  EXPECT_EQ(got->account_id, "111122223333");
  EXPECT_EQ(*got->expiration, clock.wall() + minutes(15));
  auto now = json::parse(read(path)).as_object();
  EXPECT_EQ(now.at("accessToken").at("accountId"), "111122223333");
  EXPECT_EQ(now.at("accessToken").at("sessionToken"), "T2");
  EXPECT_EQ(now.at("refreshToken"), "NEWREFRESH");
  EXPECT_EQ(now.at("idToken"), "IDT");
  EXPECT_EQ(mode_of(path), 0600u);
}

TEST_F(Login, AFailedRefreshCostsNothingWhileTheOldKeysHold) {
  keep(minutes(4));
  transport.answer(403, R"({"error":"INSUFFICIENT_PERMISSIONS","message":"CANARY-refresh"})");
  auto got = get(offer());
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->access_key_id, "ASIAOLD");
  EXPECT_THAT(logged, testing::ElementsAre(HasSubstr("INSUFFICIENT_PERMISSIONS")));
  EXPECT_TRUE(silent(got, logged));
}

TEST_F(Login, AfterThemTheReasonIsTold) {
  keep(minutes(-1));
  transport.answer(403, R"({"error":"INSUFFICIENT_PERMISSIONS","message":"CANARY-refresh"})");
  auto denied = get(offer());
  EXPECT_TRUE(failed(denied, Code::CredentialSourceFailed, {"INSUFFICIENT_PERMISSIONS", "signin:CreateOAuth2Token"}));
  EXPECT_TRUE(silent(denied));
  for (auto code : {"TOKEN_EXPIRED", "USER_CREDENTIALS_CHANGED"}) {
    test::FakeTransport one;
    one.answer(403, R"({"error":")" + std::string(code) + R"(","message":"m"})");
    auto got = get(offer(std::shared_ptr<net::Transport>(std::shared_ptr<void>(), &one)));
    EXPECT_TRUE(failed(got, Code::SignInNeeded, {"not take", "aws login --profile dev"}));
  }
}

TEST_F(Login, WhoRefreshAtOnceGetOneAnswerBetweenThem) {
  keep(seconds(-1));
  std::atomic<int> refreshes = 0;
  transport.then([&](net::Request const&) -> Result<net::Response> {
    ++refreshes;
    // Time for the others to do the same.
    std::this_thread::sleep_for(milliseconds(50));
    return net::make_response(200, {},
                              R"({"accessToken":{"accessKeyId":"ASIANEW","secretAccessKey":"S2","sessionToken":"T2"},)"
                              R"("expiresIn":900,"refreshToken":"NEWREFRESH"})");
  });
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i) threads.emplace_back([own = offer()] { EXPECT_TRUE(get(own)); });
  threads.clear();
  EXPECT_EQ(refreshes, 1);
}

TEST_F(Login, AKeyThatCannotSignIsNeverShown) {
  for (auto key : {"CANARY", "-----BEGIN EC PRIVATE KEY-----\nCANARY\n-----END EC PRIVATE KEY-----\n"}) {
    keep(minutes(-1), {{"dpopKey", key}});
    auto got = get(offer());
    EXPECT_TRUE(failed(got, Code::SignInNeeded, {"dpopKey", "aws login --profile dev"}));
    EXPECT_TRUE(silent(got));
  }
  EXPECT_THAT(transport.requests(), IsEmpty());
}

TEST_F(Login, ARefreshWithoutKeysIsRefused) {
  for (auto reply :
       {"CANARY", "{}", R"({"accessToken":"CANARY","expiresIn":900})",
        R"({"accessToken":{"accessKeyId":"CANARY","secretAccessKey":"CANARY"},"expiresIn":900})",
        R"({"accessToken":{"accessKeyId":"C","secretAccessKey":"C","sessionToken":"C"},"expiresIn":-1})"}) {
    auto path = keep(minutes(-1));
    auto before = read(path);
    test::FakeTransport one;
    one.answer(200, reply);
    auto got = get(offer(std::shared_ptr<net::Transport>(std::shared_ptr<void>(), &one)));
    EXPECT_EQ(got.error().code(), Code::CredentialSourceFailed) << reply;
    EXPECT_TRUE(silent(got));
    EXPECT_EQ(read(path), before);
  }
}

TEST_F(Login, AnotherCacheFolderMayBeNamed) {
  keep(hours(1));
  std::filesystem::rename(home + "/.aws/login/cache", home + "/elsewhere");
  EXPECT_FALSE(get(offer()));
  variables["AWS_LOGIN_CACHE_DIRECTORY"] = "~/elsewhere";
  EXPECT_TRUE(get(offer()));
}

TEST_F(Login, AStalledRefreshLeavesTimeWhileTheOldKeysHold) {
  keep(minutes(4));
  test::ScriptedServer server({{"https://*", {{"*", json::array{{{"stall", true}}}}}}});
  auto deadline = Deadline::after(seconds(10));
  auto got = get(offer(server.transport()), deadline);
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->access_key_id, "ASIAOLD");
  EXPECT_FALSE(deadline.expired());
}

TEST_F(Login, AStalledPeerDoesNotUseUpMoreThanTheDeadline) {
  keep(minutes(-1));
  test::ScriptedServer server({{"https://*", {{"*", json::array{{{"stall", true}}}}}}});
  auto got = get(offer(server.transport()), Deadline::after(seconds(2)));
  EXPECT_TRUE(failed(got, Code::DeadlineExceeded, {"AWS Sign-In"}));
  EXPECT_EQ(server.requests().size(), 1u);
}

}  // namespace
}  // namespace keks::aws
