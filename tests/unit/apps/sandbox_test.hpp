#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>

#include "sandbox/sandbox.hpp"
#include "unit/apps/keks_process.hpp"

namespace keks::test {

inline std::unique_ptr<sandbox::Sandbox> started(sandbox::Options options) {
  auto box = sandbox::Sandbox::start(std::move(options));
  if (!box) throw std::runtime_error(box.error().message());
  return *std::move(box);
}

/// How often the sandbox was asked, by the name of the point.
inline std::uint64_t asked(sandbox::Sandbox const& box, std::string const& point) {
  auto counters = box.counters();
  auto found = counters.requests.find(point);
  return found == counters.requests.end() ? 0 : found->second;
}

/// With a sandbox of its own, and the variables that lead there.
class SandboxTest : public testing::Test {
 protected:
  void SetUp() override { start({}); }
  /// Anew, when the usual one will not do.
  void start(sandbox::Options options) {
    box_ = started(std::move(options));
    variables_ = box_->environment();
  }

  std::unique_ptr<sandbox::Sandbox> box_;
  Variables variables_;
};

}  // namespace keks::test
