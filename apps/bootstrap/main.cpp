#include <keks/lambda/runtime.hpp>

#include <cstdio>
#include <utility>

#include "apps/bootstrap/handlers.hpp"

namespace {

int explain() {
  std::fprintf(stderr,
               "bootstrap: this is keks's AWS Lambda function (handlers: %s); it runs inside Lambda, custom runtime "
               "provided.al2023.\nRun it here with: keks lambda invoke --function eksClient=./bootstrap --env "
               "cluster=NAME --env region=REGION\n",
               keks::bootstrap::known_handlers().c_str());
  return 2;
}

}  // namespace

int main() {
  auto environment = keks::Environment::of_process();
  if (!keks::lambda::is_lambda(environment)) return explain();
  keks::lambda::RuntimeOptions options;
  options.environment = environment;
  return keks::lambda::run(keks::bootstrap::make_handler, std::move(options));
}
