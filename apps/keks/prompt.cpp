#include "apps/keks/prompt.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>
#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>

#include <boost/json.hpp>
#include <cerrno>

#include "base/format.hpp"

namespace keks::cli {
namespace {

constexpr std::size_t kMaxAnswer = 64;

/// Where to ask: one descriptor to write to, one to read from.
class Terminal {
 public:
  explicit Terminal(Environment const& environment) {
    tty_ = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty_ >= 0) {
      in_ = out_ = tty_;
    } else if (isatty(STDIN_FILENO) && !stdin_is_forbidden(environment)) {
      in_ = STDIN_FILENO;
      out_ = STDERR_FILENO;
    }
    // Who reads from the background is stopped by the terminal, and would never come back.
    if (in_ >= 0 && tcgetpgrp(in_) != getpgrp()) in_ = -1;
  }
  Terminal(Terminal const&) = delete;
  Terminal& operator=(Terminal const&) = delete;
  ~Terminal() {
    if (tty_ >= 0) close(tty_);
  }

  bool is_there() const { return in_ >= 0; }

  void say(std::string_view text) const {
    while (!text.empty()) {
      auto written = write(out_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) return;
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  Result<void> wait(Deadline const& deadline) const {
    for (;;) {
      if (deadline.stopped()) return fail(Code::Cancelled, "cancelled while waiting for the MFA code");
      if (deadline.expired()) return fail(Code::DeadlineExceeded, "nobody typed the MFA code in time");
      // In slices, for the sake of the stop token.
      auto slice = std::min<long long>(deadline.remaining().count(), 200);
      pollfd waiting{in_, POLLIN, 0};
      if (poll(&waiting, 1, static_cast<int>(slice)) > 0) return {};
    }
  }

  /// One character; none at the end of input.
  std::optional<char> take() const {
    char c = 0;
    for (;;) {
      auto got = read(in_, &c, 1);
      if (got == 1) return c;
      if (got < 0 && errno == EINTR) continue;
      return std::nullopt;
    }
  }

 private:
  int tty_ = -1, in_ = -1, out_ = -1;
};

Result<Secret> read_line(Terminal const& terminal, Deadline const& deadline) {
  std::string line;
  for (;;) {
    if (auto ready = terminal.wait(deadline); !ready) return std::unexpected(ready.error());
    auto c = terminal.take();
    if (!c || *c == '\n') break;
    if (*c > ' ' && line.size() < kMaxAnswer) line += *c;
  }
  if (line.empty()) return fail(Code::MfaNeeded, "No MFA code was typed. Run the command again.");
  return Secret(std::move(line));
}

}  // namespace

bool stdin_is_forbidden(Environment const& environment) {
  auto text = environment.get("KUBERNETES_EXEC_INFO");
  if (!text) return false;
  auto info = parse_json(*text);
  if (!info || !info->is_object()) return false;
  auto const* spec = info->get_object().if_contains("spec");
  auto const* interactive = spec && spec->is_object() ? spec->get_object().if_contains("interactive") : nullptr;
  return interactive && interactive->is_bool() && !interactive->get_bool();
}

aws::MfaPrompt mfa_prompt(Environment environment) {
  return [environment = std::move(environment)](std::string_view serial, Deadline const& deadline) -> Result<Secret> {
    Terminal terminal(environment);
    if (!terminal.is_there())
      return fail(Code::MfaNeeded, format("The MFA code of {} is needed, and there is no terminal to ask on. Run the "
                                          "command on a terminal once, with KEKS_CACHE=1.",
                                          escape_controls(serial, 200)));
    terminal.say(format("MFA code of {}: ", escape_controls(serial, 200)));
    return read_line(terminal, deadline);
  };
}

}  // namespace keks::cli
