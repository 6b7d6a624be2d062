#pragma once

#include <keks/base/deadline.hpp>
#include <keks/base/environment.hpp>

#include <optional>

#include "apps/keks/kubeconfig_merge.hpp"

namespace keks::cli {

/// The files that are meant, absolute: the one of the option, else those of `KUBECONFIG`, else `~/.kube/config`.
/// *Errors:* `InvalidArgument` where that needs a `HOME` that is not set.
Result<std::vector<std::string>> kubeconfig_paths(std::string const& option, Environment const& environment);

struct KubeconfigChoice {
  std::string path;
  std::vector<Error> passed_over;  ///< broken files before the one that was taken
};
/// The first of the files that has the cluster, else the first.
KubeconfigChoice choose_kubeconfig(std::vector<std::string> const& paths, std::string_view cluster);

/// What is in the file with the entry in it, as YAML. *Errors:* `ConfigMalformed` naming file and line, `Io`.
Result<std::string> merged_kubeconfig(std::string const& path, KubeconfigEntry const& entry);

/// Writes the entry into the file at once, made 0600 in a folder made 0700, under kubectl's lock for it. `backup`: what
/// was there is kept as FILE.bak, 0600. Returns whether the context is a new one.
/// *Errors:* those above, `DeadlineExceeded` for the lock; the file is then as it was.
Result<bool> update_kubeconfig(std::string const& path, KubeconfigEntry const& entry, bool backup,
                               Deadline const& deadline);

}  // namespace keks::cli
