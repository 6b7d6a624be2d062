#pragma once

#include "apps/keks/command.hpp"

namespace keks::cli {

int kubeconfig(Arguments const& args);

}  // namespace keks::cli
