#pragma once

#include "apps/keks/command.hpp"

namespace keks::cli {

int lambda_serve(Arguments const& args);
int lambda_invoke(Arguments const& args);

}  // namespace keks::cli
