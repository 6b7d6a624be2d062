#pragma once

#include <keks/base/result.hpp>

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace keks::cli {

/// What one EKS cluster adds to a kubeconfig.
struct KubeconfigEntry {
  std::string cluster, user, context;  ///< their names
  std::string server;
  std::string certificate_authority;  ///< PEM
  std::string proxy_url;              ///< empty: the one that is there stays
  std::string command;                ///< of the exec plugin
  std::vector<std::string> args;
};

/// A kubeconfig as a tree that keeps what it does not know; an empty text is a new one.
/// *Errors:* `ConfigMalformed` with the line, which names no file.
Result<boost::json::object> read_kubeconfig(std::string_view text);

/// Whether `list` (`clusters`, `contexts`, `users`) has an entry of that name.
bool has_entry(boost::json::object const& config, std::string_view list, std::string_view name);

/// `config` with the entry in it and as its current context. Entries of the same names stay where they are and keep
/// what does not contradict: a context its namespace, a user whom it impersonates, an exec plugin its variables (but
/// `AWS_PROFILE`). Other ways of signing in go, for kubectl would prefer or refuse them.
boost::json::object with_entry(boost::json::object config, KubeconfigEntry const& entry);

}  // namespace keks::cli
