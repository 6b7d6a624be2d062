#pragma once

#include <keks/kube/client.hpp>

#include "apps/keks/command.hpp"

namespace keks::cli {

/// The cluster that `--cluster` (or the option named `key`), `--region` and `--role` choose.
kube::EksOptions cluster_options(Arguments const& args, std::string_view key = "cluster");

/// `--request-timeout`, as a deadline from now. *Errors:* `InvalidArgument`.
Result<Deadline> request_deadline(Arguments const& args);

}  // namespace keks::cli
