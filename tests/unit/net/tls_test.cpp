#include <gmock/gmock.h>
#include <openssl/x509.h>

#include <latch>

#include "net/trust.hpp"
#include "scripted.hpp"
#include "support.hpp"
#include "support/temporary_folder.hpp"

namespace keks::net::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

/// One authority for all tests: keys take time to make.
sandbox::CertificateAuthority const& authority() {
  static auto const ca = *sandbox::CertificateAuthority::create("test CA");
  return ca;
}

std::unique_ptr<Server> serve_tls(std::vector<std::string> const& names, Handler handler) {
  ServerOptions options;
  options.tls = *authority().issue(names);
  return serve(std::move(handler), std::move(options));
}

void echo(Exchange& exchange) { exchange.reply(200, {}, exchange.request().body); }

ClientOptions trusting(std::string const& pem) {
  ClientOptions options;
  options.trust = *Trust::pem(pem);
  return options;
}

std::string fetch_over(ClientOptions options, Url const& url) {
  Client client(std::move(options));
  auto reply = fetch(client, get(url));
  return reply ? std::to_string(reply->status) : failure(reply);
}

TEST(Tls, OneHandshakeServesManyRequests) {
  auto server = serve_tls({"127.0.0.1"}, echo);
  Client client(trusting(authority().certificate_pem()));
  for (int i = 0; i < 3; ++i) {
    auto reply = fetch(client, post(url_of("https", server->port()), "hello"));
    ASSERT_TRUE(reply) << failure(reply);
    EXPECT_EQ(reply->body, "hello");
  }
  EXPECT_EQ(client.counters().handshakes, 1u);
  EXPECT_EQ(server->counters().handshakes, 1u);
}

TEST(Tls, AConnectionMadeAheadServesTheFirstRequest) {
  auto server = serve_tls({"127.0.0.1"}, echo);
  Client client(trusting(authority().certificate_pem()));
  ASSERT_TRUE(client.prepare());
  ASSERT_TRUE(client.connect(url_of("https", server->port()), soon()));
  ASSERT_TRUE(fetch(client, get(url_of("https", server->port()))));
  EXPECT_EQ(client.counters().handshakes, 1u);
}

TEST(Tls, CarriesLargeBodiesBothWays) {
  auto server = serve_tls({"127.0.0.1"}, echo);
  Client client(trusting(authority().certificate_pem()));
  std::string large(5'000'000, 'x');
  auto reply = fetch(client, post(url_of("https", server->port()), large));
  ASSERT_TRUE(reply) << failure(reply);
  EXPECT_EQ(reply->body, large);
}

TEST(Tls, VerifiesNamesOfEveryKind) {
  auto server = serve_tls({"localhost", "127.0.0.1", "::1"}, echo);
  auto options = trusting(authority().certificate_pem());
  EXPECT_EQ(fetch_over(options, url_of("https", server->port(), "/", "127.0.0.1")), "200");
  EXPECT_EQ(fetch_over(options, url_of("https", server->port(), "/", "localhost")), "200");
}

TEST(Tls, RefusesAnotherHostsCertificateAndSaysWhoseItIs) {
  auto server = serve_tls({"a.example", "*.b.example", "10.0.0.1"}, echo);
  auto options = trusting(authority().certificate_pem());
  for (std::string host : {"127.0.0.1", "localhost"})
    EXPECT_THAT(fetch_over(options, url_of("https", server->port(), "/", host)),
                AllOf(StartsWith("TlsWrongName: "), HasSubstr(host), HasSubstr("a.example, *.b.example, 10.0.0.1")));
}

TEST(Tls, RefusesACertificateOfAnotherAuthorityAndNamesIt) {
  auto server = serve_tls({"127.0.0.1"}, echo);
  auto other = *sandbox::CertificateAuthority::create("other CA");
  EXPECT_THAT(fetch_over(trusting(other.certificate_pem()), url_of("https", server->port())),
              AllOf(StartsWith("TlsUntrusted: "), HasSubstr("CN=test CA"), HasSubstr("127.0.0.1")));
}

TEST(Tls, RefusesAnotherAuthorityOfTheSameName) {
  auto server = serve_tls({"127.0.0.1"}, echo);
  auto twin = *sandbox::CertificateAuthority::create("test CA");
  EXPECT_THAT(fetch_over(trusting(twin.certificate_pem()), url_of("https", server->port())),
              StartsWith("TlsUntrusted: "));
}

TEST(Tls, TheAmazonRootsTrustNobodyElse) {
  auto server = serve_tls({"127.0.0.1"}, echo);
  EXPECT_THAT(fetch_over({}, url_of("https", server->port())), StartsWith("TlsUntrusted: "));
}

TEST(Tls, AnyCertificateGivenIsAnAnchor) {
  auto leaf = *authority().issue({"127.0.0.1"});
  ServerOptions options;
  options.tls = leaf;
  auto server = serve(echo, options);
  EXPECT_EQ(fetch_over(trusting(leaf.certificate_pem), url_of("https", server->port())), "200");
}

TEST(Tls, SaysThatAPortDoesNotSpeakIt) {
  auto server = serve(echo);
  EXPECT_THAT(fetch_over({}, url_of("https", server->port())),
              AllOf(StartsWith("TlsFailed: "), HasSubstr("does the port speak TLS?")));
}

TEST(Tls, SaysThatAPortDoesNotSpeakPlainHttp) {
  auto server = serve_tls({"127.0.0.1"}, echo);
  auto outcome = fetch_over({}, url_of("http", server->port()));
  EXPECT_THAT(outcome, testing::AnyOf(StartsWith("ReplyMalformed: "), StartsWith("ConnectionLost: ")));
}

TEST(Tls, AServerThatHangsUpInTheHandshakeIsATlsFailure) {
  ScriptedServer server([](RawPeer& peer) { peer.hear("\x01"); });
  EXPECT_THAT(fetch_over({}, url_of("https", server.port())), StartsWith("TlsFailed: "));
}

TEST(Tls, ASilentHandshakeRunsIntoTheConnectTimeout) {
  ScriptedServer server([](RawPeer& peer) { peer.hear_all(); });
  ClientOptions options;
  options.connect_timeout = kWhile;
  EXPECT_THAT(fetch_over(options, url_of("https", server.port())),
              AllOf(StartsWith("ConnectTimedOut: "), HasSubstr("TLS handshake")));
}

TEST(Tls, ASilentHandshakeRunsIntoTheCallsDeadline) {
  ScriptedServer server([](RawPeer& peer) { peer.hear_all(); });
  Client client;
  auto response = client.send(get(url_of("https", server.port())), Deadline::after(kWhile));
  EXPECT_THAT(failure(response), AllOf(StartsWith("DeadlineExceeded: "), HasSubstr("the TLS handshake with")));
}

TEST(Tls, AResetIsNotAnOrderlyEnd) {
  auto server = serve_tls({"127.0.0.1"}, [](Exchange& e) {
    e.write_raw("HTTP/1.1 200 OK\r\n\r\nhello");
    e.abort();
  });
  EXPECT_THAT(fetch_over(trusting(authority().certificate_pem()), url_of("https", server->port())),
              AllOf(StartsWith("ReplyTruncated: ")));
}

TEST(Tls, AGoodbyeIsAnOrderlyEnd) {
  auto server = serve_tls({"127.0.0.1"}, [](Exchange& e) { e.write_raw("HTTP/1.1 200 OK\r\n\r\nhello"); });
  Client client(trusting(authority().certificate_pem()));
  auto reply = fetch(client, get(url_of("https", server->port())));
  ASSERT_TRUE(reply) << failure(reply);
  EXPECT_EQ(reply->body, "hello");
}

TEST(Tls, ADeadKeptConnectionIsReplaced) {
  auto server = serve_tls({"127.0.0.1"}, echo);
  Client client(trusting(authority().certificate_pem()));
  for (int i = 0; i < 5; ++i) {
    auto reply = fetch(client, get(url_of("https", server->port())));
    ASSERT_TRUE(reply) << failure(reply);
    server->close_idle_connections();
  }
}

TEST(Tls, ManyThreadsShareOneContext) {
  auto server = serve_tls({"127.0.0.1"}, echo);
  Client client(trusting(authority().certificate_pem()));
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 3; ++i) EXPECT_TRUE(fetch(client, get(url_of("https", server->port()))));
    });
  for (auto& thread : threads) thread.join();
}

TEST(Trust, TakesSeveralCertificates) {
  auto other = *sandbox::CertificateAuthority::create("other CA");
  auto server = serve_tls({"127.0.0.1"}, echo);
  auto both = other.certificate_pem() + "some words between\n" + authority().certificate_pem();
  EXPECT_EQ(fetch_over(trusting(both), url_of("https", server->port())), "200");
}

TEST(Trust, RefusesWhatHoldsNoCertificate) {
  auto pem = authority().certificate_pem();
  auto broken = pem;
  broken[pem.size() / 2] = '!';
  auto key = authority().issue({"a"})->key_pem;
  for (std::string const& text : {std::string(" "), std::string("nonsense"), key, broken, pem + broken,
                                  pem.substr(0, pem.size() / 2), pem + pem.substr(0, pem.size() / 2)})
    EXPECT_THAT(failure(Trust::pem(text)), StartsWith("CaNotPem: ")) << text;
}

TEST(Trust, IsCheckedBeforeAPacketLeaves) {
  ClientOptions options;
  options.trust.ca_pem = "nonsense";
  Client client(options);
  EXPECT_THAT(failure(client.prepare()), StartsWith("CaNotPem: "));
  EXPECT_THAT(failure(client.send(get(url_of("https", 9)), soon())), StartsWith("CaNotPem: "));
  EXPECT_EQ(client.counters().lookups, 0u);
}

TEST(Trust, FileErrorsNameTheFile) {
  EXPECT_THAT(failure(Trust::file("/nonexistent/ca.pem")), AllOf(StartsWith("Io: "), HasSubstr("/nonexistent/ca.pem")));
  EXPECT_THAT(failure(Trust::file("/")), StartsWith("Io: "));
  EXPECT_THAT(failure(Trust::file("/dev/null")), AllOf(StartsWith("CaNotPem: "), HasSubstr("/dev/null")));
}

TEST(Trust, ReadsAFile) {
  keks::test::TemporaryFolder folder;
  folder.write("ca.pem", authority().certificate_pem());
  auto trust = Trust::file(folder / "ca.pem");
  ASSERT_TRUE(trust) << failure(trust);
  EXPECT_EQ(trust->ca_pem, authority().certificate_pem());
}

/// Verifies a chain of one embedded root against an empty store, as OpenSSL would ask for it in a handshake.
int verify_root(Der root, Anchors* anchors) {
  auto const* der = root.data();
  X509Ptr certificate(d2i_X509(nullptr, &der, static_cast<long>(root.size())));
  std::unique_ptr<X509_STORE, Freed<X509_STORE_free>> store(X509_STORE_new());
  std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>> verification(X509_STORE_CTX_new());
  auto* chain = sk_X509_new_null();
  sk_X509_push(chain, certificate.get());
  X509_STORE_CTX_init(verification.get(), store.get(), certificate.get(), chain);
  if (anchors) anchors->admit(verification.get());
  int verdict = X509_verify_cert(verification.get());
  sk_X509_free(chain);
  return verdict;
}

TEST(Trust, AChainThatLeadsToAnEmbeddedRootIsTrusted) {
  EXPECT_EQ(amazon_roots().size(), 5u);
  for (auto root : amazon_roots()) {
    EXPECT_EQ(verify_root(root, Anchors::of(Trust::amazon_roots())->get()), 1);
    EXPECT_EQ(verify_root(root, nullptr), 0);
  }
}

TEST(Trust, EveryEmbeddedRootDecodesToTheSubjectItIsFoundBy) {
  for (auto root : amazon_roots()) {
    auto const* der = root.data();
    X509Ptr certificate(d2i_X509(nullptr, &der, static_cast<long>(root.size())));
    ASSERT_TRUE(certificate);
    unsigned char const* name = nullptr;
    std::size_t size = 0;
    ASSERT_EQ(X509_NAME_get0_der(X509_get_subject_name(certificate.get()), &name, &size), 1);
    EXPECT_TRUE(std::ranges::equal(subject_of(root), Der(name, size)));
  }
}

TEST(Trust, ACertificateCutAnywhereHasNoSubject) {
  auto whole = amazon_roots()[0];
  EXPECT_FALSE(subject_of(whole).empty());
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_TRUE(subject_of(whole.first(size)).empty()) << size;
}

}  // namespace
}  // namespace keks::net::test
