#include <keks/lambda/runtime.hpp>
#include <keks/net/client.hpp>

#include <boost/json.hpp>
#include <cstdlib>
#include <optional>
#include <variant>

#include "base/format.hpp"
#include "base/try.hpp"
#include "lambda/invocation.hpp"
#include "lambda/logging.hpp"
#include "lambda/reactions.hpp"
#include "lambda/runtime_api.hpp"
#include "lambda/termination.hpp"

namespace keks::lambda {
namespace {

constexpr auto kRuntimeApi = "AWS_LAMBDA_RUNTIME_API";

enum class Step { GoOn, Exit };

std::string_view path_of(Call call) {
  switch (call) {
    case Call::Next:
      return "/invocation/next";
    case Call::Response:
      return "/invocation/{id}/response";
    case Call::Error:
      return "/invocation/{id}/error";
    case Call::InitError:
      return "/init/error";
  }
  return "";
}

/// AWS SDKs in the same process read the variable. The runtime is single-threaded here, between two invocations.
void publish_trace_id(std::string const& trace_id) {
  if (trace_id.empty())
    ::unsetenv("_X_AMZN_TRACE_ID");
  else
    ::setenv("_X_AMZN_TRACE_ID", trace_id.c_str(), 1);
}

/// The loop over invocations; decisions are `react`'s.
class Loop {
 public:
  Loop(net::Transport& transport, net::Url server, RuntimeOptions const& options, LogSettings settings)
      : api_(transport, std::move(server)),
        environment_(options.environment),
        settings_(settings),
        write_(options.write),
        log_(make_log(settings, {}, write_)) {
    if (options.on_terminate) termination_.emplace(options.on_terminate);
  }

  int run(Init const& init) {
    auto handler = prepare(init);
    if (auto* failure = std::get_if<Failure>(&handler)) return fail_init(*failure);
    if (termination_) termination_->begin(api_, log_);
    while (once(std::get<Handler>(handler)) == Step::GoOn) {
    }
    return 1;
  }

 private:
  std::variant<Handler, Failure> prepare(Init const& init) {
    try {
      auto handler = init(environment_, log_);
      if (handler) return std::move(*handler);
      return Failure::of(handler.error());
    } catch (...) {
      return Failure::of(std::current_exception(), "INIT");
    }
  }

  int fail_init(Failure const& failure) {
    log_(LogLevel::Error, failure.log_text());
    settle(Call::InitError, api_.report_init(failure), log_);
    return 1;
  }

  Step once(Handler const& handler) {
    auto reply = api_.next();
    if (reply && reply->status == 200 && reply->headers.get("Lambda-Runtime-Aws-Request-Id").empty())
      reply = fail(Code::ReplyWrongShape, "the event came without Lambda-Runtime-Aws-Request-Id");
    if (!reply || reply->status != 200) return after_failed_next(reply);
    next_failures_ = 0;
    return invoke(handler, *std::move(reply));
  }

  Step after_failed_next(Result<ApiReply> const& reply) {
    if (settle(Call::Next, reply, log_) == Step::Exit) return Step::Exit;
    if (++next_failures_ < kMaxNextFailures) return Step::GoOn;
    log_(LogLevel::Fatal,
         format("{} failed {} times in a row; the process exits", path_of(Call::Next), next_failures_));
    return Step::Exit;
  }

  Step invoke(Handler const& handler, ApiReply reply) {
    auto context = make_context(reply.headers, environment_, {system_clock().wall(), Deadline::Clock::now()});
    context.log = make_log(settings_, {context.request_id, context.function_arn, context.tenant_id}, write_);
    publish_trace_id(context.trace_id);
    Event event{std::move(reply.body), std::string(reply.headers.get("Content-Type"))};
    try {
      auto result = handler(event, context);
      if (result) return settle(Call::Response, api_.respond(context.request_id, to_text(*result)), context.log);
      return report(Failure::of(result.error()), context);
    } catch (...) {
      // What the handler left half done is unknown: the failure is reported, but nothing more is run in this process.
      report(Failure::of(std::current_exception(), "the handler"), context);
      return Step::Exit;
    }
  }

  Step report(Failure const& failure, Context const& context) {
    context.log(LogLevel::Error, failure.log_text());
    return settle(Call::Error, api_.report(context.request_id, failure), context.log);
  }

  Step settle(Call call, Result<ApiReply> const& reply, Log const& log) const {
    auto reaction = react(call, reply ? reply->status : kNoReply);
    if (reaction == Reaction::GoOn) return Step::GoOn;
    auto reason = reply ? format("status {}: {}", reply->status, reply->body.substr(0, 512)) : reply.error().message();
    bool exits = reaction == Reaction::Exit;
    log(exits ? LogLevel::Fatal : LogLevel::Warn,
        format("Lambda's Runtime API, {}: {}{}", path_of(call), reason, exits ? "; the process exits" : ""));
    return exits ? Step::Exit : Step::GoOn;
  }

  RuntimeApi api_;
  Environment const& environment_;
  LogSettings settings_;
  LineWriter const& write_;
  Log log_;
  int next_failures_ = 0;
  std::optional<Termination> termination_;  // the last member: its threads use the others
};

net::ClientOptions client_options() {
  net::ClientOptions options;
  // The connection idles while a handler works; only the server may end it.
  options.keep_idle = std::chrono::hours(24);
  options.max_idle_per_origin = 1;
  return options;
}

Result<net::Url> server_of(Environment const& environment) {
  auto server = environment.get(kRuntimeApi);
  if (!server)
    return fail(Code::InvalidArgument, format("{} is not set; this program runs inside Lambda", kRuntimeApi));
  auto url = net::Url::parse("http://" + *server);
  if (!url) return fail(url.error().with_message(format("{}: {}", kRuntimeApi, url.error().message())));
  return url;
}

}  // namespace

bool is_lambda(Environment const& environment) { return environment.get(kRuntimeApi).has_value(); }

int run(Init const& init, RuntimeOptions options) {
  if (!options.write) options.write = write_to_stdout;
  auto settings = LogSettings::from(options.environment);
  auto server = server_of(options.environment);
  if (!server) {
    make_log(settings, {}, options.write)(LogLevel::Fatal, server.error().message());
    return 1;
  }
  std::unique_ptr<net::Client> own;
  if (!options.transport) own = std::make_unique<net::Client>(client_options());
  return Loop(own ? *own : *options.transport, *std::move(server), options, settings).run(init);
}

}  // namespace keks::lambda
