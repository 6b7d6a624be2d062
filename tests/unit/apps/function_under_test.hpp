#pragma once

#include <sys/types.h>

#include <boost/json.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sandbox/local_lambda.hpp"
#include "sandbox/sandbox.hpp"

namespace keks {

/// The real `bootstrap` process under a local Lambda, with a sandbox behind it.
class FunctionUnderTest {
 public:
  struct Setup {
    sandbox::Options sandbox;
    std::map<std::string, std::string> environment;  ///< over what the sandbox gives
    std::string handler = "pods";
    std::chrono::seconds timeout{10};
    std::function<void(std::string_view line)> log{};  ///< each line as it comes, on local Lambda's thread
  };
  explicit FunctionUnderTest(Setup setup);

  sandbox::InvokeResult invoke(std::string event = "{}");
  sandbox::Sandbox& sandbox() { return *sandbox_; }
  pid_t pid() const;  ///< of the function's process; 0 when there is none

 private:
  std::unique_ptr<sandbox::Sandbox> sandbox_;
  std::unique_ptr<sandbox::LocalLambda> lambda_;
};

std::vector<sandbox::Fault> faults(std::initializer_list<std::string_view> texts);
std::vector<std::string> lines_of(std::string_view log);
std::string base64_ca(sandbox::Sandbox const& box);

}  // namespace keks
