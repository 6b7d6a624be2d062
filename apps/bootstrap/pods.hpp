#pragma once

#include <keks/lambda/runtime.hpp>

#include <memory>
#include <string>

namespace keks::bootstrap {

class Link;

/// Which pod an event asks for. An empty or `null` event means the defaults.
struct WantedPod {
  std::string ns = "default", name = "example-xxxxx";
};
/// *Errors:* `EventNotJson`; `EventWrongShape` when it is no object, or a member is no text.
Result<WantedPod> wanted_pod(lambda::Event const& event);

/// Counts all pods and looks for one: the blog's function.
/// Result: `{"pods":31,"pod":{"namespace":"default","name":"example-xxxxx","found":false}}`.
lambda::Handler pods_handler(std::shared_ptr<Link> link);

}  // namespace keks::bootstrap
