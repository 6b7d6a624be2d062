#include "sandbox/local_lambda.hpp"

#include <keks/net/server.hpp>

#include <filesystem>
#include <mutex>

#include "base/format.hpp"
#include "base/try.hpp"
#include "sandbox/lambda_function.hpp"
#include "sandbox/lambda_ids.hpp"
#include "sandbox/lambda_invoke.hpp"

namespace keks::sandbox {
namespace {

Result<FunctionOptions> checked(FunctionOptions options) {
  auto wrong = [&](std::string_view what) {
    return fail(Code::InvalidArgument, format("function \"{}\": {}", options.name, what));
  };
  if (options.name.empty() || options.name.find_first_of(":/ \t\r\n") != options.name.npos)
    return wrong("its name must not be empty nor hold a colon, a slash or white space");
  if (options.program.empty()) return wrong("no program is given");
  if (options.timeout < std::chrono::seconds(1) || options.timeout > std::chrono::seconds(900))
    return wrong("the timeout must be 1 to 900 seconds");
  if (options.memory_mb == 0) return wrong("the memory size must not be 0");
  std::error_code ignored;
  options.program = std::filesystem::absolute(options.program, ignored);
  return options;
}

Refusal refusal_of(Error const& error) {
  if (error.code() == Code::TooManyRequests) return {429, "TooManyRequestsException", error.message()};
  return {500, "ServiceException", error.message()};
}

HttpReply empty_reply(int status) {
  return {status, {{"X-Amzn-RequestId", make_request_id()}, {"X-Amz-Executed-Version", "$LATEST"}}, {}};
}

}  // namespace

struct LocalLambda::Impl {
  explicit Impl(Options const& options) : place{options.region, options.account}, log(options.log) {}

  ~Impl() {
    // Exchanges wait for results: those come first, then the server can end, and only then may the functions go.
    for (auto& [name, function] : functions) function->stop();
  }

  Result<void> add(FunctionOptions function) {
    KEKS_TRY(function, checked(std::move(function)));
    auto& slot = functions[function.name];
    if (slot) return fail(Code::InvalidArgument, format("two functions are named {}", function.name));
    slot = std::make_unique<Function>(std::move(function), place, [this](std::string_view line) { write(line); });
    return {};
  }

  void write(std::string_view line) {
    std::lock_guard lock(log_mutex);
    if (log) log(line);
  }

  Function* find(std::string const& name) {
    auto found = functions.find(name);
    return found == functions.end() ? nullptr : found->second.get();
  }

  HttpReply answer(net::ServerRequest const& request) {
    auto invoke = read_invoke(request);
    if (!invoke) return reply_with(invoke.error());
    auto* function = find(invoke->function);
    if (!function) return reply_with(unknown_function(invoke->function, place));
    if (invoke->type == InvokeRequest::Type::DryRun) return empty_reply(204);
    auto answer = function->submit(std::move(invoke->input));
    if (!answer) return reply_with(refusal_of(answer.error()));
    // The result of an event goes nowhere; its lines go to the log.
    if (invoke->type == InvokeRequest::Type::Event) return empty_reply(202);
    auto result = answer->get();
    return result ? reply_with(*result, invoke->wants_log) : reply_with(refusal_of(result.error()));
  }

  Place const place;
  std::mutex log_mutex;
  std::function<void(std::string_view)> log;
  std::map<std::string, std::unique_ptr<Function>> functions;
  std::unique_ptr<net::Server> server;
};

Result<std::unique_ptr<LocalLambda>> LocalLambda::start(Options options) {
  auto impl = std::make_unique<Impl>(options);
  for (auto& function : options.functions) KEKS_CHECK(impl->add(std::move(function)));
  net::ServerOptions server;
  server.address = options.address;
  server.port = options.port;
  server.max_body = kMaxHttpBody;
  KEKS_TRY(impl->server, net::Server::start(server, [&impl = *impl](net::Exchange& exchange) {
             auto reply = impl.answer(exchange.request());
             exchange.reply(reply.status, std::move(reply.headers), reply.body);
           }));
  return std::unique_ptr<LocalLambda>(new LocalLambda(std::move(impl)));
}

LocalLambda::LocalLambda(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LocalLambda::~LocalLambda() = default;

std::string LocalLambda::url() const { return format("http://{}:{}", impl_->server->address(), impl_->server->port()); }

Result<InvokeResult> LocalLambda::invoke(std::string const& function, std::string payload) {
  auto* found = impl_->find(function);
  if (!found) return fail(Code::NotFound, format("local Lambda has no function {}", function));
  KEKS_TRY(auto answer, found->submit({.body = std::move(payload)}));
  return answer.get();
}

}  // namespace keks::sandbox
