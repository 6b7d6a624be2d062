#include "unit/apps/function_under_test.hpp"

#include <gtest/gtest.h>
#include <unistd.h>
#include <keks/base/encoding.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "unit/apps/sandbox_test.hpp"

namespace keks {

FunctionUnderTest::FunctionUnderTest(Setup setup) {
  sandbox_ = test::started(std::move(setup.sandbox));
  auto environment = sandbox_->environment();
  for (auto const& [name, value] : setup.environment) environment[name] = value;
  if (environment["KEKS_CA"] == "sandbox") environment["KEKS_CA"] = base64_ca(*sandbox_);
  if (environment["KEKS_ENDPOINT"] == "sandbox") environment["KEKS_ENDPOINT"] = sandbox_->kube_url();
  sandbox::LocalLambda::Options options;
  options.functions.push_back({.name = "eksClient",
                               .program = KEKS_BOOTSTRAP,
                               .handler = setup.handler,
                               .memory_mb = 256,
                               .timeout = setup.timeout,
                               .environment = environment});
  options.log = std::move(setup.log);
  auto lambda = sandbox::LocalLambda::start(std::move(options));
  if (!lambda) throw std::runtime_error(lambda.error().message());
  lambda_ = std::move(*lambda);
}

sandbox::InvokeResult FunctionUnderTest::invoke(std::string event) {
  auto result = lambda_->invoke("eksClient", std::move(event));
  EXPECT_TRUE(result) << (result ? "" : result.error().message());
  return result ? *result : sandbox::InvokeResult{};
}

pid_t FunctionUnderTest::pid() const {
  for (auto const& entry : std::filesystem::directory_iterator("/proc")) {
    std::error_code not_ours;
    if (std::filesystem::read_symlink(entry.path() / "exe", not_ours) != KEKS_BOOTSTRAP) continue;
    std::ifstream status(entry.path() / "status");
    for (std::string line; std::getline(status, line);)
      if (line == "PPid:\t" + std::to_string(::getpid())) return std::stoi(entry.path().filename());
  }
  return 0;
}

std::vector<sandbox::Fault> faults(std::initializer_list<std::string_view> texts) {
  std::vector<sandbox::Fault> out;
  for (auto text : texts) out.push_back(sandbox::Fault::parse(text).value());
  return out;
}

std::vector<std::string> lines_of(std::string_view log) {
  std::vector<std::string> out;
  std::istringstream in{std::string(log)};
  for (std::string line; std::getline(in, line);) out.push_back(line);
  return out;
}

std::string base64_ca(sandbox::Sandbox const& box) { return base64(box.ca_pem()); }

}  // namespace keks
