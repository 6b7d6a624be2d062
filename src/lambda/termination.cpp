#include "lambda/termination.hpp"

#include <pthread.h>
#include <unistd.h>

#include <system_error>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::lambda {
namespace {

sigset_t sigterm() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Result<std::string> read_registration(ApiReply const& reply) {
  if (reply.status != 200)
    return fail(Code::UnexpectedStatus, format("status {}: {}", reply.status, reply.body.substr(0, 512)));
  auto id = reply.headers.get("Lambda-Extension-Identifier");
  if (id.empty()) return fail(Code::ReplyWrongShape, "the reply came without Lambda-Extension-Identifier");
  return std::string(id);
}

std::string end_of_waiting(Result<ApiReply> const& reply) {
  auto what = reply ? format("status {}", reply->status) : reply.error().message();
  return format("Lambda's Extensions API, /event/next: {}; SIGTERM may not be announced any more", what);
}

HeldSigterm::HeldSigterm() {
  auto set = sigterm();
  ::pthread_sigmask(SIG_BLOCK, &set, &before_);
}

HeldSigterm::~HeldSigterm() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

Termination::~Termination() {
  if (!signal_.joinable()) return;
  signal_.request_stop();
  // The thread sleeps in sigwait, which only a signal ends.
  ::pthread_kill(signal_.native_handle(), SIGTERM);  // NOLINT(bugprone-bad-signal-to-kill-thread)
}

void Termination::begin(RuntimeApi const& api, Log const& log) {
  auto started = start(api, log);
  if (started) return;
  held_.reset();
  log(LogLevel::Warn,
      format("Lambda's Extensions API, /register: {}; the process will end without notice", started.error().message()));
}

Result<void> Termination::start(RuntimeApi const& api, Log const& log) {
  KEKS_TRY(auto reply, api.register_extension());
  KEKS_TRY(auto id, read_registration(reply));
  try {
    signal_ = std::jthread([this, log](std::stop_token const& stop) { wait_for_signal(stop, log); });
    extension_ = std::jthread([&api, log, id](std::stop_token const& stop) {
      auto end = api.extension_event(id, Deadline::never().with_stop(stop));
      if (!stop.stop_requested()) log(LogLevel::Warn, end_of_waiting(end));
    });
  } catch (std::system_error const& error) {
    return fail(Code::Io, format("no thread: {}", error.what()));
  }
  return {};
}

void Termination::wait_for_signal(std::stop_token const& stop, Log const& log) const {
  auto set = sigterm();
  int signal = 0;
  while (::sigwait(&set, &signal) != 0) {
  }
  if (!stop.stop_requested()) terminate(log);
}

void Termination::terminate(Log const& log) const {
  try {
    on_terminate_();
  } catch (...) {
    log(LogLevel::Error, Failure::of(std::current_exception(), "on_terminate").log_text());
  }
  // Not exit(3): the handler may be at work in another thread with what static destructors would take away.
  ::_exit(kTerminated);
}

}  // namespace keks::lambda
