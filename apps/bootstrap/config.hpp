#pragma once

#include <keks/kube/client.hpp>

namespace keks::bootstrap {

/// The function's configuration, in the variables of the blog: `cluster`, `region`, `arn`.
kube::EksOptions eks_options(Environment const& environment);

}  // namespace keks::bootstrap
