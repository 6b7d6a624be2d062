#include "apps/keks/lambda.hpp"

#include <algorithm>
#include <cstdio>

#include "apps/keks/process.hpp"
#include "base/format.hpp"
#include "base/try.hpp"
#include "sandbox/local_lambda.hpp"

namespace keks::cli {
namespace {

/// What a function cannot do without when it runs here instead of in Lambda: who we are, and where AWS is.
bool is_passed_on(std::string_view name) {
  constexpr std::string_view exact[] = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
                                        "AWS_REGION",        "AWS_DEFAULT_REGION",    "AWS_CA_BUNDLE",
                                        "SSL_CERT_FILE"};
  return std::ranges::find(exact, name) != std::end(exact) || name.starts_with("AWS_ENDPOINT_URL") ||
         name.starts_with("AWS_LAMBDA_LOG_");
}

/// `--env K=V`, or `--env K` for the value of here.
Result<std::map<std::string, std::string>> function_environment(Arguments const& args) {
  std::map<std::string, std::string> out;
  for (auto const& [name, value] : args.environment.variables())
    if (is_passed_on(name)) out[name] = value;
  for (auto const& entry : args.all("env")) {
    auto equals = entry.find('=');
    if (equals == 0) return fail(Code::InvalidArgument, format("--env {}: the name is missing", entry));
    auto name = entry.substr(0, equals);
    out[name] = equals != std::string::npos ? entry.substr(equals + 1) : args.environment.get(name).value_or("");
  }
  return out;
}

Result<std::uint32_t> number(Arguments const& args, std::string_view key, std::string fallback, std::uint32_t least,
                             std::uint32_t most) {
  auto text = args.get_or(key, std::move(fallback));
  std::uint32_t value = 0;
  bool digits = !text.empty() && text.size() < 9 && text.find_first_not_of("0123456789") == std::string::npos;
  if (digits) value = static_cast<std::uint32_t>(std::stoul(text));
  if (!digits || value < least || value > most)
    return fail(Code::InvalidArgument,
                format("--{} {}: a whole number from {} to {} is wanted", key, text, least, most));
  return value;
}

Result<std::vector<sandbox::FunctionOptions>> functions(Arguments const& args) {
  std::vector<sandbox::FunctionOptions> out;
  KEKS_TRY(auto environment, function_environment(args));
  KEKS_TRY(auto memory, number(args, "memory", "256", 128, 10'240));
  KEKS_TRY(auto timeout, number(args, "timeout", "30", 1, 900));
  for (auto const& entry : args.all("function")) {
    auto equals = entry.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == entry.size())
      return fail(Code::InvalidArgument,
                  format("--function {}: NAME=PROGRAM is wanted, e.g. eksClient=./out/bootstrap", entry));
    out.push_back({.name = entry.substr(0, equals),
                   .program = entry.substr(equals + 1),
                   .handler = args.get_or("handler", "bootstrap"),
                   .memory_mb = memory,
                   .timeout = std::chrono::seconds(timeout),
                   .environment = environment});
  }
  if (out.empty()) return fail(Code::InvalidArgument, "no function is named: add --function NAME=./out/bootstrap");
  return out;
}

Result<std::unique_ptr<sandbox::LocalLambda>> start(Arguments const& args) {
  sandbox::LocalLambda::Options options;
  KEKS_TRY(options.functions, functions(args));
  KEKS_TRY(auto listen, parse_listen(args.get_or("listen", "127.0.0.1:0")));
  options.address = listen.address;
  options.port = listen.port;
  if (auto region = args.environment.first({"AWS_REGION", "AWS_DEFAULT_REGION"})) options.region = *region;
  options.log = [](std::string_view line) {
    std::fprintf(stdout, "%.*s\n", static_cast<int>(line.size()), line.data());
    std::fflush(stdout);
  };
  return sandbox::LocalLambda::start(std::move(options));
}

/// Bad options are usage errors; all else is not.
int complain_about(Error const& error) {
  return error.code() == Code::InvalidArgument ? complain_usage(error.message()) : complain(error);
}

}  // namespace

int lambda_serve(Arguments const& args) {
  hold_stop_signals();
  Arguments listening = args;
  if (!args.get("listen")) listening.values["listen"] = {"127.0.0.1:9001"};
  auto lambda = start(listening);
  if (!lambda) return complain_about(lambda.error());
  std::fprintf(stderr, "keks: Lambda answers at %s; stop with Ctrl-C\n", (*lambda)->url().c_str());
  await_stop_signal();
  return 0;
}

int lambda_invoke(Arguments const& args) {
  auto lambda = start(args);
  if (!lambda) return complain_about(lambda.error());
  auto times = number(args, "times", "1", 1, 10'000);
  if (!times) return complain_about(times.error());
  auto name = args.all("function").front();
  name.resize(name.find('='));
  bool failed = false;
  for (std::uint32_t i = 0; i < *times; ++i) {
    auto result = (*lambda)->invoke(name, args.get_or("payload", "{}"));
    if (!result) return complain(result.error());
    std::printf("%s\n", result->payload.c_str());
    std::fflush(stdout);
    failed = failed || !result->function_error.empty();
  }
  return failed;
}

}  // namespace keks::cli
