#pragma once

#include "apps/keks/command.hpp"

namespace keks::cli {

int sandbox_command(Arguments const& args);
/// The blog's story in one command: a sandbox, a local Lambda, one cold and one warm invocation.
int demo(Arguments const& args);

}  // namespace keks::cli
