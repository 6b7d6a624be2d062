#pragma once

// fmt for bodies: libfmt has no archive in Debian 12, so format.cpp compiles it into ours. Public headers stay free of
// it.
#include <fmt/core.h>

namespace keks {
using fmt::format;
}
