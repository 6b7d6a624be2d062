#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "apps/keks/process.hpp"
#include "apps/keks/sandbox.hpp"
#include "base/format.hpp"
#include "base/try.hpp"
#include "sandbox/local_lambda.hpp"
#include "sandbox/sandbox.hpp"

namespace keks::cli {
namespace {

std::string plural(std::uint64_t n, std::string_view what) { return format("{} {}{}", n, what, n == 1 ? "" : "s"); }

/// What went over the wire between two moments.
std::string difference(sandbox::Counters const& before, sandbox::Counters const& after) {
  auto made = [&](std::string const& point) {
    auto old = before.requests.find(point), now = after.requests.find(point);
    return (now == after.requests.end() ? 0 : now->second) - (old == before.requests.end() ? 0 : old->second);
  };
  return format("{}, {}, {} with the API server, {}, {}", plural(made("eks.describe"), "DescribeCluster call"),
                plural(made("sts.assume"), "AssumeRole call"),
                plural(after.kube.handshakes - before.kube.handshakes, "TLS handshake"),
                plural(made("kube.list"), "count"), plural(made("kube.get"), "get"));
}

Result<std::unique_ptr<sandbox::LocalLambda>> start_function(sandbox::Sandbox const& box,
                                                             std::string const& bootstrap) {
  sandbox::LocalLambda::Options options;
  options.functions.push_back({.name = "eksClient",
                               .program = bootstrap,
                               .handler = "pods",
                               .memory_mb = 256,
                               .timeout = std::chrono::seconds(30),
                               .environment = box.environment()});
  options.log = [](std::string_view line) { std::printf("%.*s\n", static_cast<int>(line.size()), line.data()); };
  return sandbox::LocalLambda::start(std::move(options));
}

Result<void> check_program(std::string const& path) {
  if (access(path.c_str(), X_OK) == 0) return {};
  return fail(Code::Io, format("cannot run the function {}: {}; ./dev build makes one, out/bootstrap, and --bootstrap "
                               "FILE names it",
                               path, std::strerror(errno)));
}

Result<int> run(Arguments const& args) {
  auto bootstrap = args.get_or("bootstrap", "./bootstrap");
  KEKS_CHECK(check_program(bootstrap));
  KEKS_TRY(auto box, sandbox::Sandbox::start({}));
  KEKS_TRY(auto lambda, start_function(*box, bootstrap));
  std::string told;
  for (auto const* name : {"cold", "warm"}) {
    auto before = box->counters();
    KEKS_TRY(auto result, lambda->invoke("eksClient", "{}"));
    std::printf("%s\n\n", result.payload.c_str());
    if (!result.function_error.empty()) return 1;
    told += format("{}: {}\n", name, difference(before, box->counters()));
  }
  std::fputs(told.c_str(), stdout);
  return 0;
}

}  // namespace

int demo(Arguments const& args) {
  auto code = run(args);
  return code ? *code : complain(code.error());
}

}  // namespace keks::cli
