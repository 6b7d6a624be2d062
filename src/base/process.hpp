#pragma once

#include <keks/base/deadline.hpp>
#include <keks/base/environment.hpp>
#include <keks/base/result.hpp>
#include <keks/base/secret.hpp>

#include <string>
#include <vector>

namespace keks {

struct ProgramInput {
  std::vector<std::string> words;  ///< the program, looked for in `PATH` of `environment`, and its arguments
  Environment environment;
  std::size_t max_output = 1 << 20;  ///< bytes of each stream; a program that says more is killed
};

struct ProgramOutput {
  Secret out;
  std::string err;
  int exit_code = 0;  ///< 128 + N for one that died of signal N
};

/// Runs a program to its end without a shell, stdin inherited. By the deadline it and its process group are dead.
/// *Errors:* `Io` (no such program, no rights, too much output), `DeadlineExceeded`, `Cancelled`.
Result<ProgramOutput> run_program(ProgramInput const& input, Deadline const& deadline);

}  // namespace keks
