#include "sandbox/lambda_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fstream>
#include <system_error>

#include "base/ascii.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::sandbox {
namespace {

constexpr std::size_t kPiece = 64 * 1024;

struct Pipe {
  Fd read, write;
  static Result<Pipe> open() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
      return fail(Code::Io, format("no pipe for a function's process: {}", std::strerror(errno)));
    return Pipe{Fd(ends[0]), Fd(ends[1])};
  }
};

std::vector<char*> pointers(std::vector<std::string> const& texts) {
  std::vector<char*> result;
  for (auto const& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

/// All that the child needs, made before the fork: after it, only async-signal-safe calls are allowed.
struct Plan {
  char const *program, *folder;
  char *const *arguments, *const *environment;
  int output, failure;
  pid_t parent;
};

void reset_signals() {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::signal(SIGINT, SIG_DFL);
  ::signal(SIGXFSZ, SIG_DFL);
}

void connect_streams(int output) {
  int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (nothing >= 0) ::dup2(nothing, STDIN_FILENO);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  // Sockets of this program that were opened without it would keep ports and connections alive.
  ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
}

[[noreturn]] void become(Plan const& plan) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != plan.parent) ::_exit(127);
  reset_signals();
  connect_streams(plan.output);
  if (::chdir(plan.folder) == 0) ::execve(plan.program, plan.arguments, plan.environment);
  int reason = errno;
  (void)!::write(plan.failure, &reason, sizeof reason);
  ::_exit(127);
}

/// 0 once the program runs, else why it does not.
int read_failure(int fd) {
  int reason = 0;
  while (::read(fd, &reason, sizeof reason) < 0 && errno == EINTR) {
  }
  return reason;
}

std::string describe(int status) {
  if (WIFSIGNALED(status)) return "signal: " + lower(::sigdescr_np(WTERMSIG(status)));
  auto code = WEXITSTATUS(status);
  return code == 0 ? "" : format("exit status {}", code);
}

}  // namespace

Bell::Bell() : fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Bell::ring() const {
  std::uint64_t one = 1;
  (void)!::write(fd_.get(), &one, sizeof one);
}

void Bell::clear() const {
  std::uint64_t count = 0;
  (void)!::read(fd_.get(), &count, sizeof count);
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::start(ProcessOptions const& options) {
  KEKS_TRY(auto output, Pipe::open());
  KEKS_TRY(auto failure, Pipe::open());
  std::vector<std::string> arguments{options.program};
  auto argv = pointers(arguments), envp = pointers(options.environment);
  Plan plan{options.program.c_str(), options.folder.c_str(), argv.data(), envp.data(),
            output.write.get(),      failure.write.get(),    ::getpid()};
  pid_t pid = ::fork();
  if (pid == 0) become(plan);
  if (pid < 0) return fail(Code::Io, format("fork for {}: {}", options.program, std::strerror(errno)));
  failure.write.close();
  int reason = read_failure(failure.read.get());
  ::fcntl(output.read.get(), F_SETFL, O_NONBLOCK);
  Fd exit_fd(int(::syscall(SYS_pidfd_open, pid, 0)));
  std::unique_ptr<ChildProcess> child(new ChildProcess(pid, std::move(exit_fd), std::move(output.read)));
  if (child->exit_fd() < 0) return fail(Code::Io, "this kernel has no pidfd_open(2); local Lambda needs Linux 5.3");
  if (reason == 0) return child;
  auto text = lower(std::generic_category().message(reason));
  return fail(Code::InvalidArgument, format("fork/exec {}: {}", options.program, text));
}

ChildProcess::ChildProcess(pid_t pid, Fd exit_fd, Fd output)
    : pid_(pid), exit_fd_(std::move(exit_fd)), output_(std::move(output)), buffer_(kPiece) {}

ChildProcess::~ChildProcess() { end(); }

std::string_view ChildProcess::read_output() {
  if (output_.get() < 0) return {};
  auto count = ::read(output_.get(), buffer_.data(), buffer_.size());
  if (count == 0) output_.close();
  return {buffer_.data(), count > 0 ? std::size_t(count) : 0};
}

bool ChildProcess::has_ended() const {
  pollfd wait{exit_fd_.get(), POLLIN, 0};
  return ended_ || ::poll(&wait, 1, 0) == 1;
}

std::string ChildProcess::end() {
  if (ended_) return *ended_;
  peak_memory_mb();
  // Before it is reaped: until then no other group can have this number.
  ::kill(-pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  return *(ended_ = describe(status));
}

std::uint64_t ChildProcess::peak_memory_mb() {
  std::ifstream file(format("/proc/{}/status", pid_));
  std::uint64_t kilobytes = 0;
  for (std::string line; !ended_ && std::getline(file, line);)
    if (line.starts_with("VmHWM:")) kilobytes = std::strtoull(line.c_str() + 6, nullptr, 10);
  peak_mb_ = std::max(peak_mb_, (kilobytes + 1023) / 1024);
  return peak_mb_;
}

}  // namespace keks::sandbox
