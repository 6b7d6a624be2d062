#pragma once

#include <span>
#include <string>

#include "apps/keks/command.hpp"

namespace keks::cli {

// Everything here is made of the command table alone, as `--help` is.

std::string bash_completion(std::span<Command const> commands);
std::string zsh_completion(std::span<Command const> commands);
std::string fish_completion(std::span<Command const> commands);
/// The page keks(1), in man(7) macros.
std::string manual_page(std::span<Command const> commands);

int completion(Arguments const& args);
int man(Arguments const& args);

}  // namespace keks::cli
