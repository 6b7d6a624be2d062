#pragma once

#include <fstream>
#include <sstream>

#include <filesystem>

#include "aws/providers/provider.hpp"
#include "fixture.hpp"
#include "support/scripted_server.hpp"
#include "support/temporary_folder.hpp"

namespace keks::aws {

/// One source of credentials on a scripted transport, with a home folder and a clock that stands still.
struct SourceTest : testing::Test {
  SourceTest() { variables = {{"HOME", home}, {"AWS_REGION", "eu-west-1"}}; }

  SharedSources sources(std::shared_ptr<net::Transport> through = nullptr) {
    auto settings = Settings::make(Environment(variables), SharedConfig::parse(ConfigText{"config", config}, {}));
    EXPECT_TRUE(settings) << settings.error().message();
    if (!through) through = std::shared_ptr<net::Transport>(std::shared_ptr<void>(), &transport);
    Log log{LogLevel::Info, [this](LogLevel, std::string_view line) { logged.emplace_back(line); }};
    return std::make_shared<Sources const>(
        Sources{{.settings = *std::move(settings), .transport = std::move(through), .log = std::move(log)}, clock});
  }

  std::string write(std::string const& relative, std::string_view text) const {
    folder.write(relative, text);
    return folder / relative;
  }
  static std::string read(std::string const& path) {
    std::ostringstream out;
    out << std::ifstream(path, std::ios::binary).rdbuf();
    return out.str();
  }
  static unsigned mode_of(std::string const& path) {
    return static_cast<unsigned>(std::filesystem::status(path).permissions());
  }
  std::string in(std::chrono::seconds span) const { return format_rfc3339(clock.wall() + span); }

  test::TemporaryFolder folder;
  std::string const home = folder.path();
  std::string config;
  Environment::Map variables;
  test::FakeTransport transport;
  test::FakeClock clock;
  std::vector<std::string> logged;
};

inline Result<Credentials> get(Offer const& offer, Deadline const& deadline = Deadline::never()) {
  if (!offer) return fail(offer.error());
  return offer->provider->get(deadline);
}

/// Neither message nor context of an error shows what the test marked as secret.
template <class T>
testing::AssertionResult silent(Result<T> const& result, std::vector<std::string> const& logged = {}) {
  auto texts = logged;
  if (!result) {
    auto const& e = result.error();
    for (auto const& text : {e.message(), e.operation(), e.host(), e.aws_code(), e.aws_request_id()})
      texts.push_back(text);
  }
  for (auto const& text : texts)
    if (text.find("CANARY") != text.npos) return testing::AssertionFailure() << text;
  return testing::AssertionSuccess();
}

}  // namespace keks::aws
