#include "apps/keks/kubeconfig.hpp"

#include <keks/base/encoding.hpp>
#include <keks/iam/arn.hpp>

#include <array>
#include <cstdio>

#include "apps/keks/cluster.hpp"
#include "apps/keks/identity.hpp"
#include "apps/keks/kubeconfig_file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

std::unexpected<Error> misused(std::string message) { return fail(Code::InvalidArgument, std::move(message)); }

/// The positional, else the option or its variable.
Result<std::string> cluster_name(Arguments const& args) {
  auto option = args.get("cluster");
  if (args.positionals.empty() && option) return *option;
  if (args.positionals.size() != 1)
    return misused("kubeconfig wants one CLUSTER, e.g. keks kubeconfig prod --region eu-west-1");
  bool is_typed = option && option != args.environment.get("cluster");
  if (is_typed && *option != args.positionals[0]) return misused("CLUSTER and --cluster name two clusters: name one");
  return args.positionals[0];
}

Result<void> check_proxy(std::string const& url) {
  for (auto scheme : {"http://", "https://", "socks5://"})
    if (url.starts_with(scheme)) return {};
  return misused("--proxy-url: kubectl takes http://, https:// and socks5:// only");
}

/// What would make a kubeconfig that nobody can use.
Result<void> check_options(Arguments const& args) {
  for (auto key : {"alias", "user-alias", "command", "proxy-url", "profile"}) {
    auto value = args.get_or(key, "");
    if (escape_controls(value, value.size()) != value)
      return misused(format("--{}: text without control characters is wanted, in UTF-8", key));
  }
  for (auto key : {"role", "assume-role-arn"})
    if (auto role = args.get(key)) KEKS_CHECK(iam::parse_role_arn(*role));
  if (auto url = args.get("proxy-url")) KEKS_CHECK(check_proxy(*url));
  return {};
}

/// Of `--assume-role-arn`, else the user's own. The session's name is the AWS CLI's, for trust policies that name it.
Result<std::shared_ptr<aws::CredentialsProvider>> signer(Arguments const& args, aws::Session const& session) {
  auto role = args.get("assume-role-arn");
  if (!role) return session.own();
  return session.assume({.role_arn = *role, .session_name = "EKSDescribeClusterSession"});
}

/// The profile that the plugin is to use: the one named here. One of the environment is kept as well where the
/// credentials are its own: as an option it would win over those that came before it.
std::optional<std::string> profile_to_keep(Arguments const& args, aws::Session const& session) {
  if (auto named = args.get("profile")) return named;
  if (!is_of_profile(session.chain()->steps())) return std::nullopt;
  return args.environment.first({"AWS_PROFILE", "AWS_DEFAULT_PROFILE"});
}

std::vector<std::string> plugin_args(Arguments const& args, std::optional<std::string> const& profile,
                                     aws::Cluster const& cluster, std::string const& name) {
  auto arn = iam::Arn::parse(cluster.arn);
  auto region = arn && !arn->region.empty() ? arn->region : args.get_or("region", "");
  std::vector<std::string> words{"token", "-i", cluster.outpost_id.empty() ? name : cluster.outpost_id};
  auto add = [&](std::string option, std::string value) {
    words.push_back(std::move(option));
    words.push_back(std::move(value));
  };
  if (!region.empty()) add("--region", region);
  if (auto role = args.get("role")) add("--role", *role);
  if (profile) add("--profile", *profile);
  return words;
}

KubeconfigEntry entry_of(Arguments const& args, std::optional<std::string> const& profile, aws::Cluster const& cluster,
                         std::string const& name) {
  auto user = args.get_or("user-alias", cluster.arn);
  return {.cluster = cluster.arn,
          .user = user,
          .context = args.get_or("alias", user),
          .server = cluster.endpoint,
          .certificate_authority = cluster.certificate_authority,
          .proxy_url = args.get_or("proxy-url", ""),
          .command = args.get_or("command", "keks"),
          .args = plugin_args(args, profile, cluster, name)};
}

Result<KubeconfigEntry> described(Arguments const& args, std::string const& name, Deadline const& deadline) {
  KEKS_TRY(auto session, session_of(args));
  KEKS_TRY(auto credentials, signer(args, session));
  KEKS_TRY(auto eks, session.eks(std::move(credentials)));
  KEKS_TRY(auto cluster, eks.describe_ready_cluster(name, deadline));
  if (cluster.arn.empty())
    return fail(Code::ReplyWrongShape, format("EKS tells no ARN of cluster {}. Check the endpoint.", name));
  return entry_of(args, profile_to_keep(args, session), cluster, name);
}

Result<void> write(Arguments const& args, std::string const& path, KubeconfigEntry const& entry,
                   Deadline const& deadline) {
  if (args.flag("dry-run")) {
    KEKS_TRY(auto text, merged_kubeconfig(path, entry));
    std::fwrite(text.data(), 1, text.size(), stdout);
    return {};
  }
  KEKS_TRY(bool is_new, update_kubeconfig(path, entry, args.flag("backup"), deadline));
  auto context = escape_controls(entry.context), file = escape_controls(path);
  std::printf("%s\n", (is_new ? format("Added new context {} to {}", context, file)
                              : format("Updated context {} in {}", context, file))
                          .c_str());
  return {};
}

Result<void> run(Arguments const& args, std::string const& name, Deadline const& deadline) {
  KEKS_TRY(auto paths, kubeconfig_paths(args.get_or("kubeconfig", ""), args.environment));
  KEKS_TRY(auto entry, described(args, name, deadline));
  auto choice = choose_kubeconfig(paths, entry.cluster);
  for (auto const& broken : choice.passed_over) complain(broken);
  return write(args, choice.path, entry, deadline);
}

}  // namespace

int kubeconfig(Arguments const& args) {
  auto deadline = request_deadline(args);
  if (!deadline) return complain_usage(deadline.error().message());
  auto name = cluster_name(args);
  if (!name) return complain_usage(name.error().message());
  if (auto good = check_options(args); !good) return complain_usage(good.error().message());
  auto done = run(args, *name, *deadline);
  return done ? 0 : complain(done.error());
}

}  // namespace keks::cli
