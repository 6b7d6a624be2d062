#include <keks/iam/token.hpp>
#include <keks/kube/eks.hpp>

#include <cstdio>

#include "apps/keks/client.hpp"
#include "apps/keks/cluster.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

/// With the caller's own identity nothing is asked of anyone, so nothing that calls need is read either.
Result<iam::Token> own_token(kube::EksOptions const& options, Deadline const& deadline) {
  auto region = aws::region_from(options.region, options.environment).value_or("");
  KEKS_TRY(auto endpoint, aws::endpoint_options(std::move(region), options.environment));
  KEKS_TRY(auto credentials, aws::environment_credentials(options.environment)->get(deadline));
  return iam::mint({options.cluster, std::move(endpoint)}, credentials, system_clock().wall());
}

Result<iam::Token> make_token(Arguments const& args, Deadline const& deadline) {
  auto options = cluster_options(args, "cluster-id");
  if (options.role.empty()) return own_token(options, deadline);
  options.external_id = args.get_or("external-id", "");
  options.session_name = args.get_or("session-name", options.session_name);
  KEKS_TRY(auto access, kube::EksAccess::prepare(std::move(options)));
  KEKS_TRY(auto credentials, access.credentials()->get(deadline));
  return iam::mint(access.token_input(), credentials, system_clock().wall());
}

void print(Secret const& text) {
  auto bytes = text.reveal();
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  std::fputc('\n', stdout);
}

}  // namespace

int token(Arguments const& args) {
  auto deadline = request_deadline(args);
  if (!deadline) return complain_usage(deadline.error().message());
  if (!args.get("cluster-id"))
    return complain_usage("no cluster is named: add -i NAME, or set KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID");
  auto made = make_token(args, *deadline);
  if (!made) return complain(made.error());
  if (args.flag("token-only")) {
    print(made->text);
  } else {
    auto credential = iam::exec_credential(*made, args.environment.get("KUBERNETES_EXEC_INFO"));
    if (!credential.hint.empty()) std::fprintf(stderr, "keks: %s\n", credential.hint.c_str());
    print(credential.json);
  }
  return 0;
}

}  // namespace keks::cli
