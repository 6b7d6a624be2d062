#include "aws/providers/imds_region.hpp"

#include "support/fake_clock.hpp"
#include "support/fake_transport.hpp"
#include "support/rows.hpp"

namespace keks::aws {
namespace {

using test::text;

struct Answered {
  Result<std::string> region;
  std::vector<std::string> requests;
};

/// What an instance answers whose region is `region`; empty: 404.
Answered ask(Environment::Map variables, std::string const& region) {
  auto transport = std::make_shared<test::FakeTransport>();
  transport->answer(200, "TOKEN");
  region.empty() ? transport->answer(404, "") : transport->answer(200, R"({"region":")" + region + R"("})");
  test::FakeClock clock;
  auto settings = Settings::make(Environment(std::move(variables)), SharedConfig());
  auto sources = std::make_shared<Sources const>(Sources{{.settings = *settings, .transport = transport}, clock});
  Answered out{imds_region(sources, Deadline::never()), {}};
  for (auto const& request : transport->requests()) out.requests.push_back(request.method + " " + request.url.path);
  return out;
}

TEST(ImdsRegion, RowsAreAsRecordedButForTheSwitchThatTurnsItOff) {
  int played = 0;
  for (auto const& row : test::rows("token_rows.jsonl")) {
    if (text(row, "kind") != "imds_region") continue;
    ++played;
    Environment::Map variables;
    for (auto const& [name, value] : row.at("env").as_object()) variables.emplace(name, value.as_string());
    auto got = ask(variables, text(row.at("metadata_service").as_object(), "answers_region"));
    if (test::flag(row, "upstream_defect")) {
      EXPECT_TRUE(got.requests.empty() && !got.region) << text(row, "name");
      continue;
    }
    auto const& go = row.at("go").as_object();
    auto host = "sts." + got.region.value_or("us-east-1") + ".amazonaws.com";
    EXPECT_EQ(host, text(go, "host")) << text(row, "name");
    EXPECT_EQ(got.requests, boost::json::value_to<std::vector<std::string>>(go.at("metadata_requests")));
  }
  EXPECT_EQ(played, 3);
}

TEST(ImdsRegion, IsNotAskedForInLambda) {
  auto got = ask({{"AWS_LAMBDA_FUNCTION_NAME", "f"}}, "eu-west-3");
  EXPECT_EQ(got.region.error().code(), Code::NoCredentials);
  EXPECT_TRUE(got.requests.empty());
}

TEST(ImdsRegion, AnAnswerWithoutOneIsAnError) {
  auto transport = std::make_shared<test::FakeTransport>();
  transport->answer(200, "TOKEN").answer(200, "{}");
  test::FakeClock clock;
  auto settings = Settings::make(Environment(), SharedConfig());
  auto sources = std::make_shared<Sources const>(Sources{{.settings = *settings, .transport = transport}, clock});
  EXPECT_EQ(imds_region(sources, Deadline::never()).error().code(), Code::CredentialSourceFailed);
}

}  // namespace
}  // namespace keks::aws
