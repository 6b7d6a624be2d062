#pragma once

#include <keks/lambda/runtime.hpp>

#include <string>

namespace keks::bootstrap {

/// The handler that `_HANDLER` names, ready to be invoked: its configuration is checked and what is not bound to
/// time is prepared. *Errors:* `UnknownHandler`, listing the known ones, and those of its configuration.
Result<lambda::Handler> make_handler(Environment const& environment, Log const& log);

/// The known names, for messages: `bootstrap, pods`.
std::string known_handlers();

}  // namespace keks::bootstrap
