#pragma once

#include "apps/keks/command.hpp"

namespace keks::cli {

int doctor_command(Arguments const& args);

}  // namespace keks::cli
