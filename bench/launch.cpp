// Starts a program from a process that is itself small, and measures it from outside.
//   launch run COUNT PROGRAM [ARGUMENT...]       runs it to its end; one `wall_us cpu_us rss_kb` line a run
//   launch function WARM PROGRAM [ARGUMENT...]   plays Lambda's Runtime API to it: one cold and WARM warm
//                                                invocations, one `name value` line a figure
#include "runtime_api.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using bench::fail;

double microseconds(Clock::duration d) { return std::chrono::duration<double, std::micro>(d).count(); }
double microseconds(timeval t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec); }
double microseconds(timespec t) { return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) / 1e3; }

/// A started program; killed when it goes out of scope. Its standard output goes nowhere.
class Child {
 public:
  explicit Child(char* const* argv) : started_(Clock::now()) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    int error = posix_spawn(&pid_, argv[0], &actions, nullptr, argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error) fail("cannot start %s: %s", argv[0], std::strerror(error));
    if (clock_getcpuclockid(pid_, &cpu_)) fail("no CPU clock of process %d", pid_);
  }
  Child(Child const&) = delete;
  Child& operator=(Child const&) = delete;
  ~Child() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }

  Clock::time_point started() const { return started_; }

  /// Of all its threads, those that have ended included.
  double cpu_us() const {
    timespec now{};
    if (clock_gettime(cpu_, &now)) fail("process %d has ended", pid_);
    return microseconds(now);
  }

  long peak_rss_kb() const {
    std::ifstream status("/proc/" + std::to_string(pid_) + "/status");
    for (std::string word; status >> word;)
      if (long kb = 0; word == "VmHWM:" && status >> kb) return kb;
    fail("no VmHWM of process %d", pid_);
  }

  rusage wait() {
    rusage usage{};
    int status = 0;
    if (wait4(std::exchange(pid_, 0), &status, 0, &usage) < 0) fail("wait4: %s", std::strerror(errno));
    if (!WIFEXITED(status) || WEXITSTATUS(status)) fail("the program ended with status 0x%x", status);
    return usage;
  }

 private:
  Clock::time_point started_;
  pid_t pid_ = 0;
  clockid_t cpu_{};
};

void run_to_the_end(int count, char* const* argv) {
  for (int i = 0; i < count; ++i) {
    Child child(argv);
    rusage usage = child.wait();
    double wall = microseconds(Clock::now() - child.started());
    std::printf("%.1f %.1f %ld\n", wall, microseconds(usage.ru_utime) + microseconds(usage.ru_stime), usage.ru_maxrss);
  }
}

struct Moment {
  Clock::time_point time;
  double cpu_us;
};

Moment at_next(bench::RuntimeApi& api, Child const& child) {
  api.await_next();
  return {Clock::now(), child.cpu_us()};
}

double median(std::vector<double> values) {
  auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

void serve_function(int warm, char* const* argv) {
  bench::RuntimeApi api;
  std::signal(SIGCHLD, [](int) {});  // so that a wait for a function that has crashed ends
  setenv("AWS_LAMBDA_RUNTIME_API", api.address().c_str(), 1);
  Child child(argv);
  Moment init = at_next(api, child);
  std::string reply = api.invoke();
  Moment last = at_next(api, child);
  std::printf("next_us %.1f\ninit_cpu_us %.1f\n", microseconds(init.time - child.started()), init.cpu_us);
  std::printf("cold_us %.1f\ncold_cpu_us %.1f\n", microseconds(last.time - init.time), last.cpu_us - init.cpu_us);
  std::vector<double> walls, cpus;
  for (int i = 0; i < warm; ++i) {
    reply = api.invoke();
    Moment now = at_next(api, child);
    walls.push_back(microseconds(now.time - last.time));
    cpus.push_back(now.cpu_us - last.cpu_us);
    last = now;
  }
  if (warm) std::printf("warm_us %.1f\nwarm_cpu_us %.1f\n", median(walls), median(cpus));
  std::printf("rss_kb %ld\nreply %s\n", child.peak_rss_kb(), reply.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  std::string mode = argc > 3 ? argv[1] : "";
  if (mode == "run") return run_to_the_end(std::atoi(argv[2]), argv + 3), 0;
  if (mode == "function") return serve_function(std::atoi(argv[2]), argv + 3), 0;
  std::fputs("usage: launch run|function COUNT PROGRAM [ARGUMENT...]\n", stderr);
  return 2;
}
