#include "base/file.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <thread>

#include "support/temporary_folder.hpp"

namespace keks {
namespace {

namespace fs = std::filesystem;
using test::TemporaryFolder;

unsigned mode_of(std::string const& path) { return unsigned(fs::status(path).permissions()); }

TEST(ReadFile, GivesTheBytesOrSaysThatThereIsNoFile) {
  TemporaryFolder folder;
  folder.write("file", std::string("a\0b", 3));
  EXPECT_EQ(*read_if_there(folder / "file", 3), std::string("a\0b", 3));
  EXPECT_EQ(*read_if_there(folder / "absent", 3), std::nullopt);
  EXPECT_EQ(*read_if_there(folder / "file/below", 3), std::nullopt);
  EXPECT_EQ(read_file(folder / "absent", 3).error().code(), Code::Io);
}

TEST(ReadFile, RefusesWhatIsLargerThanTheLimit) {
  TemporaryFolder folder;
  folder.write("file", "abcd");
  EXPECT_TRUE(read_file(folder / "file", 4));
  EXPECT_EQ(read_file(folder / "file", 3).error().code(), Code::Io);
}

TEST(ReadFile, RefusesWhatIsNoFileWithoutWaitingForIt) {
  TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_if_there(folder / "pipe", 10).error().code(), Code::Io);
  EXPECT_EQ(read_if_there(folder.path(), 10).error().code(), Code::Io);
  EXPECT_EQ(read_if_there("/dev/zero", 10).error().code(), Code::Io);
  EXPECT_EQ(*read_if_there("/dev/null", 10), "");
}

TEST(ReadPrivate, TakesWhatIsItsUsersAlone) {
  TemporaryFolder folder;
  auto path = folder / "file";
  EXPECT_EQ(*read_private(path, 10), std::nullopt);
  folder.write("file", "abc");
  for (unsigned mode : {0640u, 0604u, 0620u, 0602u}) {
    chmod(path.c_str(), mode);
    auto refused = read_private(path, 10);
    ASSERT_FALSE(refused) << mode;
    EXPECT_NE(refused.error().message().find("chmod 600"), std::string::npos);
  }
  chmod(path.c_str(), 0600);
  EXPECT_EQ(*read_private(path, 10), "abc");
  fs::create_symlink("file", folder / "link");
  EXPECT_EQ(read_private(folder / "link", 10).error().code(), Code::Io);
}

TEST(ReplaceFile, PutsANewFileInPlaceOfTheOld) {
  TemporaryFolder folder;
  folder.write("file", "old");
  fs::permissions(folder / "file", fs::perms::all);
  ASSERT_TRUE(replace_file(folder / "file", "new", 0600));
  EXPECT_EQ(folder.read("file"), "new");
  EXPECT_EQ(mode_of(folder / "file"), 0600u);
  EXPECT_EQ(folder.files(), 1u);
}

TEST(ReplaceFile, LeavesAFileToItsOwner) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can replace the file of another";
  TemporaryFolder folder;
  folder.write("file", "old");
  ASSERT_EQ(chown((folder / "file").c_str(), 12345, 12346), 0);
  ASSERT_TRUE(replace_file(folder / "file", "new", 0600));
  struct stat found{};
  ASSERT_EQ(stat((folder / "file").c_str(), &found), 0);
  EXPECT_EQ(found.st_uid, 12345u);
  EXPECT_EQ(found.st_gid, 12346u);
}

TEST(ReplaceFile, FollowsLinks) {
  TemporaryFolder folder;
  folder.write("real/file", "old");
  fs::create_symlink("real/file", folder / "link");
  fs::create_symlink("real/fresh", folder / "dangling");
  ASSERT_TRUE(replace_file(folder / "link", "new", 0600));
  ASSERT_TRUE(replace_file(folder / "dangling", "made", 0600));
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(folder.read("real/file"), "new");
  EXPECT_EQ(folder.read("real/fresh"), "made");
  fs::create_symlink("circle", folder / "circle");
  EXPECT_EQ(replace_file(folder / "circle", "x", 0600).error().code(), Code::Io);
}

TEST(ReplaceFile, ReplacesNothingButFiles) {
  TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  EXPECT_EQ(replace_file(folder / "pipe", "x", 0600).error().code(), Code::Io);
  EXPECT_EQ(replace_file(folder.path(), "x", 0600).error().code(), Code::Io);
  EXPECT_TRUE(fs::is_fifo(folder / "pipe"));
  EXPECT_EQ(replace_file(folder / "absent/file", "x", 0600).error().code(), Code::Io);
}

/// Stands in for a full disk: nothing longer than `bytes` can be written while it lives.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  FileSizeLimit(FileSizeLimit const&) = delete;
  FileSizeLimit& operator=(FileSizeLimit const&) = delete;
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(ReplaceFile, LeavesTheOldFileWholeWhenTheDiskIsFull) {
  TemporaryFolder folder;
  folder.write("file", "old");
  {
    FileSizeLimit limit(1000);
    EXPECT_EQ(replace_file(folder / "file", std::string(2000, 'x'), 0600).error().code(), Code::Io);
  }
  EXPECT_EQ(folder.read("file"), "old");
  EXPECT_EQ(folder.files(), 1u);
}

TEST(MakeFolder, MakesParentsAndKeepsWhatIsThere) {
  TemporaryFolder folder;
  ASSERT_TRUE(make_folder(folder / "a/b", 0700));
  EXPECT_EQ(mode_of(folder / "a"), 0700u);
  EXPECT_TRUE(make_folder(folder / "a/b/", 0700));
  folder.write("file", "");
  EXPECT_EQ(make_folder(folder / "file", 0700).error().code(), Code::Io);
  EXPECT_EQ(make_folder(folder / "file/below", 0700).error().code(), Code::Io);
}

TEST(FileLock, HasOneHolderAtATime) {
  TemporaryFolder folder;
  auto path = folder / "lock";
  {
    auto held = FileLock::acquire(path, Deadline::after(std::chrono::seconds(5)));
    ASSERT_TRUE(held);
    EXPECT_EQ(mode_of(path), 0600u);
    auto other = FileLock::acquire(path, Deadline::after(std::chrono::milliseconds(0)));
    ASSERT_FALSE(other);
    EXPECT_EQ(other.error().code(), Code::DeadlineExceeded);
  }
  EXPECT_TRUE(FileLock::acquire(path, Deadline::after(std::chrono::milliseconds(0))));
}

TEST(FileLock, IsHandedOnWhileAnotherWaits) {
  TemporaryFolder folder;
  std::optional<Result<FileLock>> held(FileLock::acquire(folder / "lock", Deadline::never()));
  ASSERT_TRUE(*held);
  std::jthread waiting(
      [&] { EXPECT_TRUE(FileLock::acquire(folder / "lock", Deadline::after(std::chrono::minutes(1)))); });
  held.reset();
}

TEST(FileLock, WaitingCanBeCalledOff) {
  TemporaryFolder folder;
  auto held = FileLock::acquire(folder / "lock", Deadline::never());
  std::stop_source stop;
  std::jthread stopping([&] { stop.request_stop(); });
  auto other = FileLock::acquire(folder / "lock", Deadline::never().with_stop(stop.get_token()));
  ASSERT_FALSE(other);
  EXPECT_EQ(other.error().code(), Code::Cancelled);
}

TEST(FileLock, OnAFileOfOthersLeavesItAsItIs) {
  TemporaryFolder folder;
  auto path = folder / "theirs";
  EXPECT_EQ(FileLock::on(path, Deadline::never()).error().code(), Code::Io);
  EXPECT_FALSE(fs::exists(path));
  folder.write("theirs", "text");
  auto old = fs::file_time_type::clock::now() - std::chrono::hours(72);
  fs::last_write_time(path, old);
  auto held = FileLock::on(path, Deadline::never());
  ASSERT_TRUE(held);
  EXPECT_EQ(FileLock::on(path, Deadline::after(std::chrono::seconds(0))).error().code(), Code::DeadlineExceeded);
  EXPECT_EQ(fs::last_write_time(path), old);
  EXPECT_EQ(*read_file(path, 10), "text");
}

TEST(FileLock, IsAsYoungAsItsLastHolder) {
  TemporaryFolder folder;
  folder.write("lock", "");
  auto old = fs::file_time_type::clock::now() - std::chrono::hours(72);
  fs::last_write_time(folder / "lock", old);
  EXPECT_TRUE(FileLock::acquire(folder / "lock", Deadline::never()));
  EXPECT_GT(fs::last_write_time(folder / "lock"), old + std::chrono::hours(1));
}

TEST(FileLock, IsNotTakenThroughALink) {
  TemporaryFolder folder;
  fs::create_symlink("elsewhere", folder / "lock");
  EXPECT_EQ(FileLock::acquire(folder / "lock", Deadline::never()).error().code(), Code::Io);
  EXPECT_FALSE(fs::exists(folder / "elsewhere"));
}

}  // namespace
}  // namespace keks
