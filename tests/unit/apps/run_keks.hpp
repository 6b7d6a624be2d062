#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace keks {

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

inline std::vector<char*> pointers(std::vector<std::string>& words) {
  std::vector<char*> out;
  for (auto& word : words) out.push_back(word.data());
  out.push_back(nullptr);
  return out;
}

/// Runs `keks` in a bare environment.
inline Outcome keks(std::vector<std::string> words, Variables const& variables = {}) {
  std::string stem = testing::TempDir() + "keks-cli-" + std::to_string(getpid());
  words.insert(words.begin(), KEKS_CLI);
  std::vector<std::string> environment{"PATH=/usr/bin:/bin"};
  for (auto const& [name, value] : variables) environment.push_back(name + "=" + value);
  auto argv = pointers(words), envp = pointers(environment);
  pid_t pid = fork();
  if (pid == 0) {
    if (!freopen((stem + ".out").c_str(), "w", stdout) || !freopen((stem + ".err").c_str(), "w", stderr)) _exit(99);
    execve(argv[0], argv.data(), envp.data());
    _exit(98);
  }
  int status = 0;
  waitpid(pid, &status, 0);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, content_of(stem + ".out"), content_of(stem + ".err")};
}

}  // namespace keks
