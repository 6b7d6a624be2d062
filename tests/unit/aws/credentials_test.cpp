#include <gtest/gtest.h>
#include <keks/aws/credentials.hpp>
#include <keks/base/time.hpp>

#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include "support/fake_clock.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono_literals;
using test::FakeClock;

Result<Credentials> from(Environment::Map variables) {
  return environment_credentials(Environment(std::move(variables)))->get(Deadline::never());
}

TEST(EnvironmentCredentials, TakeTheThreeVariables) {
  auto got = from({{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"AWS_SESSION_TOKEN", "t"}});
  ASSERT_TRUE(got);
  EXPECT_EQ(got->access_key_id, "AKID");
  EXPECT_EQ(got->secret_access_key.reveal(), "s");
  EXPECT_EQ(got->session_token.reveal(), "t");
  EXPECT_FALSE(got->expiration);
  EXPECT_EQ(got->source, "environment");
}

TEST(EnvironmentCredentials, TakeTheOldNameOfTheSessionToken) {
  auto got = from({{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "s"}, {"AWS_SECURITY_TOKEN", "old"}});
  EXPECT_EQ(got->session_token.reveal(), "old");
}

TEST(EnvironmentCredentials, TellAccountAndExpiryWhereTheyAreSet) {
  Environment::Map variables{{"AWS_ACCESS_KEY_ID", "AKID"},
                             {"AWS_SECRET_ACCESS_KEY", "s"},
                             {"AWS_ACCOUNT_ID", "111122223333"},
                             {"AWS_CREDENTIAL_EXPIRATION", "2099-01-01T00:00:00Z"}};
  auto got = from(variables);
  EXPECT_EQ(got->account_id, "111122223333");
  EXPECT_EQ(got->expiration, parse_rfc3339("2099-01-01T00:00:00Z").value());
  variables["AWS_CREDENTIAL_EXPIRATION"] = "tomorrow";
  EXPECT_EQ(from(variables).error().code(), Code::ConfigMalformed);
}

TEST(EnvironmentCredentials, NameTheMissingHalf) {
  auto no_secret = from({{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", ""}});
  EXPECT_EQ(no_secret.error().code(), Code::ConfigMalformed);
  EXPECT_NE(no_secret.error().message().find("AWS_SECRET_ACCESS_KEY is not"), std::string::npos);
  auto no_id = from({{"AWS_SECRET_ACCESS_KEY", "s"}});
  EXPECT_NE(no_id.error().message().find("AWS_ACCESS_KEY_ID is not"), std::string::npos);
}

TEST(EnvironmentCredentials, SayWhatToSetWhenThereIsNothing) {
  auto none = from({});
  EXPECT_EQ(none.error().code(), Code::NoCredentials);
  for (auto name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"})
    EXPECT_NE(none.error().message().find(name), std::string::npos);
}

TEST(EnvironmentCredentials, RefuseALineFeedThatNoHeaderCouldCarry) {
  auto got = from({{"AWS_ACCESS_KEY_ID", "AKID"}, {"AWS_SECRET_ACCESS_KEY", "CANARY\n"}});
  EXPECT_EQ(got.error().code(), Code::ConfigMalformed);
  EXPECT_NE(got.error().message().find("AWS_SECRET_ACCESS_KEY"), std::string::npos);
  EXPECT_EQ(got.error().message().find("CANARY"), std::string::npos);
}

/// Gives out keys named by a counter, valid for an hour; fails while told to; waits while held.
class Source final : public CredentialsProvider {
 public:
  explicit Source(FakeClock& clock) : clock_(clock) {}
  Result<Credentials> get(Deadline const& deadline) override {
    last_remaining = deadline.remaining();
    int n = ++asked;
    held.wait(true);
    if (fails) return fail(Code::StsUnreachable, "no route");
    return Credentials{"key" + std::to_string(n), Secret("s"), Secret("t"), clock_.wall() + life.load(), "test"};
  }
  void invalidate() override { ++invalidated; }
  void release() {
    held = false;
    held.notify_all();
  }

  std::atomic<int> asked{0}, invalidated{0};
  std::atomic<bool> fails{false}, held{false};
  std::atomic<std::chrono::seconds> life{std::chrono::hours(1)};
  std::atomic<std::chrono::milliseconds> last_remaining{};

 private:
  FakeClock& clock_;
};

struct CachedCredentials : testing::Test {
  std::string key() {
    auto got = cached->get(Deadline::never());
    return got ? got->access_key_id : got.error().message();
  }
  FakeClock clock;
  std::shared_ptr<Source> source = std::make_shared<Source>(clock);
  std::shared_ptr<CredentialsProvider> cached = cached_credentials(source, clock);
};

TEST_F(CachedCredentials, AreKeptUntilAQuarterOfAnHourBeforeTheyExpire) {
  EXPECT_EQ(key(), "key1");
  clock.advance(44min + 59s);
  EXPECT_EQ(key(), "key1");
  clock.advance(2s);
  EXPECT_EQ(key(), "key2");
}

TEST_F(CachedCredentials, AreRefreshedByOneCallerWhileOthersGoOnWithTheOld) {
  key();
  clock.advance(50min);
  source->held = true;
  auto refreshing = std::async(std::launch::async, [&] { return key(); });
  while (source->asked < 2) std::this_thread::yield();
  EXPECT_EQ(key(), "key1");
  source->release();
  EXPECT_EQ(refreshing.get(), "key2");
  EXPECT_EQ(key(), "key2");
}

TEST_F(CachedCredentials, NearTheirEndAreWaitedForByAll) {
  key();
  clock.advance(56min);
  source->held = true;
  std::vector<std::future<std::string>> callers;
  for (int i = 0; i < 4; ++i) callers.push_back(std::async(std::launch::async, [&] { return key(); }));
  while (source->asked < 2) std::this_thread::yield();
  EXPECT_EQ(cached->get(Deadline::after(0ms)).error().code(), Code::DeadlineExceeded);
  source->release();
  for (auto& caller : callers) EXPECT_EQ(caller.get(), "key2");
  EXPECT_EQ(source->asked, 2);
}

TEST_F(CachedCredentials, LeaveTheCallerTimeForItsOwnWorkWhileTheyWillDo) {
  key();
  clock.advance(50min);
  ASSERT_TRUE(cached->get(Deadline::after(100s)));
  EXPECT_LE(source->last_remaining.load(), 50s);
  clock.advance(56min);
  ASSERT_TRUE(cached->get(Deadline::after(100s)));
  EXPECT_GT(source->last_remaining.load(), 50s);
}

TEST_F(CachedCredentials, ThatLiveShortAreNotAskedForAtEachCall) {
  source->life = 5min;
  key();
  for (int i = 0; i < 9; ++i, clock.advance(15s)) EXPECT_EQ(key(), "key1");
  clock.advance(20s);
  EXPECT_EQ(key(), "key2");
  EXPECT_EQ(source->asked, 2);
}

TEST_F(CachedCredentials, OfASourceThatKeepsGivingTheSameAreAskedForTwiceAMinuteAtMost) {
  auto end = clock.wall() + 10min;
  auto same = [&] { return std::chrono::floor<std::chrono::seconds>(end - clock.wall()); };
  for (; same() > 1s; clock.advance(1s)) {
    source->life = same();
    ASSERT_TRUE(cached->get(Deadline::never()));
  }
  EXPECT_LE(source->asked, 20);
}

TEST_F(CachedCredentials, AFailureIsToldToAllThatWaitedForIt) {
  source->fails = true;
  // Who comes after the failure asks for himself, and nobody sees who waits already: some round has one that does.
  for (int round = 0, most = 100; round < most; ++round) {
    source->asked = 0;
    source->held = true;
    std::vector<std::future<std::string>> callers;
    for (int i = 0; i < 4; ++i) callers.push_back(std::async(std::launch::async, [&] { return key(); }));
    while (source->asked == 0) std::this_thread::yield();
    std::this_thread::sleep_for(10ms);
    source->release();
    for (auto& caller : callers) EXPECT_EQ(caller.get(), "no route");
    if (source->asked < 4) return;
  }
  ADD_FAILURE() << "each caller asked for himself";
}

TEST_F(CachedCredentials, OutliveAFailedRefreshWhileTheyAreValid) {
  EXPECT_EQ(key(), "key1");
  source->fails = true;
  clock.advance(56min);
  EXPECT_EQ(key(), "key1");
  clock.advance(4min);
  EXPECT_EQ(key(), "no route");
}

TEST_F(CachedCredentials, LeaveAFailingSourceAloneForAWhile) {
  key();
  source->fails = true;
  clock.advance(46min);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(key(), "key1");
  EXPECT_EQ(source->asked, 2);
  source->fails = false;
  clock.advance(31s);
  EXPECT_EQ(key(), "key3");
}

TEST_F(CachedCredentials, AreAskedForAnewAfterInvalidate) {
  EXPECT_EQ(key(), "key1");
  cached->invalidate();
  EXPECT_EQ(key(), "key2");
  EXPECT_EQ(source->invalidated, 1);
}

TEST_F(CachedCredentials, AreAskedForOnceByCallersAtTheSameTime) {
  source->held = true;
  std::vector<std::future<std::string>> callers;
  for (int i = 0; i < 4; ++i) callers.push_back(std::async(std::launch::async, [&] { return key(); }));
  while (source->asked == 0) std::this_thread::yield();
  source->release();
  for (auto& caller : callers) EXPECT_EQ(caller.get(), "key1");
  EXPECT_EQ(source->asked, 1);
}

TEST_F(CachedCredentials, AWaitingCallerKeepsItsOwnDeadline) {
  source->held = true;
  auto first = std::async(std::launch::async, [&] { return key(); });
  while (source->asked == 0) std::this_thread::yield();
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(cached->get(Deadline::never().with_stop(stop.get_token())).error().code(), Code::Cancelled);
  EXPECT_EQ(cached->get(Deadline::after(0ms)).error().code(), Code::DeadlineExceeded);
  source->release();
  EXPECT_EQ(first.get(), "key1");
}

TEST(CachedCredentialsOfAUser, AreAskedForAgainAfterTheSourceThrew) {
  struct Throws final : CredentialsProvider {
    Result<Credentials> get(Deadline const&) override {
      if (++asked == 1) throw std::runtime_error("of the user's making");
      return Credentials{"AKID", Secret("s"), {}, {}, "test"};
    }
    int asked = 0;
  };
  FakeClock clock;
  auto cached = cached_credentials(std::make_shared<Throws>(), clock);
  EXPECT_THROW(std::ignore = cached->get(Deadline::never()), std::runtime_error);
  auto got = cached->get(Deadline::after(0ms));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->access_key_id, "AKID");
}

TEST(CachedCredentialsWithoutExpiry, AreKeptForGood) {
  FakeClock clock;
  auto cached = cached_credentials(fixed_credentials({"AKID", Secret("s"), {}, {}, "fixed"}), clock);
  clock.advance(std::chrono::hours(100'000));
  EXPECT_EQ(cached->get(Deadline::never())->access_key_id, "AKID");
}

}  // namespace
}  // namespace keks::aws
