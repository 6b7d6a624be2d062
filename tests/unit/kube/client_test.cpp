#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/kube/support.hpp"

namespace keks::kube {
namespace {

using test::Rig;
using test::status_body;
using testing::HasSubstr;
using testing::Not;

std::string const kOnePod = R"({"kind":"Pod","apiVersion":"v1","metadata":{"name":"p"}})";
std::string const kTwoRows = R"({"kind":"Table","apiVersion":"meta.k8s.io/v1","rows":[{},{}]})";

TEST(Client, gets_an_object_with_its_token) {
  Rig rig;
  rig.server->answer(200, kOnePod);
  auto pod = rig.client.in("default").get<Pod>("p", {.resource_version = "5"});
  ASSERT_TRUE(pod) << pod.error().message();
  EXPECT_EQ(pod->metadata.name, "p");
  EXPECT_EQ(rig.target(0), "/api/v1/namespaces/default/pods/p?resourceVersion=5");
  EXPECT_EQ(rig.header(0, "Accept"), "application/json");
  EXPECT_EQ(rig.header(0, "Authorization"), std::string("Bearer ") + test::kCanary + "1");
}

TEST(Client, finds_an_object_or_none) {
  Rig rig;
  rig.server->answer(200, kOnePod)
      .answer(404, status_body(404, "NotFound", "pods \\\"q\\\" not found", R"(,"details":{"name":"q","kind":"pods"})"))
      .answer(404, "<html>no such page</html>")
      .answer(403, status_body(403, "Forbidden"));
  auto scope = rig.client.in("default");
  EXPECT_EQ((*scope.find<Pod>("p"))->metadata.name, "p");
  EXPECT_EQ(scope.find<Pod>("q").value(), std::nullopt);
  EXPECT_TRUE(scope.find<Pod>("q").error().is_not_found()) << "a 404 of something in front of the API server";
  EXPECT_TRUE(scope.find<Pod>("q").error().is_forbidden());
}

TEST(Client, asks_anonymously_with_an_empty_token) {
  Rig rig;
  rig.server->answer(401, status_body(401, "Unauthorized"));
  Client anonymous({.server = *net::Url::parse("https://k.example"),
                    .transport = rig.server,
                    .tokens = fixed_token(keks::Secret()),
                    .clock = &rig.clock});
  EXPECT_TRUE(anonymous.in("a").get<Pod>("p").error().is_unauthorized());
  EXPECT_EQ(rig.server->requests().size(), 1U);
  EXPECT_FALSE(rig.server->requests()[0].headers.has("Authorization"));
}

TEST(Client, replays_once_with_a_fresh_token_after_a_401) {
  Rig rig;
  rig.server->answer(401, status_body(401, "Unauthorized")).answer(200, kOnePod);
  EXPECT_TRUE(rig.client.in("a").get<Pod>("p"));
  EXPECT_EQ(rig.server->requests().size(), 2U);
  EXPECT_EQ(rig.header(1, "Authorization"), std::string("Bearer ") + test::kCanary + "2");
  EXPECT_EQ(rig.tokens->refusals, std::vector<std::string>{std::string(test::kCanary) + "1"});
  EXPECT_TRUE(rig.clock.slept().empty());
}

TEST(Client, gives_up_after_a_second_401_and_says_what_to_map) {
  Rig rig;
  rig.server->answer(401, status_body(401, "Unauthorized", "Unauthorized"));
  auto pod = rig.client.in("a").get<Pod>("p");
  EXPECT_TRUE(pod.error().is_unauthorized());
  EXPECT_EQ(rig.server->requests().size(), 2U);
  EXPECT_THAT(pod.error().message(), HasSubstr("does not accept the token. Map the role."));
  EXPECT_THAT(pod.error().message(), Not(HasSubstr("clock")));
}

TEST(Client, replays_once_after_a_401_even_when_the_second_token_is_the_same) {
  Rig rig;
  rig.server->answer(401, "no");
  Client fixed({.server = *net::Url::parse("https://k.example"),
                .transport = rig.server,
                .tokens = fixed_token(keks::Secret("t")),
                .clock = &rig.clock});
  EXPECT_TRUE(fixed.in("a").get<Pod>("p").error().is_unauthorized());
  EXPECT_EQ(rig.server->requests().size(), 2U);
}

TEST(Client, says_by_how_much_the_clock_is_off_at_a_401) {
  Rig rig;  // 2026-01-15 12:00:00
  rig.server->answer(401, {{"Date", "Thu, 15 Jan 2026 12:20:00 GMT"}}, "no");
  EXPECT_THAT(rig.client.in("a").get<Pod>("p").error().message(), HasSubstr("20 minutes behind the server's"));
  rig.clock.advance(std::chrono::hours(5));
  EXPECT_THAT(rig.client.in("a").get<Pod>("p").error().message(), HasSubstr("4 hours ahead of the server's"));
}

TEST(Client, waits_as_the_server_asks_and_tries_again) {
  Rig rig;
  rig.server->answer(429, {{"Retry-After", "3"}}, "busy").answer(503, {{"Retry-After", "1"}}, "").answer(200, kOnePod);
  EXPECT_TRUE(rig.client.in("a").get<Pod>("p"));
  EXPECT_THAT(rig.clock.slept(), testing::ElementsAre(std::chrono::seconds(3), std::chrono::seconds(1)));
}

TEST(Client, tries_again_when_no_byte_of_a_reply_came) {
  Rig rig;
  rig.server->fails(Code::ConnectionLost).answer(200, kOnePod);
  EXPECT_TRUE(rig.client.in("a").get<Pod>("p"));
  EXPECT_EQ(rig.server->requests().size(), 2U);
}

TEST(Client, does_not_try_again_what_would_fail_again) {
  for (auto code : {Code::NameNotResolved, Code::ConnectTimedOut, Code::ConnectFailed, Code::TlsUntrusted,
                    Code::TlsWrongName, Code::DeadlineExceeded, Code::ReplyMalformed}) {
    Rig rig;
    rig.server->fails(code, "why");
    auto pod = rig.client.in("a").get<Pod>("p");
    EXPECT_EQ(pod.error().code(), code);
    EXPECT_EQ(pod.error().message(), "get pods p in namespace a: why");
    EXPECT_EQ(pod.error().operation(), "get pods");
    EXPECT_EQ(rig.server->requests().size(), 1U);
  }
}

TEST(Client, says_how_often_it_tried) {
  for (auto [status, code] : {std::pair(429, Code::TooManyRequests), std::pair(500, Code::ServerError)}) {
    Rig rig;
    rig.server->answer(status, "busy");
    auto count = rig.client.all().count<Pod>();
    EXPECT_EQ(count.error().code(), code);
    EXPECT_EQ(rig.server->requests().size(), 5U);
    EXPECT_THAT(count.error().message(), HasSubstr("(tried 5 times)"));
    EXPECT_EQ(count.error().http_status(), status);
  }
}

TEST(Client, stops_trying_when_the_next_wait_would_pass_the_deadline) {
  Rig rig;
  rig.server->answer(503, {{"Retry-After", "60"}}, "down");
  auto count = rig.client.all().count<Pod>({}, Deadline::after(std::chrono::seconds(10)));
  EXPECT_EQ(count.error().code(), Code::ServerError);
  EXPECT_EQ(count.error().retry_after(), std::chrono::seconds(60));
  EXPECT_EQ(rig.server->requests().size(), 1U);
}

TEST(Client, explains_a_403_by_verb_resource_and_user) {
  Rig rig;
  rig.server->answer(403, status_body(403, "Forbidden",
                                      R"(pods is forbidden: User \"jo\" cannot list resource \"pods\")"
                                      R"( in API group \"\" at the cluster scope)"));
  auto count = rig.client.all().count<Pod>();
  EXPECT_TRUE(count.error().is_forbidden());
  EXPECT_THAT(count.error().message(), HasSubstr("RBAC does not let user \"jo\" list pods"));
  EXPECT_THAT(count.error().message(), HasSubstr("EKS access policy"));
  EXPECT_EQ(count.error().api_status()->reason, "Forbidden");
  EXPECT_EQ(rig.server->requests().size(), 1U);
}

TEST(Client, reads_a_refusal_to_64_kib_only) {
  Rig rig;
  rig.server->answer(403, std::string(10'000'000, 'x'));
  auto error = rig.client.all().count<Pod>().error();
  EXPECT_TRUE(error.is_forbidden());
  EXPECT_EQ(error.api_status()->causes.at(0).message.size(), 2'048U);
  EXPECT_LT(error.message().size(), 1'000U);
}

TEST(Client, takes_a_refusal_that_breaks_off_for_what_its_status_says) {
  Rig rig;
  rig.server->answer_cut(404, {}, R"({"kind":"Sta)");
  EXPECT_TRUE(rig.client.in("a").get<Pod>("p").error().is_not_found());
}

TEST(Client, takes_a_failure_in_a_good_reply_for_what_it_says) {
  Rig rig;
  rig.server->answer(200, status_body(404, "NotFound"));
  EXPECT_TRUE(rig.client.in("a").get<Pod>("p").error().is_not_found());
}

TEST(Client, tells_what_it_was_reading_when_a_body_broke_off) {
  Rig rig;
  rig.server->answer_cut(200, {}, R"({"kind":"Table","rows":[{},{"cells":["x)");
  auto count = rig.client.all().count<Pod>();
  EXPECT_EQ(count.error().code(), Code::ReplyTruncated);
  EXPECT_THAT(count.error().message(), HasSubstr("list pods in all namespaces"));
  EXPECT_THAT(count.error().message(), HasSubstr("inside item 1"));
  EXPECT_EQ(rig.server->requests().size(), 1U) << "a cut body is not asked for again";
}

TEST(Client, refuses_replies_that_are_no_json_or_of_another_shape) {
  for (auto [body, code] :
       {std::pair("<html>", Code::ReplyNotJson), std::pair("", Code::ReplyNotJson),
        std::pair(R"({"metadata":5})", Code::ReplyWrongShape), std::pair(R"({"kind":"Node"})", Code::ReplyWrongShape),
        std::pair(R"({"kind":"Pod")", Code::ReplyTruncated)}) {
    Rig rig;
    rig.server->answer(200, body);
    auto pod = rig.client.in("a").get<Pod>("p");
    EXPECT_EQ(pod.error().code(), code) << body;
    EXPECT_THAT(pod.error().message(), HasSubstr("get pods p in namespace a: ")) << body;
    EXPECT_EQ(rig.client.all().count<Pod>().error().operation(), "list pods");
  }
}

TEST(Client, takes_no_redirect_for_an_answer) {
  Rig rig;
  rig.server->answer(302, {{"Location", "https://elsewhere.example/"}}, "");
  EXPECT_EQ(rig.client.in("a").get<Pod>("p").error().code(), Code::UnexpectedStatus);
}

TEST(Client, counts_by_a_table) {
  Rig rig;
  rig.server->answer(200, kTwoRows);
  EXPECT_EQ(rig.client.all().count<Pod>({.labels = "app=shop", .fields = "status.phase=Running"}).value(), 2U);
  EXPECT_EQ(rig.target(0),
            "/api/v1/pods?fieldSelector=status.phase%3DRunning&labelSelector=app%3Dshop&includeObject=None");
  EXPECT_EQ(rig.header(0, "Accept"), "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
}

TEST(Client, sends_nothing_for_a_name_that_no_path_may_hold) {
  Rig rig;
  rig.server->answer(200, kOnePod);
  for (auto name : {"", ".", "..", "a/b", "a%2fb"})
    EXPECT_EQ(rig.client.in("a").get<Pod>(name).error().code(), Code::InvalidArgument) << name;
  EXPECT_EQ(rig.client.in("..").count<Pod>().error().code(), Code::InvalidArgument);
  EXPECT_EQ(rig.client.all().get<Pod>("p").error().code(), Code::InvalidArgument);
  EXPECT_TRUE(rig.server->requests().empty());
}

TEST(Client, gives_a_raw_reply_as_it_comes) {
  Rig rig;
  rig.server->answer(200, "{\"kind\":\"APIVersions\"}").answer(403, status_body(403, "Forbidden"));
  auto response = rig.client.raw("/api");
  ASSERT_TRUE(response);
  EXPECT_EQ(net::collect(*response, 1'000, Deadline::never()).value(), "{\"kind\":\"APIVersions\"}");
  EXPECT_EQ(rig.header(0, "Authorization"), std::string("Bearer ") + test::kCanary + "1");
  EXPECT_THAT(rig.client.raw("/secret").error().message(), HasSubstr("GET /secret: HTTP 403: RBAC"));
}

TEST(Client, passes_the_failure_to_get_a_token_on) {
  class NoTokens final : public TokenSource {
    Result<keks::Secret> token(Deadline const&) override { return fail(Code::NoCredentials, "none"); }
    void refused(keks::Secret const&) override {}
  };
  Rig rig;
  Client client({.server = *net::Url::parse("https://k.example"),
                 .transport = rig.server,
                 .tokens = std::make_shared<NoTokens>(),
                 .clock = &rig.clock});
  EXPECT_EQ(client.all().count<Pod>().error().code(), Code::NoCredentials);
  EXPECT_TRUE(rig.server->requests().empty());
}

std::string sent(net::Request const& request) { return std::string(request.headers.get("Authorization")); }

/// A server, or something in front of it, that sends back what it got.
Result<net::Response> echo(int status, std::string body, net::Request const& request) {
  return net::make_response(status, {{"Authorization", sent(request)}}, std::move(body));
}

/// Every way in which a call can fail, each once.
std::vector<std::function<void(test::FakeTransport&)>> const kFailures{
    [](auto& s) { s.answer(400, status_body(400, "BadRequest")); },
    [](auto& s) { s.answer(401, status_body(401, "Unauthorized")); },
    [](auto& s) { s.answer(403, status_body(403, "Forbidden")); },
    [](auto& s) { s.answer(404, ""); },
    [](auto& s) { s.answer(409, status_body(409, "Conflict")); },
    [](auto& s) { s.answer(410, status_body(410, "Expired")); },
    [](auto& s) { s.answer(422, status_body(422, "Invalid")); },
    [](auto& s) { s.answer(429, ""); },
    [](auto& s) { s.answer(500, "boom"); },
    [](auto& s) { s.answer(302, ""); },
    [](auto& s) { s.answer(200, "{"); },
    [](auto& s) { s.answer(200, "x"); },
    [](auto& s) { s.answer(200, "[]"); },
    [](auto& s) { s.answer_cut(200, {}, "{"); },
    [](auto& s) { s.fails(Code::ConnectionLost); },
    [](auto& s) { s.fails(Code::TlsUntrusted); },
    [](auto& s) { s.then([](auto& r) { return echo(403, status_body(403, "Forbidden", sent(r)), r); }); },
    [](auto& s) { s.then([](auto& r) { return echo(401, "<html>" + sent(r), r); }); },
    [](auto& s) { s.then([](auto& r) { return echo(200, status_body(403, "Forbidden", sent(r)), r); }); },
};

bool shows_a_token(Error const& error) {
  auto text = error.message() + error.host() + error.operation() + error.aws_code();
  if (auto const* status = error.api_status()) {
    text += status->message + status->reason + status->name + status->kind;
    for (auto const& cause : status->causes) text += cause.message;
  }
  return text.find(test::kCanary) != text.npos;
}

TEST(Client, never_shows_a_token_in_an_error) {
  for (auto const& failure : kFailures) {
    Rig rig;
    failure(*rig.server);
    for (auto const& error : {rig.client.in("a").get<Pod>("p").error(), rig.client.all().count<Pod>().error(),
                              rig.client.all().list<Pod>().collect().error()}) {
      EXPECT_FALSE(shows_a_token(error)) << error.message();
      EXPECT_FALSE(error.message().empty());
    }
  }
}

TEST(Client, says_who_is_refused_when_the_server_echoes_an_eks_token) {
  std::string const secret = "aHR0cHM6Ly9zdHMuZXhhbXBsZS8";
  Rig rig;
  rig.server->answer(403, status_body(403, "Forbidden", "Bearer k8s-aws-v1." + secret + " is " + secret));
  Client client({.server = *net::Url::parse("https://k.example"),
                 .transport = rig.server,
                 .tokens = fixed_token(keks::Secret("k8s-aws-v1." + secret)),
                 .clock = &rig.clock});
  EXPECT_EQ(client.in("a").get<Pod>("p").error().api_status()->message, "Bearer *** is ***");
}

}  // namespace
}  // namespace keks::kube
