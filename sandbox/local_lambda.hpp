#pragma once

#include <keks/base/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace keks::sandbox {

struct FunctionOptions {
  std::string name;
  std::string program;                ///< path of the `bootstrap`
  std::string handler = "bootstrap";  ///< `_HANDLER`
  std::uint32_t memory_mb = 256;
  std::chrono::seconds timeout{30};
  std::map<std::string, std::string> environment;  ///< added to Lambda's own variables
};

struct InvokeResult {
  std::string payload;
  std::string function_error;  ///< empty, or `Unhandled`: the value of X-Amz-Function-Error
  std::string log;             ///< START ... REPORT, whole
  std::string request_id;
};

/// Lambda on this machine: runs the function's real process against a Runtime API of its own, and answers AWS's
/// Invoke API (`POST /2015-03-31/functions/NAME/invocations`), so that the AWS CLI can call it.
/// One process a function, started at its first invocation; invocations of one function run one after the other.
/// *Threads:* safe to share. *Lifetime:* the destructor kills the processes.
class LocalLambda {
 public:
  struct Options {
    std::vector<FunctionOptions> functions;
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::string region = "eu-west-1", account = "111122223333";
    std::function<void(std::string_view line)> log;  ///< every line of every function as it comes; may be empty
  };
  static Result<std::unique_ptr<LocalLambda>> start(Options options);
  ~LocalLambda();

  std::string url() const;  ///< for `aws --endpoint-url`
  Result<InvokeResult> invoke(std::string const& function, std::string payload);

 private:
  struct Impl;
  explicit LocalLambda(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace keks::sandbox
