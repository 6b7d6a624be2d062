#pragma once

#include "apps/keks/command.hpp"

namespace keks::cli {

int token(Arguments const& args);
int raw(Arguments const& args);
int pods(Arguments const& args);
int version(Arguments const& args);

}  // namespace keks::cli
