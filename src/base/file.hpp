#pragma once

#include <keks/base/deadline.hpp>
#include <keks/base/result.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace keks {

/// The bytes of a file; none where no such file is. *Errors:* `Io`, for one larger than `limit` as well.
Result<std::optional<std::string>> read_if_there(std::string const& path, std::size_t limit);
/// The same of a file that holds secrets. *Errors:* also where it is not its user's alone, or is a link.
Result<std::optional<std::string>> read_private(std::string const& path, std::size_t limit);
/// *Errors:* `Io`, for an absent file too.
Result<std::string> read_file(std::string const& path, std::size_t limit);

/// Puts `bytes` in the place of the file at once: a new file beside it (made with `mode`), written, synced, renamed. A
/// reader sees the old bytes or the new ones. A symbolic link is followed, so that what it points to is replaced.
/// *Errors:* `Io`; the old file is then as it was, and no new one is left.
Result<void> replace_file(std::string const& path, std::string_view bytes, unsigned mode);

/// Makes the folder and its parents where they are missing, with `mode`. *Errors:* `Io`.
Result<void> make_folder(std::string const& path, unsigned mode);

/// A lock between processes. Freed by the destructor, and by the end of the process however it comes.
class FileLock {
 public:
  /// On a file of its own: made 0600, touched by each that gets it, not removed.
  /// *Errors:* `DeadlineExceeded` when another holds it for that long; `Io`, `Cancelled`.
  static Result<FileLock> acquire(std::string const& path, Deadline const& deadline);
  /// On a file that others wrote, which stays as it is. It may be replaced by whoever holds the lock, so look at it
  /// again once this is back. *Errors:* the same; `Io` where no such file is.
  static Result<FileLock> on(std::string const& path, Deadline const& deadline);
  FileLock(FileLock&& other) noexcept;
  FileLock& operator=(FileLock&&) = delete;
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  static Result<FileLock> take(int fd, std::string const& path, Deadline const& deadline);
  int fd_;
};

}  // namespace keks
