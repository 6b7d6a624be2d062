#include "apps/keks/cache.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <keks/base/time.hpp>

#include "apps/keks/authenticator_cache.hpp"
#include "apps/keks/identity.hpp"
#include "base/file.hpp"
#include "base/try.hpp"
#include "support/fake_clock.hpp"
#include "unit/apps/keks_process.hpp"

namespace keks::cli {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
namespace fs = std::filesystem;

WallTime const kNow{std::chrono::seconds(1'768'478'400)};

aws::Credentials credentials(std::optional<WallTime> end = kNow + 1h) {
  return {"AKID",        Secret("CANARY"), Secret("session/+="), end, "role arn:aws:iam::111122223333:role/ops",
          "111122223333"};
}

std::string entry_text(CacheEntry const& entry) { return std::string(write_cache_entry(entry).reveal()); }

TEST(CacheEntry, ComesBackAsItWent) {
  auto back = std::get<aws::Credentials>(*read_cache_entry(entry_text(credentials())));
  EXPECT_EQ(back.access_key_id, "AKID");
  EXPECT_EQ(back.secret_access_key.reveal(), "CANARY");
  EXPECT_EQ(back.session_token.reveal(), "session/+=");
  EXPECT_EQ(back.expiration, kNow + 1h);
  EXPECT_EQ(back.source, credentials().source);
  EXPECT_EQ(back.account_id, "111122223333");
  auto token = std::get<iam::Token>(*read_cache_entry(entry_text(iam::Token{Secret("k8s-aws-v1.QQ"), kNow})));
  EXPECT_EQ(token.text.reveal(), "k8s-aws-v1.QQ");
  EXPECT_EQ(token.expiration, kNow);
}

TEST(CacheEntry, IsReadStrictlyAndTellsNoSecret) {
  auto good = entry_text(credentials());
  auto without = [&](std::string_view part, std::string_view other) {
    auto text = good;
    return text.replace(text.find(part), part.size(), other);
  };
  for (auto const& text :
       {std::string(), std::string("CANARY"), std::string("[]"), std::string("{}"), good.substr(0, good.size() / 2),
        without("\"version\":1", "\"version\":2"), without("\"version\":1", "\"version\":\"1\""),
        without("\"credentials\"", "\"CANARY\""), without("\"accountId\":", "\"other\":"),
        without("\"kind\"", "\"more\":\"\",\"kind\""), without("\"AKID\"", "\"\""), without("\"AKID\"", "7"),
        without("2026-", "CANARY"), std::string(300'000, ' '), entry_text(iam::Token{Secret("CANARY"), kNow})}) {
    auto read = read_cache_entry(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().code(), Code::ConfigMalformed);
    EXPECT_THAT(read.error().message(), Not(HasSubstr("CANARY")));
  }
}

TEST(CacheKey, DiffersHoweverTheSameTextIsCut) {
  EXPECT_EQ(cache_key({"a", "b"}).size(), 64u);
  EXPECT_EQ(cache_key({"a", "b"}), cache_key({"a", "b"}));
  EXPECT_NE(cache_key({"a", "b"}), cache_key({"ab", ""}));
  EXPECT_NE(cache_key({"a", "b"}), cache_key({"b", "a"}));
}

TEST(Fingerprint, IsOfTheIdentityAndNotOfTheRegion) {
  auto of = [](Environment::Map variables, std::string profile = "", std::string files = "", std::string host = "",
               std::string sign_ins = "") {
    return fingerprint({Environment(std::move(variables)), std::move(profile), std::move(files), std::move(sign_ins),
                        std::move(host)});
  };
  auto plain = of({{"AWS_ACCESS_KEY_ID", "a"}});
  EXPECT_EQ(plain, of({{"AWS_ACCESS_KEY_ID", "a"}, {"AWS_REGION", "eu-west-1"}, {"TERM", "x"}, {"AWS_PROFILE", ""}}));
  for (auto const& other :
       {of({{"AWS_ACCESS_KEY_ID", "b"}}), of({{"AWS_ACCESS_KEY_ID", "a"}, {"AWS_ROLE_ARN", "r"}}),
        of({{"AWS_ACCESS_KEY_ID", "a"}}, "dev"), of({{"AWS_ACCESS_KEY_ID", "a"}}, "", "digest"),
        of({{"AWS_ACCESS_KEY_ID", "a"}}, "", "", "host"), of({{"AWS_ACCESS_KEY_ID", "a"}}, "", "", "", "a.json 1"),
        of({{"AWS_ACCESS_KEY_ID", "a"}, {"HOME", "/"}})})
    EXPECT_NE(plain, other);
}

class InFolder : public testing::Test {
 protected:
  Cache cache() {
    Log log{LogLevel::Info, [this](LogLevel, std::string_view line) { said_.emplace_back(line); }};
    return {folder_ / "keks", log, clock_};
  }
  Cache::Make maker(CacheEntry entry, bool keep = true) {
    return [this, entry, keep](Deadline const&) -> Result<Cache::Made> {
      ++made_;
      return Cache::Made{entry, keep};
    };
  }
  std::string ask(Cache& cache) {
    auto got = cache.get_or_make(key_, 5min, maker(credentials()), Deadline::after(20s));
    return got ? std::get<aws::Credentials>(*got).access_key_id : got.error().message();
  }
  std::string file(std::string_view ending = ".json") const { return (folder_ / "keks/") + key_ + std::string(ending); }

  test::TemporaryFolder folder_;
  test::FakeClock clock_{kNow};
  std::string key_ = cache_key({"test"});
  std::vector<std::string> said_;
  int made_ = 0;
};

TEST_F(InFolder, OneMakesAndTheNextReads) {
  auto first = cache(), second = cache();
  EXPECT_EQ(ask(first), "AKID");
  EXPECT_EQ(ask(second), "AKID");
  EXPECT_EQ(made_, 1);
  EXPECT_TRUE(said_.empty());
  EXPECT_EQ(fs::status(folder_ / "keks").permissions(), fs::perms::owner_all);
  EXPECT_EQ(fs::status(file()).permissions(), fs::perms::owner_read | fs::perms::owner_write);
}

TEST_F(InFolder, WhatEndsSoonIsMadeAnew) {
  auto one = cache();
  ask(one);
  clock_.advance(54min);
  ask(one);
  EXPECT_EQ(made_, 1);
  clock_.advance(2min);
  ask(one);
  EXPECT_EQ(made_, 2);
}

TEST_F(InFolder, WhatNeverEndsOrIsNotToBeKeptIsNotWritten) {
  auto one = cache();
  EXPECT_TRUE(one.get_or_make(key_, 5min, maker(credentials(std::nullopt)), Deadline::never()));
  EXPECT_TRUE(one.get_or_make(key_, 5min, maker(credentials(), false), Deadline::never()));
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_EQ(made_, 2);
}

TEST_F(InFolder, ABrokenFileIsSetAsideWithAWarning) {
  auto one = cache();
  ask(one);
  for (auto const& broken : {std::string("{\"version\":1,\"kind\":"), std::string(300'000, 'x')}) {
    test::write(file(), broken);
    EXPECT_EQ(ask(one), "AKID");
    EXPECT_EQ(test::content_of(file(".corrupt")), broken);
  }
  EXPECT_EQ(made_, 3);
  ASSERT_EQ(said_.size(), 2u);
  EXPECT_THAT(said_[0], HasSubstr(".corrupt"));
  EXPECT_EQ(ask(one), "AKID");
  EXPECT_EQ(made_, 3);
}

TEST_F(InFolder, WhatOthersCanReadIsNotUsedAndSaidOnce) {
  auto one = cache();
  ask(one);
  chmod(file().c_str(), 0644);
  EXPECT_EQ(ask(one), "AKID");
  EXPECT_EQ(ask(one), "AKID");
  EXPECT_EQ(made_, 3);
  ASSERT_EQ(said_.size(), 1u);
  EXPECT_THAT(said_[0], HasSubstr("chmod 600"));
}

TEST_F(InFolder, NeitherAFolderOfOthersNorALinkNorAFileIsUsed) {
  fs::create_directory(folder_ / "keks");
  chmod((folder_ / "keks").c_str(), 0755);
  auto wide = cache();
  EXPECT_EQ(ask(wide), "AKID");
  fs::remove_all(folder_ / "keks");
  fs::create_directory_symlink(folder_.path(), folder_ / "keks");
  auto link = cache();
  EXPECT_EQ(ask(link), "AKID");
  fs::remove(folder_ / "keks");
  test::write(folder_ / "keks", "");
  auto file = cache();
  EXPECT_EQ(ask(file), "AKID");
  EXPECT_EQ(said_.size(), 3u);
}

TEST_F(InFolder, ALinkInPlaceOfAFileIsNotFollowed) {
  auto one = cache();
  ask(one);
  fs::rename(file(), folder_ / "elsewhere");
  fs::create_symlink(folder_ / "elsewhere", file());
  EXPECT_EQ(ask(one), "AKID");
  EXPECT_EQ(made_, 2);
  EXPECT_EQ(said_.size(), 1u);
}

TEST_F(InFolder, ALockThatIsHeldIsNotWaitedForBeyondTheDeadline) {
  auto one = cache();
  fs::create_directories(folder_ / "keks");
  chmod((folder_ / "keks").c_str(), 0700);
  auto held = FileLock::acquire(file(".lock"), Deadline::never());
  ASSERT_TRUE(held);
  auto got = one.get_or_make(key_, 5min, maker(credentials()), Deadline::after(50ms));
  EXPECT_TRUE(got);
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_EQ(said_.size(), 1u);
}

TEST_F(InFolder, WhoWaitedForALockInVainHasTimeLeftToDoItHimself) {
  auto one = cache();
  fs::create_directories(folder_ / "keks");
  chmod((folder_ / "keks").c_str(), 0700);
  auto held = FileLock::acquire(file(".lock"), Deadline::never());
  ASSERT_TRUE(held);
  bool was_late = true;
  auto make = [&](Deadline const& deadline) -> Result<Cache::Made> {
    was_late = deadline.expired();
    return Cache::Made{credentials()};
  };
  EXPECT_TRUE(one.get_or_make(key_, 5min, make, Deadline::after(6s)));
  EXPECT_FALSE(was_late);
}

TEST_F(InFolder, ATokenOfAClockThatWasSetBackIsMadeAnew) {
  auto one = cache();
  iam::Token token{Secret("k8s-aws-v1.QQ"), kNow + 14min};
  ASSERT_TRUE(one.get_or_make(key_, 1min, maker(token), Deadline::never()));
  EXPECT_TRUE(one.find(key_, 1min));
  clock_.advance(-1h);
  EXPECT_FALSE(one.find(key_, 1min));
}

TEST_F(InFolder, AFailureIsTheMakersOwnAndKeepsNothing) {
  auto one = cache();
  auto got = one.get_or_make(
      key_, 5min, [](Deadline const&) -> Result<Cache::Made> { return fail(Code::AssumeRoleDenied, "no"); },
      Deadline::never());
  EXPECT_EQ(got.error().code(), Code::AssumeRoleDenied);
  EXPECT_FALSE(fs::exists(file()));
  EXPECT_EQ(ask(one), "AKID");
}

TEST_F(InFolder, OldFilesOfItsOwnGoAndOthersStay) {
  auto one = cache();
  ask(one);
  auto old = fs::file_time_type::clock::now() - 72h;
  auto stale = (folder_ / "keks/") + cache_key({"stale"}) + ".json", other = folder_ / "keks/letter.txt";
  for (auto const& path : {stale, other, folder_ / "keks/.keks-0011", file(".lock")}) {
    test::write(path, "x");
    fs::last_write_time(path, old);
  }
  clock_.advance(1h);
  ask(one);
  EXPECT_FALSE(fs::exists(stale));
  EXPECT_FALSE(fs::exists(folder_ / "keks/.keks-0011"));
  EXPECT_TRUE(fs::exists(other));
  // It is held while others are thrown away, and who comes then must find it.
  EXPECT_TRUE(fs::exists(file(".lock")));
}

class Source final : public aws::CredentialsProvider {
 public:
  Result<aws::Credentials> get(Deadline const&) override {
    ++asked;
    return credentials();
  }
  int asked = 0;
};

TEST_F(InFolder, CredentialsAreAskedForAgainOnceTheyWereRefused) {
  auto source = std::make_shared<Source>();
  auto shared = std::make_shared<Cache>(folder_ / "keks", Log{}, clock_);
  auto kept = kept_on_disk(shared, key_, source);
  ASSERT_TRUE(kept->get(Deadline::never()));
  ASSERT_TRUE(kept_on_disk(shared, key_, source)->get(Deadline::never()));
  EXPECT_EQ(source->asked, 1);
  kept->invalidate();
  ASSERT_TRUE(kept->get(Deadline::never()));
  EXPECT_EQ(source->asked, 2);
}

TEST(AtHand, AreKeysThatAskingForCostsNothing) {
  using Step = aws::ChainStep;
  auto steps = [](std::string provider) {
    return std::vector<Step>{{"first", Step::Outcome::Skipped, ""}, {std::move(provider), Step::Outcome::Chosen, ""}};
  };
  for (auto provider : {"environment", "container", "instance metadata"})
    EXPECT_TRUE(is_at_hand(steps(provider), nullptr)) << provider;
  EXPECT_FALSE(is_at_hand(steps("web identity"), nullptr));
  aws::ConfigSection section;
  section.values = {{"aws_access_key_id", "a"}};
  EXPECT_TRUE(is_at_hand(steps("profile dev"), &section));
  section.values.emplace("role_arn", "r");
  EXPECT_FALSE(is_at_hand(steps("profile dev"), &section));
  section.values = {{"credential_process", "p"}};
  EXPECT_FALSE(is_at_hand(steps("profile dev"), &section));
}

constexpr std::string_view kTheirs = R"(clusters:
  prod:
    default:
      "":
        accesskeyid: ASIAOWN
        secretaccesskey: CANARY
        sessiontoken: s
        source: AssumeRoleProvider
        canexpire: true
        expires: 2026-01-15T13:00:00.5Z
        accountid: "111122223333"
      arn:aws:iam::111122223333:role/ops:
        accesskeyid: ASIAROLE
        secretaccesskey: x
        canexpire: true
        expires: 2026-01-15T13:00:00+01:00
      forever:
        accesskeyid: AKIA
        secretaccesskey: x
        expires: 0001-01-01T00:00:00Z
)";

TEST(AuthenticatorCache, GivesWhatHasNotEnded) {
  auto read = [](std::string_view cluster, std::string_view profile, std::string_view role, WallTime after = kNow) {
    auto found = read_authenticator_cache(kTheirs, cluster, profile, role, after);
    return found && *found ? (*found)->access_key_id : std::string("none");
  };
  EXPECT_EQ(read("prod", "default", ""), "ASIAOWN");
  EXPECT_EQ(read("prod", "default", "", kNow - 2h), "ASIAOWN");
  EXPECT_EQ(read("prod", "default", "", kNow + 1h), "ASIAOWN");
  EXPECT_EQ(read("prod", "default", "", kNow + 1h + 1s), "none");
  EXPECT_EQ(read("prod", "default", "arn:aws:iam::111122223333:role/ops"), "none");
  EXPECT_EQ(read("prod", "default", "arn:aws:iam::111122223333:role/ops", kNow - 1h), "ASIAROLE");
  for (auto role : {"forever", "other"}) EXPECT_EQ(read("prod", "default", role), "none");
  EXPECT_EQ(read("test", "default", ""), "none");
  EXPECT_EQ(read("prod", "dev", ""), "none");
}

TEST(AuthenticatorCache, HoldsNoProfilesIdentityThatCameFromElsewhere) {
  for (std::string_view source :
       {"EnvConfigCredentials", "WebIdentityCredentials", "CredentialsEndpointProvider", "EC2RoleProvider"}) {
    std::string text(kTheirs);
    constexpr std::string_view profiles = "AssumeRoleProvider";
    text.replace(text.find(profiles), profiles.size(), source);
    EXPECT_FALSE(*read_authenticator_cache(text, "prod", "default", "", kNow)) << source;
  }
}

TEST(AuthenticatorCache, ABrokenFileTellsNoSecret) {
  auto read = read_authenticator_cache("clusters: [CANARY", "prod", "default", "", kNow);
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message(), Not(HasSubstr("CANARY")));
  for (auto text : {"", "7", "clusters: 7", "clusters:\n  prod: []"})
    EXPECT_FALSE(*read_authenticator_cache(text, "prod", "default", "", kNow)) << text;
}

}  // namespace
}  // namespace keks::cli
