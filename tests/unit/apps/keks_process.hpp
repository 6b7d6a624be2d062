#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

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

/// A folder that is gone after the test.
class Folder {
 public:
  Folder() {
    std::string name = testing::TempDir() + "keks-XXXXXX";
    path_ = mkdtemp(name.data());
  }
  Folder(Folder const&) = delete;
  Folder& operator=(Folder const&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string const& path() const { return path_; }
  std::string operator/(std::string const& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

/// A program that runs, with its output in files of its own and no stdin.
class Running {
 public:
  Running(std::vector<std::string> words, Variables const& variables) {
    std::vector<std::string> environment{"PATH=/usr/bin:/bin"};
    for (auto const& [name, value] : variables) environment.push_back(name + "=" + value);
    auto argv = pointers(words), envp = pointers(environment);
    pid_ = fork();
    if (pid_ != 0) return;
    // No terminal either: nobody is asked for anything.
    setsid();
    if (!freopen("/dev/null", "r", stdin) || !freopen((folder_ / "out").c_str(), "w", stdout) ||
        !freopen((folder_ / "err").c_str(), "w", stderr))
      _exit(99);
    execve(argv[0], argv.data(), envp.data());
    _exit(98);
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

  Folder folder_;
  pid_t pid_ = -1;
};

inline Outcome run(std::vector<std::string> words, Variables const& variables = {}) {
  return Running(std::move(words), variables).wait();
}

inline std::size_t lines_in(std::string const& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

}  // namespace keks::test
