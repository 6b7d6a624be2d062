#pragma once

#include <sys/types.h>
#include <keks/base/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/fd.hpp"

namespace keks::sandbox {

/// Something to `poll` for that any thread can ring.
class Bell {
 public:
  Bell();
  void ring() const;
  void clear() const;
  int fd() const { return fd_.get(); }

 private:
  Fd fd_;
};

struct ProcessOptions {
  std::string program, folder;           ///< absolute; `folder` is where it starts
  std::vector<std::string> environment;  ///< `NAME=value`, all that it gets
};

/// A program with a process group of its own and both outputs in one pipe. It dies with the thread that started it.
/// *Lifetime:* the destructor kills the group and reaps the process. *Threads:* one at a time.
class ChildProcess {
 public:
  /// Returns once the program runs. *Errors:* `Io`: pipes or fork; `InvalidArgument`: it cannot be executed.
  static Result<std::unique_ptr<ChildProcess>> start(ProcessOptions const& options);
  ~ChildProcess();

  int exit_fd() const { return exit_fd_.get(); }   ///< readable once the process has ended
  int output_fd() const { return output_.get(); }  ///< -1 once both outputs are closed
  std::string_view read_output();                  ///< what is there, at most 64 KiB; valid until the next call
  bool has_ended() const;

  /// Kills the group and waits for the process: `exit status 1`, `signal: killed`; empty for exit status 0.
  std::string end();
  std::uint64_t peak_memory_mb();  ///< resident, rounded up; the last known figure once the process has ended

 private:
  ChildProcess(pid_t pid, Fd exit_fd, Fd output);

  pid_t pid_;
  Fd exit_fd_, output_;
  std::optional<std::string> ended_;
  std::uint64_t peak_mb_ = 1;
  std::vector<char> buffer_;
};

}  // namespace keks::sandbox
