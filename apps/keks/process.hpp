#pragma once

#include <keks/base/result.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace keks::cli {

/// Puts something harmless where stdin, stdout or stderr are closed. Call before anything is opened.
void fill_standard_streams();

/// A limit on the size of files is an error of the write that meets it, and not the end of a process that has locks to
/// remove. Programs that are run do not see a difference.
void survive_file_limit();

/// SIGINT, SIGTERM, SIGHUP and SIGQUIT wait in line from here on, for this thread and those it starts. Call before any
/// thread.
void hold_stop_signals();
/// Returns when one of them came.
void await_stop_signal();

/// Runs a program (looked up in PATH) with variables added to this process's own, and waits for it. Stop signals go
/// to the program. Returns its exit code; 128 + N after signal N. *Errors:* `Io`.
Result<int> run_program(std::vector<std::string> const& words, std::map<std::string, std::string> const& added);

struct Listen {
  std::string address;
  std::uint16_t port = 0;
};
/// `127.0.0.1:9001`, `:9001`, `[::1]:0`. *Errors:* `InvalidArgument`.
Result<Listen> parse_listen(std::string_view text);

/// Replaced at once, so that whoever waits for the file finds it whole; a device or a pipe is written to. *Errors:*
/// `Io`.
Result<void> write_file(std::string const& path, std::string_view bytes);

}  // namespace keks::cli
