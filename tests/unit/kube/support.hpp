#pragma once

#include <keks/kube/client.hpp>
#include <keks/kube/core_v1.hpp>

#include <memory>
#include <string>
#include <vector>

#include "support/fake_clock.hpp"
#include "support/fake_transport.hpp"

namespace keks::test {

/// What the user is told to do about a reply that no API server sends.
inline std::string const kNextStep =
    ". Check that the endpoint is a Kubernetes API server and that no proxy changes its replies.";

inline constexpr char kCanary[] = "canary-secret-9f8e7d";

/// Hands out numbered tokens, each with the canary in it, a new one after each refusal.
class NumberedTokens final : public kube::TokenSource {
 public:
  Result<keks::Secret> token(Deadline const&) override { return keks::Secret(kCanary + std::to_string(number)); }
  void refused(keks::Secret const& token) override {
    refusals.emplace_back(token.reveal());
    ++number;
  }
  std::string advice() const override { return "Map the role."; }
  int number = 1;
  std::vector<std::string> refusals;
};

/// A client whose server is a script.
struct Rig {
  FakeClock clock;
  std::shared_ptr<FakeTransport> server = std::make_shared<FakeTransport>();
  std::shared_ptr<NumberedTokens> tokens = std::make_shared<NumberedTokens>();
  kube::Client client{
      {.server = *net::Url::parse("https://k.example:6443"), .transport = server, .tokens = tokens, .clock = &clock}};

  std::string target(std::size_t request) const { return server->requests().at(request).url.target(); }
  std::string header(std::size_t request, std::string_view name) const {
    auto sent = server->requests().at(request);
    return std::string(sent.headers.get(name));
  }
};

inline std::string status_body(int code, std::string const& reason, std::string const& message = "told by the server",
                               std::string const& more = "") {
  return R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","message":")" + message +
         R"(","reason":")" + reason + R"(","code":)" + std::to_string(code) + more + "}";
}

}  // namespace keks::test
