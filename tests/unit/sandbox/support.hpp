#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <keks/aws/credentials.hpp>
#include <keks/base/json.hpp>
#include <keks/iam/token.hpp>
#include <keks/net/client.hpp>

#include <boost/json.hpp>

#include "sandbox/sandbox.hpp"
#include "support/fake_clock.hpp"

namespace keks::sandbox::test {

/// Long enough that only a hang reaches it.
inline Deadline soon() { return Deadline::after(std::chrono::seconds(60)); }

struct Answer {
  int status = 0;
  net::Headers headers;
  std::string body;

  std::string text(std::string_view pointer) const {
    boost::system::error_code error;
    auto value = boost::json::parse(body, error);
    auto const* found = error ? nullptr : value.find_pointer(pointer, error);
    if (!found) return "absent";
    return found->is_string() ? std::string(found->as_string()) : to_text(*found);
  }
};

/// A sandbox whose clock stands still, and a client of it.
class Box {
 public:
  explicit Box(Options options = {}) {
    options.clock = &clock;
    auto started = Sandbox::start(std::move(options));
    EXPECT_TRUE(started) << started.error().message();
    sandbox = std::move(*started);
    net::ClientOptions how;
    how.trust.ca_pem = sandbox->ca_pem();
    client = std::make_unique<net::Client>(std::move(how));
  }

  std::string variable(std::string const& name) const { return sandbox->environment().at(name); }

  aws::Credentials credentials() const {
    auto variables = sandbox->environment();
    return {variables["AWS_ACCESS_KEY_ID"],
            Secret(variables["AWS_SECRET_ACCESS_KEY"]),
            Secret(variables["AWS_SESSION_TOKEN"]),
            {},
            "test"};
  }

  std::string token(std::string const& cluster = "sandbox") const {
    auto minted = iam::mint({.cluster_id = cluster, .region = {.region = "eu-west-1"}}, credentials(), clock.wall());
    EXPECT_TRUE(minted) << minted.error().message();
    return std::string(minted->text.reveal());
  }

  Result<Answer> send(net::Request const& request) const {
    auto response = client->send(request, soon());
    if (!response) return fail(response.error());
    auto body = net::collect(*response, 512 * 1024 * 1024, soon());
    if (!body) return fail(body.error());
    return Answer{response->status, std::move(response->headers), *std::move(body)};
  }

  net::Request kube_request(std::string const& target, net::Headers headers = {}) const {
    net::Request request;
    request.url = net::Url::parse(sandbox->kube_url() + target).value();
    request.headers = std::move(headers);
    if (!request.headers.has("Authorization")) request.headers.add("Authorization", "Bearer " + token());
    return request;
  }
  /// GET with a good token.
  Result<Answer> try_kube(std::string const& target, net::Headers headers = {}) const {
    return send(kube_request(target, std::move(headers)));
  }
  Answer kube(std::string const& target, net::Headers headers = {}) const {
    auto answer = try_kube(target, std::move(headers));
    EXPECT_TRUE(answer) << answer.error().message();
    return answer ? *std::move(answer) : Answer{};
  }

  void fault(std::string_view text) {
    auto parsed = Fault::parse(text);
    ASSERT_TRUE(parsed) << parsed.error().message();
    sandbox->set_faults({*parsed});
  }

  keks::test::FakeClock clock;
  std::unique_ptr<Sandbox> sandbox;
  std::unique_ptr<net::Client> client;
};

}  // namespace keks::sandbox::test
