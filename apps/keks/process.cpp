#include "apps/keks/process.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

sigset_t stop_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGHUP);
  sigaddset(&set, SIGQUIT);
  return set;
}

std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> merged_environment(std::map<std::string, std::string> const& added) {
  std::vector<std::string> out;
  for (char** entry = environ; entry && *entry; ++entry) {
    std::string name(*entry, std::strcspn(*entry, "="));
    if (!added.contains(name)) out.emplace_back(*entry);
  }
  for (auto const& [name, value] : added) out.push_back(name + "=" + value);
  return out;
}

/// A child's signals are as if we had never held ours.
Result<pid_t> spawn(std::vector<std::string> words, std::vector<std::string> environment) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none, ignored_here;
  sigemptyset(&none);
  sigemptyset(&ignored_here);
  sigaddset(&ignored_here, SIGXFSZ);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &ignored_here);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  int error =
      posix_spawnp(&pid, words[0].c_str(), nullptr, &attributes, pointers(words).data(), pointers(environment).data());
  posix_spawnattr_destroy(&attributes);
  if (error)
    return fail(Code::Io, format("cannot run {}: {}; check its name and PATH", words[0], std::strerror(error)));
  return pid;
}

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

Error file_error(std::string_view what, std::string const& path) {
  return Error(Code::Io, format("cannot {} {}: {}", what, path, std::strerror(errno)));
}

}  // namespace

void fill_standard_streams() {
  // A socket that got the number of a closed stdout would be printed to. Each is opened the wrong way round, so that
  // using it is still the error that it was.
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(fd, F_GETFD) == -1) open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void survive_file_limit() { std::signal(SIGXFSZ, SIG_IGN); }

void hold_stop_signals() {
  sigset_t set = stop_signals();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

void await_stop_signal() {
  sigset_t set = stop_signals();
  int signal = 0;
  sigwait(&set, &signal);
}

Result<int> run_program(std::vector<std::string> const& words, std::map<std::string, std::string> const& added) {
  KEKS_TRY(pid_t pid, spawn(words, merged_environment(added)));
  // A terminal sends its signals to the program as well; what another process sends comes to us alone and is passed on.
  sigset_t set = stop_signals();
  timespec const moment{0, 50'000'000};
  for (;;) {
    int status = 0;
    auto reaped = waitpid(pid, &status, WNOHANG);
    if (reaped == pid) return exit_code(status);
    if (reaped < 0 && errno != EINTR) return fail(file_error("wait for", words[0]));
    siginfo_t info{};
    int signal = sigtimedwait(&set, &info, &moment);
    if (signal > 0 && info.si_code <= 0) kill(pid, signal);
  }
}

Result<Listen> parse_listen(std::string_view text) {
  auto bad = [&] { return fail(Code::InvalidArgument, format("\"{}\" is no address like 127.0.0.1:9001", text)); };
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  auto host = text.substr(0, colon), port = text.substr(colon + 1);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  Listen out{std::string(host.empty() ? "127.0.0.1" : host), 0};
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), out.port);
  if (error != std::errc() || end != port.data() + port.size()) return bad();
  return out;
}

Result<void> write_file(std::string const& path, std::string_view bytes) {
  // A device or a pipe is written to, not replaced by a file.
  std::error_code unknown;
  auto status = std::filesystem::status(path, unknown);
  if (!std::filesystem::exists(status) || std::filesystem::is_regular_file(status))
    return replace_file(path, bytes, 0644);
  std::ofstream file(path, std::ios::binary);
  file << bytes;
  file.close();
  if (!file) return fail(file_error("write", path));
  return {};
}

}  // namespace keks::cli
