#include "base/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "support/temporary_folder.hpp"

namespace keks {
namespace {

using namespace std::chrono_literals;

ProgramInput shell(std::string script) {
  return {{"sh", "-c", std::move(script)}, Environment({{"PATH", "/usr/bin:/bin"}, {"WHO", "keks"}})};
}

Result<ProgramOutput> run(ProgramInput const& input, Deadline const& deadline = Deadline::after(20s)) {
  return run_program(input, deadline);
}

std::string out_of(Result<ProgramOutput> const& got) {
  return got ? std::string(got->out.reveal()) : got.error().message();
}

TEST(Program, GivesBothStreamsAndTheExitCode) {
  auto got = run(shell("echo out; echo err >&2; exit 3"));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->out.reveal(), "out\n");
  EXPECT_EQ(got->err, "err\n");
  EXPECT_EQ(got->exit_code, 3);
}

TEST(Program, SeesTheGivenEnvironmentOnly) {
  setenv("KEKS_TEST_LEAK", "leaked", 1);
  EXPECT_EQ(out_of(run(shell("echo $WHO$KEKS_TEST_LEAK"))), "keks\n");
  unsetenv("KEKS_TEST_LEAK");
}

TEST(Program, GetsItsWordsAsTheyAre) {
  ProgramInput input{{"printf", "[%s]", "a b", "", "$HOME", "`x`", "*"},
                     Environment(Environment::Map{{"PATH", "/usr/bin:/bin"}})};
  EXPECT_EQ(out_of(run(input)), "[a b][][$HOME][`x`][*]");
}

TEST(Program, IsLookedForInThePathOfItsOwnEnvironment) {
  auto input = shell("echo found");
  input.environment = Environment(Environment::Map{{"PATH", "/nowhere"}});
  auto got = run(input);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), Code::Io);
  EXPECT_NE(got.error().message().find("sh: no such program in PATH"), std::string::npos) << got.error().message();
  input.words[0] = "/bin/sh";
  EXPECT_EQ(out_of(run(input)), "found\n");
}

TEST(Program, ThatMayNotBeRunIsAnError) {
  ProgramInput input{{"/etc/passwd"}, {}};
  EXPECT_EQ(run(input).error().code(), Code::Io);
  EXPECT_EQ(run({}).error().code(), Code::Io);
}

TEST(Program, ThatDiesOfASignalSaysWhich) { EXPECT_EQ(run(shell("kill -TERM $$"))->exit_code, 128 + SIGTERM); }

TEST(Program, MayWriteMoreThanAPipeHolds) {
  auto got = run(shell("head -c 500000 /dev/zero; head -c 500000 /dev/zero >&2"));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->out.size(), 500'000u);
  EXPECT_EQ(got->err.size(), 500'000u);
}

TEST(Program, ThatWritesWithoutEndIsKilled) {
  for (auto script : {"yes", "yes >&2"}) {
    auto input = shell(script);
    input.max_output = 100'000;
    auto got = run(input);
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), Code::Io);
    EXPECT_NE(got.error().message().find("more than 100000 bytes"), std::string::npos);
  }
}

/// Whether the process is gone, or dead and nobody's care, within the time of a test.
bool is_gone(pid_t pid) {
  auto is_dead = [&] {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(status, line);)
      if (line.starts_with("State:")) return line.find('Z') != std::string::npos;
    return true;
  };
  for (int i = 0; i < 2000; ++i, usleep(10'000))
    if (is_dead()) return true;
  return false;
}

TEST(Program, DiesWithItsGroupWhenItIsCalledOff) {
  test::TemporaryFolder folder;
  std::stop_source stop;
  pid_t helper = 0;
  std::jthread caller_off([&] {
    while (!folder.read("pid").ends_with('\n')) usleep(1'000);
    helper = std::stoi(folder.read("pid"));
    stop.request_stop();
  });
  auto got =
      run(shell("sleep 600 & echo $! > " + folder / "pid" + "; wait"), Deadline::never().with_stop(stop.get_token()));
  EXPECT_EQ(got.error().code(), Code::Cancelled);
  EXPECT_TRUE(is_gone(helper));
}

TEST(Program, IsEndedByItsDeadline) {
  auto got = run(shell("sleep 600"), Deadline::after(50ms));
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code(), Code::DeadlineExceeded);
  EXPECT_NE(got.error().message().find("sh was running"), std::string::npos) << got.error().message();
  EXPECT_EQ(run(shell("echo no"), Deadline::after(0ms)).error().code(), Code::DeadlineExceeded);
}

TEST(Program, IsOverWhenItEndsThoughAHelperHoldsItsOutput) {
  auto got = run(shell("sleep 600 & echo $!"));
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(kill(std::stoi(std::string(got->out.reveal())), SIGKILL), 0);
}

TEST(Program, LeavesNoDescriptorBehindAndInheritsNone) {
  auto open_ones = [] {
    auto folder = std::filesystem::directory_iterator("/proc/self/fd");
    return std::distance(begin(folder), end(folder));
  };
  auto before = open_ones();
  auto got = run(shell("ls /proc/self/fd"));
  EXPECT_EQ(open_ones(), before);
  // Its three streams, and the folder that it lists; what the test's own runner left open is not of our making.
  int leaky = open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(out_of(run(shell("ls /proc/self/fd"))), out_of(got));
  close(leaky);
}

TEST(Program, WorksWhereTheStandardStreamsAreClosed) {
  EXPECT_EXIT(
      {
        for (int fd : {0, 1, 2}) close(fd);
        auto got = run(shell("cat; echo out; echo err >&2"));
        _exit(got && got->out.reveal() == "out\n" && got->err == "err\n" ? 0 : 1);
      },
      testing::ExitedWithCode(0), "");
}

TEST(Program, StartsWithoutOurIgnoredSignals) {
  auto before = std::signal(SIGPIPE, SIG_IGN);
  auto got = run(shell("kill -PIPE $$; echo survived"));
  std::signal(SIGPIPE, before);
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->exit_code, 128 + SIGPIPE);
}

}  // namespace
}  // namespace keks
