#include "base/file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <random>
#include <thread>
#include <utility>

#include "base/fd.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks {
namespace {

namespace fs = std::filesystem;

Error file_error(std::string_view what, std::string const& path, int error = errno) {
  return Error(Code::Io,
               format("Cannot {} {}: {}. Check the path and its permissions.", what, path, std::strerror(error)));
}

int open_again(char const* path, int flags, unsigned mode = 0) {
  int fd = -1;
  do {
    fd = open(path, flags | O_CLOEXEC, mode);
  } while (fd < 0 && errno == EINTR);
  return fd;
}

bool is_null_device(struct stat const& found) {
  struct stat null{};
  return S_ISCHR(found.st_mode) && stat("/dev/null", &null) == 0 && found.st_rdev == null.st_rdev;
}

/// What does not end, or waits for somebody, is no input file; /dev/null is the customary empty one.
Result<void> check_kind(int fd, std::string const& path) {
  struct stat found{};
  if (fstat(fd, &found) != 0) return fail(file_error("read", path));
  if (!S_ISREG(found.st_mode) && !is_null_device(found))
    return fail(Code::Io, format("{} is no regular file. Name one.", path));
  return {};
}

/// Of the file that is open, which nobody can exchange any more.
Result<void> check_private(int fd, std::string const& path) {
  struct stat found{};
  if (fstat(fd, &found) != 0) return fail(file_error("read", path));
  if (found.st_uid != geteuid()) return fail(Code::Io, format("{} belongs to another user. Remove it.", path));
  if ((found.st_mode & 077) != 0) return fail(Code::Io, format("Others may read or write {}: chmod 600 it.", path));
  return {};
}

Result<std::string> read_all(int fd, std::string const& path, std::size_t limit) {
  std::string bytes;
  std::string chunk(std::size_t{64} * 1024, '\0');
  for (;;) {
    auto n = read(fd, chunk.data(), chunk.size());
    if (n == 0) return bytes;
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(file_error("read", path));
    bytes.append(chunk, 0, static_cast<std::size_t>(n));
    if (bytes.size() > limit)
      return fail(Code::Io, format("{} is larger than {} bytes, the most that is read of it.", path, limit));
  }
}

Result<void> write_all(int fd, std::string_view bytes, std::string const& path) {
  while (!bytes.empty()) {
    auto n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return fail(file_error("write", path));
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

/// Where the links from `path` end, whether something is there or not.
Result<fs::path> end_of_links(fs::path path) {
  for (int links = 0; links < 40; ++links) {
    std::error_code none;
    auto target = fs::read_symlink(path, none);
    if (none) return path;
    path = target.is_absolute() ? target : path.parent_path() / target;
  }
  return fail(file_error("write", path.string(), ELOOP));
}

Result<void> check_replaceable(fs::path const& path) {
  struct stat found{};
  if (lstat(path.c_str(), &found) == 0 && !S_ISREG(found.st_mode))
    return fail(Code::Io, format("{} is no regular file and is not replaced. Name another.", path.string()));
  return {};
}

fs::path name_beside(fs::path const& path) {
  std::random_device random;
  return path.parent_path() / format(".keks-{:08x}{:08x}", random(), random());
}

Result<void> fill(int fd, std::string_view bytes, std::string const& path) {
  KEKS_CHECK(write_all(fd, bytes, path));
  if (fsync(fd) != 0) return fail(file_error("write", path));
  return {};
}

/// Root replaces a user's file without taking it from him. Who may not give files away has files of his own.
void keep_owner(int fresh, fs::path const& target) {
  struct stat old{};
  if (lstat(target.c_str(), &old) == 0 && old.st_uid != geteuid()) (void)!fchown(fresh, old.st_uid, old.st_gid);
}

Result<void> replace_by(fs::path const& fresh, fs::path const& target, std::string_view bytes, unsigned mode) {
  Fd file(open_again(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode));
  if (!file) return fail(file_error("write", target.string()));
  keep_owner(file.get(), target);
  auto done = fill(file.get(), bytes, target.string());
  if (done && std::rename(fresh.c_str(), target.c_str()) != 0) done = fail(file_error("write", target.string()));
  if (!done) unlink(fresh.c_str());
  return done;
}

Error lock_error(std::string const& path, Deadline const& deadline) {
  if (deadline.stopped()) return Error(Code::Cancelled, format("Waiting for the lock {} was called off.", path));
  return Error(Code::DeadlineExceeded,
               format("Another process holds the lock {}. Try again, or end that process.", path));
}

}  // namespace

Result<std::optional<std::string>> read_if_there(std::string const& path, std::size_t limit) {
  // A pipe would block the open, and then the read.
  Fd file(open_again(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!file) return fail(file_error("read", path));
  KEKS_CHECK(check_kind(file.get(), path));
  return read_all(file.get(), path, limit);
}

Result<std::optional<std::string>> read_private(std::string const& path, std::size_t limit) {
  Fd file(open_again(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW));
  if (!file && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
  if (!file && errno == ELOOP) return fail(Code::Io, format("{} is a link. Put the file itself there.", path));
  if (!file) return fail(file_error("read", path));
  KEKS_CHECK(check_kind(file.get(), path));
  KEKS_CHECK(check_private(file.get(), path));
  return read_all(file.get(), path, limit);
}

Result<std::string> read_file(std::string const& path, std::size_t limit) {
  KEKS_TRY(auto bytes, read_if_there(path, limit));
  if (!bytes) return fail(file_error("read", path, ENOENT));
  return *std::move(bytes);
}

Result<void> replace_file(std::string const& path, std::string_view bytes, unsigned mode) {
  KEKS_TRY(auto target, end_of_links(path));
  KEKS_CHECK(check_replaceable(target));
  return replace_by(name_beside(target), target, bytes, mode);
}

Result<void> make_folder(std::string const& path, unsigned mode) {
  fs::path made;
  for (auto const& part : fs::path(path)) {
    made /= part;
    if (mkdir(made.c_str(), mode) == 0) continue;
    // An old folder may answer with another error than EEXIST, as on a read-only file system.
    int error = errno;
    std::error_code unknown;
    if (!fs::is_directory(made, unknown)) return fail(file_error("make the folder", made.string(), error));
  }
  return {};
}

Result<FileLock> FileLock::acquire(std::string const& path, Deadline const& deadline) {
  int fd = open_again(path.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
  KEKS_TRY(auto lock, take(fd, path, deadline));
  // Who tidies up tells by its age that nobody uses a lock.
  futimens(fd, nullptr);
  return lock;
}

Result<FileLock> FileLock::on(std::string const& path, Deadline const& deadline) {
  return take(open_again(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY), path, deadline);
}

Result<FileLock> FileLock::take(int fd, std::string const& path, Deadline const& deadline) {
  if (fd < 0) return fail(file_error("lock", path));
  FileLock lock(fd);
  while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) return fail(file_error("lock", path));
    if (deadline.stopped() || deadline.expired()) return fail(lock_error(path, deadline));
    // The system can wait for a lock, but not until a moment or a stop.
    std::this_thread::sleep_for(std::min(deadline.remaining(), std::chrono::milliseconds(20)));
  }
  return lock;
}

FileLock::FileLock(FileLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace keks
