#include "sandbox/lambda_supervisor.hpp"

#include <poll.h>
#include <sys/ioctl.h>
#include <keks/base/encoding.hpp>

#include <algorithm>
#include <filesystem>
#include <map>

#include "base/format.hpp"
#include "base/try.hpp"
#include "sandbox/lambda_ids.hpp"

namespace keks::sandbox {

std::vector<std::string> function_variables(FunctionOptions const& function, Place const& place,
                                            std::string const& runtime_api) {
  auto folder = std::filesystem::path(function.program).parent_path().string();
  std::map<std::string, std::string> variables{
      {"PATH", "/usr/local/bin:/usr/bin/:/bin:/opt/bin"},
      {"LANG", "en_US.UTF-8"},
      {"TZ", ":UTC"},
      {"AWS_REGION", place.region},
      {"AWS_DEFAULT_REGION", place.region},
      {"AWS_LAMBDA_FUNCTION_NAME", function.name},
      {"AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"},
      {"AWS_LAMBDA_FUNCTION_MEMORY_SIZE", std::to_string(function.memory_mb)},
      {"AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + function.name},
      {"AWS_LAMBDA_LOG_STREAM_NAME", log_stream_name(system_clock().wall())},
      {"AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"},
      {"_HANDLER", function.handler},
      {"LAMBDA_TASK_ROOT", folder},
      {"LAMBDA_RUNTIME_DIR", "/var/runtime"},
  };
  for (auto const& [name, value] : function.environment) variables[name] = value;
  variables["AWS_LAMBDA_RUNTIME_API"] = runtime_api;
  std::vector<std::string> result;
  for (auto const& [name, value] : variables) result.push_back(format("{}={}", name, value));
  return result;
}

Result<std::unique_ptr<Supervisor>> Supervisor::start(FunctionOptions const& function, Place const& place,
                                                      Watch const& watch) {
  std::unique_ptr<Supervisor> self(new Supervisor);
  KEKS_TRY(self->api_, RuntimeApiServer::start([&bell = watch.bell] { bell.ring(); }));
  ProcessOptions options{function.program, std::filesystem::path(function.program).parent_path(),
                         function_variables(function, place, self->api_->address())};
  KEKS_TRY(self->process_, ChildProcess::start(options));
  return self;
}

Supervisor::Wake Supervisor::wait(Watch const& watch, Condition const& holds, Deadline const& deadline) {
  for (;;) {
    // The end of the process is looked up first: what it did before, the condition sees.
    bool ended = process_->has_ended();
    bool done = api_->with_states(holds);
    if (done || ended) return drain(watch.log), done ? Wake::Condition : Wake::Exited;
    if (watch.stop.stop_requested()) return Wake::Stopped;
    if (deadline.expired()) return Wake::TimedOut;
    poll(watch, deadline);
  }
}

void Supervisor::idle(Watch const& watch) { poll(watch, Deadline::never()); }

std::string Supervisor::end(Watch const& watch) {
  auto reason = process_->end();
  drain(watch.log);
  return reason;
}

void Supervisor::poll(Watch const& watch, Deadline const& deadline) {
  pollfd fds[]{{watch.bell.fd(), POLLIN, 0}, {process_->exit_fd(), POLLIN, 0}, {process_->output_fd(), POLLIN, 0}};
  ::poll(fds, std::size(fds), int(deadline.remaining().count()));
  if (fds[0].revents) watch.bell.clear();
  if (fds[2].revents) watch.log.output(process_->read_output());
}

void Supervisor::drain(InvocationLog& log) {
  // Only what is there now: the process may print for ever.
  int left = 0;
  if (process_->output_fd() >= 0) ::ioctl(process_->output_fd(), FIONREAD, &left);
  while (left > 0) {
    auto bytes = process_->read_output();
    if (bytes.empty()) break;
    log.output(bytes);
    left -= int(bytes.size());
  }
  log.end_output();
}

}  // namespace keks::sandbox
