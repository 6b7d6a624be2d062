#include "base/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <utility>

#include "base/fd.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks {
namespace {

using namespace std::chrono_literals;

// How often the stop token and the end of the program are looked at. Its output wakes us at once.
constexpr auto kMoment = 20ms;

std::unexpected<Error> io_error(std::string_view what, std::string_view on, int error) {
  return fail(Code::Io, format("cannot {} {}: {}", what, on, std::strerror(error)));
}

struct Pipe {
  Fd read, write;
};

/// Above the three standard streams: in a program whose own are closed a pipe would take their numbers, and the copy to
/// the same number in the child would be closed by exec.
Result<Fd> above_standard(int fd) {
  Fd taken(fd);
  if (fd > STDERR_FILENO) return taken;
  Fd moved(fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  if (moved.get() < 0) return io_error("copy", "a pipe", errno);
  return moved;
}

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return io_error("make", "a pipe", errno);
  auto read = above_standard(ends[0]), write = above_standard(ends[1]);
  if (!read) return fail(read.error());
  if (!write) return fail(write.error());
  fcntl(read->get(), F_SETFL, O_NONBLOCK);
  return Pipe{*std::move(read), *std::move(write)};
}

bool is_program(std::string const& path) {
  struct stat status{};
  return access(path.c_str(), X_OK) == 0 && stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

/// By the given environment's `PATH`, not ours. An empty entry, which stands for the working directory, is passed over.
Result<std::string> find_program(std::string const& name, Environment const& environment) {
  if (name.find('/') != std::string::npos) return name;
  std::string path = environment.get("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
  for (std::size_t from = 0; from <= path.size() && !name.empty();) {
    auto to = std::min(path.find(':', from), path.size());
    auto candidate = path.substr(from, to - from) + "/" + name;
    if (to > from && is_program(candidate)) return candidate;
    from = to + 1;
  }
  return fail(Code::Io, format("cannot run {}: no such program in PATH", name));
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> entries(Environment const& environment) {
  std::vector<std::string> out;
  for (auto const& [name, value] : environment.variables()) out.push_back(name + "=" + value);
  return out;
}

/// What the child does before it becomes the program, and the signals it starts with.
class Preparation {
 public:
  Preparation() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
    sigset_t none, all_default;
    sigemptyset(&none);
    sigemptyset(&all_default);
    for (int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD, SIGXFSZ}) sigaddset(&all_default, signal);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all_default);
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
  }
  Preparation(Preparation const&) = delete;
  Preparation& operator=(Preparation const&) = delete;
  ~Preparation() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  void copy(Fd const& from, int to) { posix_spawn_file_actions_adddup2(&actions_, from.get(), to); }
  void open_nothing(int fd) { posix_spawn_file_actions_addopen(&actions_, fd, "/dev/null", O_RDONLY, 0); }
  void give_terminal(int terminal) { posix_spawn_file_actions_addtcsetpgrp_np(&actions_, terminal); }

  posix_spawn_file_actions_t const* actions() const { return &actions_; }
  posix_spawnattr_t const* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

/// The terminal on stdin, lent to a program in a group of its own so that it can ask its user, and taken back.
class LentTerminal {
 public:
  LentTerminal() : is_ours_(tcgetpgrp(STDIN_FILENO) == getpgrp()) {}
  LentTerminal(LentTerminal const&) = delete;
  LentTerminal& operator=(LentTerminal const&) = delete;
  ~LentTerminal() {
    if (!is_ours_) return;
    sigset_t stop_of_background, before;
    sigemptyset(&stop_of_background);
    sigaddset(&stop_of_background, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &stop_of_background, &before);
    tcsetpgrp(STDIN_FILENO, getpgrp());
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  bool is_ours() const { return is_ours_; }

 private:
  bool const is_ours_;
};

/// A started program, the leader of its group. Killed with it unless its end was seen.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  Child(Child const&) = delete;
  Child& operator=(Child const&) = delete;
  ~Child() {
    if (pid_ < 0) return;
    kill(-pid_, SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }

  /// The exit code once it has ended.
  Result<std::optional<int>> look() {
    int status = 0;
    auto seen = waitpid(pid_, &status, WNOHANG | WUNTRACED);
    if (seen == 0 || (seen < 0 && errno == EINTR)) return std::optional<int>();
    if (seen < 0) return io_error("wait for", "the program", errno);
    if (WIFSTOPPED(status))
      return fail(Code::Io, "the program was stopped: by its user, or because it wanted the terminal");
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  pid_t pid_;
};

/// What one stream has brought.
struct Stream {
  Fd fd;
  std::string text = {};

  bool is_open() const { return fd.get() >= 0; }

  /// Takes what is there. *Errors:* `Io` beyond `limit`.
  Result<void> take(std::size_t limit) {
    std::array<char, 16 * 1024> chunk{};
    while (is_open()) {
      auto count = ::read(fd.get(), chunk.data(), chunk.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && errno == EAGAIN) break;
      if (count <= 0) return fd.close(), Result<void>();
      text.append(chunk.data(), static_cast<std::size_t>(count));
      if (text.size() > limit) return fail(Code::Io, format("the program wrote more than {} bytes", limit));
    }
    explicit_bzero(chunk.data(), chunk.size());
    return {};
  }
};

void await_output(Stream const& out, Stream const& err, Deadline const& deadline) {
  std::array<pollfd, 2> streams{pollfd{out.fd.get(), POLLIN, 0}, pollfd{err.fd.get(), POLLIN, 0}};
  // At the end of both streams the program is about to end, too.
  auto moment = out.is_open() || err.is_open() ? kMoment : 1ms;
  poll(streams.data(), streams.size(), static_cast<int>(std::min(moment, deadline.remaining()).count()));
}

Result<void> check(Deadline const& deadline, std::string const& name) {
  if (deadline.stopped()) return fail(Code::Cancelled, format("Cancelled while {} was running.", name));
  if (deadline.expired())
    return fail(Code::DeadlineExceeded, format("The deadline passed while {} was running.", name));
  return {};
}

Result<int> follow(Child& child, Stream& out, Stream& err, ProgramInput const& input, Deadline const& deadline) {
  for (;;) {
    KEKS_CHECK(check(deadline, input.words[0]));
    await_output(out, err, deadline);
    // In this order: what a program wrote before its end is in the pipe once that end is seen. A helper that it left
    // behind may hold the pipe open for ever.
    KEKS_TRY(auto ended, child.look());
    KEKS_CHECK(out.take(input.max_output));
    KEKS_CHECK(err.take(input.max_output));
    if (ended) return *ended;
  }
}

Result<pid_t> start(ProgramInput const& input, Preparation const& preparation) {
  auto words = input.words;
  auto variables = entries(input.environment);
  KEKS_TRY(auto path, find_program(words[0], input.environment));
  pid_t pid = 0;
  int error = posix_spawn(&pid, path.c_str(), preparation.actions(), preparation.attributes(), pointers(words).data(),
                          pointers(variables).data());
  if (error) return io_error("run", words[0], error);
  return pid;
}

}  // namespace

Result<ProgramOutput> run_program(ProgramInput const& input, Deadline const& deadline) {
  if (input.words.empty()) return fail(Code::Io, "cannot run a program without a name");
  KEKS_CHECK(check(deadline, input.words[0]));
  KEKS_TRY(auto out, make_pipe());
  KEKS_TRY(auto err, make_pipe());
  LentTerminal terminal;
  Preparation preparation;
  preparation.copy(out.write, STDOUT_FILENO);
  preparation.copy(err.write, STDERR_FILENO);
  if (fcntl(STDIN_FILENO, F_GETFD) == -1) preparation.open_nothing(STDIN_FILENO);
  if (terminal.is_ours()) preparation.give_terminal(STDIN_FILENO);

  KEKS_TRY(auto pid, start(input, preparation));
  Child child(pid);
  out.write.close();
  err.write.close();
  Stream said{std::move(out.read)}, complained{std::move(err.read)};
  KEKS_TRY(auto exit_code, follow(child, said, complained, input, deadline));
  return ProgramOutput{Secret(std::move(said.text)), std::move(complained.text), exit_code};
}

}  // namespace keks
