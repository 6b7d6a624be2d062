#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "support/temporary_folder.hpp"

namespace keks::test {

using Variables = std::map<std::string, std::string>;

struct Outcome {
  int code = -1;
  std::string out, err;
};

inline std::string content_of(std::string const& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline void write(std::string const& path, std::string const& text) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path) << text;
}

/// A program that runs, with its output in files of its own and no stdin.
class Running {
 public:
  Running(std::vector<std::string> words, Variables const& variables) {
    std::vector<std::string> environment{"PATH=/usr/bin:/bin"};
    for (auto const& [name, value] : variables) environment.push_back(name + "=" + value);
    auto argv = pointers(words), envp = pointers(environment);
    auto out = folder_ / "out", err = folder_ / "err";
    posix_spawn_file_actions_t streams;
    posix_spawn_file_actions_init(&streams);
    posix_spawn_file_actions_addopen(&streams, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&streams, STDOUT_FILENO, out.c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawn_file_actions_addopen(&streams, STDERR_FILENO, err.c_str(), O_WRONLY | O_CREAT, 0600);
    posix_spawnattr_t session;
    posix_spawnattr_init(&session);
    // No terminal either: nobody is asked for anything.
    posix_spawnattr_setflags(&session, POSIX_SPAWN_SETSID);
    EXPECT_EQ(posix_spawn(&pid_, argv[0], &streams, &session, argv.data(), envp.data()), 0) << argv[0];
    posix_spawnattr_destroy(&session);
    posix_spawn_file_actions_destroy(&streams);
  }
  Outcome wait() {
    int status = 0;
    waitpid(pid_, &status, 0);
    return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content_of(folder_ / "out"), content_of(folder_ / "err")};
  }
  void kill() const { ::kill(pid_, SIGKILL); }

 private:
  static std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> out;
    for (auto& word : words) out.push_back(word.data());
    out.push_back(nullptr);
    return out;
  }

  TemporaryFolder folder_;
  pid_t pid_ = -1;
};

inline Outcome run(std::vector<std::string> words, Variables const& variables = {}) {
  return Running(std::move(words), variables).wait();
}

inline std::size_t lines_in(std::string const& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace keks::test
