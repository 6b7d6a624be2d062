#include <atomic>
#include <boost/json.hpp>
#include <thread>

#include "aws/providers/sso_token.hpp"
#include "base/file.hpp"
#include "source_fixture.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;
using testing::HasSubstr;
using testing::IsEmpty;
namespace json = boost::json;

constexpr std::string_view kKeys = R"({"roleCredentials":{"accessKeyId":"ASIA1","secretAccessKey":"S1",)"
                                   R"("sessionToken":"T1","expiration":4070908800000}})";

struct Sso : SourceTest {
  Sso() {
    config =
        "[default]\nsso_session = corp\nsso_account_id = 111122223333\nsso_role_name = Admin\n"
        "[sso-session corp]\nsso_start_url = https://d-1.awsapps.com/start\nsso_region = us-east-1\n";
  }
  Offer offer(std::shared_ptr<net::Transport> through = nullptr) {
    auto all = sources(std::move(through));
    return offer_sso(all, "dev", *all->settings().profile());
  }
  /// A kept sign-in with that much left.
  std::string keep(seconds left, json::object more = {}) const {
    json::object document{{"accessToken", "CANARY-access"},   {"expiresAt", in(left)},
                          {"refreshToken", "CANARY-refresh"}, {"clientId", "CID"},
                          {"clientSecret", "CANARY-secret"},  {"somethingNew", json::array{1, 2}}};
    for (auto& member : more) document[member.key()] = member.value();
    return write(".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json", json::serialize(document));
  }
  json::object kept(std::string const& path) const { return json::parse(read(path)).as_object(); }
  void refreshes() {
    transport.answer(200, R"({"accessToken":"NEW","expiresIn":3600,"refreshToken":"NEWREFRESH"})");
    transport.answer(200, std::string(kKeys));
  }
};

TEST_F(Sso, AProfileForTokensAloneIsPassedOn) {
  config = "[default]\nsso_session = corp\n";
  EXPECT_TRUE(failed(offer(), Code::NoCredentials, {"sso_account_id"}));
}

TEST_F(Sso, WhatIsMissingOrContradictsIsNamed) {
  std::string const section = "[sso-session corp]\nsso_start_url = https://a/\nsso_region = us-east-1\n";
  std::string const head = "[default]\nsso_session = corp\nsso_account_id = 1\n";
  std::pair<std::string, std::string_view> const cases[] = {
      {head + section, "sso_role_name is missing"},
      {head + "sso_role_name = R\n", "no section [sso-session corp]"},
      {head + "sso_role_name = R\nsso_region = eu-west-1\n" + section, "Remove one of them"},
      {head + "sso_role_name = R\nsso_start_url = https://b/\n" + section, "Remove one of them"},
      {head + "sso_role_name = R\n[sso-session corp]\nsso_region = us-east-1\n", "sso_start_url is missing"},
      {"[default]\nsso_account_id = 1\nsso_role_name = R\nsso_region = us-east-1\n", "sso_start_url is missing"}};
  for (auto const& [text, why] : cases) {
    config = text;
    EXPECT_TRUE(failed(offer(), Code::ConfigMalformed, {"Profile dev", why})) << text;
  }
}

TEST_F(Sso, WithoutASignInTheCommandIsNamed) {
  EXPECT_TRUE(failed(get(offer()), Code::SignInNeeded,
                     {"Nobody has signed in to corp", "Sign in with: aws sso login --profile dev"}));
  for (auto text : {"{", "[]", "{}", R"({"accessToken":"CANARY"})", R"({"accessToken":"CANARY","expiresAt":"soon"})"}) {
    auto path = write(".aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json", text);
    auto got = get(offer());
    EXPECT_TRUE(failed(got, Code::SignInNeeded, {path, "aws sso login --profile dev"})) << text;
    EXPECT_TRUE(silent(got));
  }
  EXPECT_THAT(transport.requests(), IsEmpty());
}

TEST_F(Sso, AFreshSignInIsUsedAsItIs) {
  keep(minutes(16));
  transport.answer(200, std::string(kKeys));
  auto got = get(offer());
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->account_id, "111122223333");
  EXPECT_EQ(got->source, "sso role Admin");
  ASSERT_EQ(transport.requests().size(), 1u);
  EXPECT_EQ(transport.requests().at(0).headers.get("x-amz-sso_bearer_token"), "CANARY-access");
}

TEST_F(Sso, ARefreshIsKeptWithWhatTheFileHadBesides) {
  auto path = keep(minutes(14));
  refreshes();
  ASSERT_TRUE(get(offer()));
  auto now = kept(path);
  EXPECT_EQ(now.at("accessToken"), "NEW");
  EXPECT_EQ(now.at("refreshToken"), "NEWREFRESH");
  EXPECT_EQ(now.at("expiresAt"), json::value(in(hours(1))));
  EXPECT_EQ(now.at("somethingNew"), (json::array{1, 2}));
  EXPECT_EQ(mode_of(path), 0600u);
  EXPECT_EQ(transport.requests().at(1).headers.get("x-amz-sso_bearer_token"), "NEW");
}

TEST_F(Sso, ARefreshThatCannotBeKeptIsStillUsed) {
  keep(minutes(14));
  // The folder makes way for a file meanwhile, which stops even root from writing below it.
  transport.then([this](net::Request const&) -> Result<net::Response> {
    std::filesystem::remove_all(home + "/.aws/sso/cache");
    write(".aws/sso/cache", "");
    return net::make_response(200, {}, R"({"accessToken":"NEW","expiresIn":3600,"refreshToken":"CANARY"})");
  });
  transport.answer(200, std::string(kKeys));
  auto got = get(offer());
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_THAT(logged, testing::ElementsAre(HasSubstr("could not be kept")));
  EXPECT_TRUE(silent(got, logged));
}

TEST_F(Sso, AFileThatIsAFolderIsAnError) {
  std::filesystem::create_directories(home + "/.aws/sso/cache/ee0bfd2552fbd840c02cc48b6e823320543c450f.json");
  EXPECT_EQ(get(offer()).error().code(), Code::Io);
}

TEST_F(Sso, AFailedRefreshCostsNothingWhileTheOldTokenHolds) {
  keep(minutes(14));
  transport.answer(400,
                   R"({"error":"invalid_grant","error_description":"CANARY-refresh CANARY-secret CANARY-access"})");
  transport.answer(200, std::string(kKeys));
  auto got = get(offer());
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_THAT(logged, testing::ElementsAre(HasSubstr("invalid_grant")));
  EXPECT_TRUE(silent(got, logged));
}

TEST_F(Sso, AfterItTheSignInIsOver) {
  keep(minutes(-1));
  transport.answer(400, R"({"error":"invalid_grant"})");
  EXPECT_TRUE(failed(get(offer()), Code::SignInNeeded, {"ended at", "aws sso login --profile dev"}));
}

TEST_F(Sso, ARegistrationThatIsOverRefreshesNothing) {
  keep(minutes(-1), {{"registrationExpiresAt", in(minutes(-1))}});
  EXPECT_EQ(get(offer()).error().code(), Code::SignInNeeded);
  EXPECT_THAT(transport.requests(), IsEmpty());
}

TEST_F(Sso, WhatAnotherProgramRefreshedMeanwhileIsUsed) {
  keep(minutes(-1));
  transport.then([this](net::Request const&) -> Result<net::Response> {
    keep(hours(1), {{"accessToken", "THEIRS"}});
    return net::make_response(400, {}, R"({"error":"invalid_grant"})");
  });
  transport.answer(200, std::string(kKeys));
  auto got = get(offer());
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(transport.requests().at(1).headers.get("x-amz-sso_bearer_token"), "THEIRS");
}

TEST_F(Sso, WhoRefreshAtOnceGetOneTokenBetweenThem) {
  keep(minutes(-1));
  std::atomic<int> refreshes = 0;
  transport.then([&](net::Request const& request) -> Result<net::Response> {
    if (request.method == "GET") return net::make_response(200, {}, std::string(kKeys));
    ++refreshes;
    // Time for the others to do the same.
    std::this_thread::sleep_for(milliseconds(50));
    return net::make_response(200, {}, R"({"accessToken":"NEW","expiresIn":3600,"refreshToken":"NEWREFRESH"})");
  });
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i) threads.emplace_back([own = offer()] { EXPECT_TRUE(get(own)); });
  threads.clear();
  EXPECT_EQ(refreshes, 1);
}

TEST_F(Sso, AHeldLockOnlyCostsTime) {
  auto path = keep(minutes(-1));
  auto held = FileLock::on(path, Deadline::never());
  ASSERT_TRUE(held);
  refreshes();
  EXPECT_TRUE(get(offer(), Deadline::after(seconds(4))));
}

TEST_F(Sso, ASignInThatIsNotTakenMustBeDoneAgain) {
  keep(hours(1));
  transport.answer(401, R"({"message":"CANARY-access"})");
  auto got = get(offer());
  EXPECT_TRUE(failed(got, Code::SignInNeeded, {"aws sso login --profile dev"}));
  EXPECT_TRUE(silent(got));
}

TEST_F(Sso, AnExpiryMayBeWrittenAsAFractionButBeNone) {
  keep(hours(1));
  auto text = std::string(kKeys);
  transport.then([&](net::Request const&) -> Result<net::Response> { return net::make_response(200, {}, text); });
  auto with = [&](std::string_view expiry) {
    text = kKeys;
    text.replace(text.find("4070908800000"), 13, expiry);
    return get(offer());
  };
  auto whole = with("4070908800000.0");
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_EQ(whole->expiration, WallTime(seconds(4'070'908'800)));
  for (auto bad : {"4070908800000.5", "-1", "1e300", "18446744073709551615", "true"})
    EXPECT_TRUE(failed(with(bad), Code::CredentialSourceFailed, {"expiration is no time"})) << bad;
}

TEST_F(Sso, ARoleThatIsNotAssignedIsNamed) {
  keep(hours(1));
  transport.answer(403, R"({"message":"No access to CANARY-access"})");
  auto got = get(offer());
  EXPECT_TRUE(failed(got, Code::CredentialSourceFailed, {"HTTP 403", "role Admin of account 111122223333"}));
  EXPECT_TRUE(silent(got));
}

TEST_F(Sso, KeysThatCannotBeUsedStayInside) {
  keep(hours(1));
  for (auto reply : {"CANARY", "{}", R"({"roleCredentials":"CANARY"})",
                     R"({"roleCredentials":{"accessKeyId":"CANARY","secretAccessKey":"CANARY"}})",
                     R"({"roleCredentials":{"accessKeyId":"A","secretAccessKey":"CANARY","sessionToken":"CANARY"}})"}) {
    test::FakeTransport one;
    one.answer(200, reply);
    auto got = get(offer(std::shared_ptr<net::Transport>(std::shared_ptr<void>(), &one)));
    EXPECT_EQ(got.error().code(), Code::CredentialSourceFailed) << reply;
    EXPECT_TRUE(silent(got));
  }
}

TEST_F(Sso, ATokenThatWouldAddAFieldIsNotSent) {
  keep(hours(1), {{"accessToken", "CANARY\r\nX-Evil: 1"}});
  auto got = get(offer());
  EXPECT_TRUE(failed(got, Code::SignInNeeded, {"control character"}));
  EXPECT_TRUE(silent(got));
  EXPECT_THAT(transport.requests(), IsEmpty());
}

TEST_F(Sso, AStalledRefreshLeavesTimeWhileTheOldTokenHolds) {
  keep(minutes(14));
  test::ScriptedServer server(
      {{"https://oidc.us-east-1.amazonaws.com", {{"*", json::array{{{"stall", true}}}}}},
       {"https://portal.sso.us-east-1.amazonaws.com", {{"*", json::array{{{"status", 200}, {"body", kKeys}}}}}}});
  auto got = get(offer(server.transport()), Deadline::after(seconds(10)));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(Sso, AStalledPeerDoesNotUseUpMoreThanTheDeadline) {
  keep(minutes(-1));
  test::ScriptedServer server({{"https://*", {{"*", json::array{{{"stall", true}}}}}}});
  auto got = get(offer(server.transport()), Deadline::after(seconds(2)));
  EXPECT_TRUE(failed(got, Code::DeadlineExceeded, {"refreshed"}));
  EXPECT_EQ(server.requests().size(), 1u);
}

}  // namespace
}  // namespace keks::aws
