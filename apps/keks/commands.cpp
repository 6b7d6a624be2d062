#include "apps/keks/client.hpp"
#include "apps/keks/command.hpp"
#include "apps/keks/completion.hpp"
#include "apps/keks/doctor/doctor.hpp"
#include "apps/keks/kubeconfig.hpp"
#include "apps/keks/lambda.hpp"
#include "apps/keks/sandbox.hpp"
#include "apps/keks/whoami.hpp"

namespace keks::cli {
namespace {

Option const kCluster{"-c,--cluster", "NAME", "the EKS cluster", "cluster"};
Option const kRegion{"--region", "REGION", "its AWS region (else AWS_REGION, AWS_DEFAULT_REGION)", ""};
Option const kProfile{"--profile", "NAME", "the profile of the shared AWS files to use (else AWS_PROFILE)", ""};
Option const kCache{"--cache", "", "keep credentials and token on disk until they end", "KEKS_CACHE", false, "cache"};
Option const kRole{"-r,--role,--role-arn", "ARN", "a role to assume first", "DEFAULT_ROLE"};
Option const kOutput{"-o,--output", "FORMAT", "text or json", "", false, "", "text json"};
Option const kTimeout{"--request-timeout", "SECONDS", "how long to wait in all, 1 to 3600 (30)", ""};
Option const kEnv{"--env", "NAME[=VALUE]", "a variable of the function; without a value, the one of here; may repeat",
                  "", true};
Option const kFunction{"--function", "NAME=PROGRAM", "a function and its bootstrap; may repeat", "", true};
Option const kHandler{"--handler", "NAME", "its handler (bootstrap)", ""};
Option const kMemory{"--memory", "MB", "memory size, 128 to 10240 (256)", ""};
Option const kFunctionTimeout{"--timeout", "SECONDS", "time-out of an invocation, 1 to 900 (30)", ""};

Command token_command() {
  return {"token",
          "print a bearer token for a cluster, as an ExecCredential",
          "",
          false,
          {{"-i,--cluster-id,--cluster-name,--cluster", "NAME", "the cluster that the token is for",
            "KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID", false, "clusterID"},
           {"--region", "REGION", "its AWS region (else AWS_REGION, AWS_DEFAULT_REGION, the profile's)", "", false,
            "region"},
           kProfile,
           {"-r,--role,--role-arn", "ARN", "a role to assume first", "DEFAULT_ROLE", false, "role"},
           {"-e,--external-id", "ID", "external id for assuming the role", "", false, "externalID"},
           {"-s,--session-name", "NAME", "session name for assuming the role (keks)", "", false, "sessionName"},
           {"--forward-session-name", "", "assume the role under the name of the session that is in use", "", false,
            "forwardSessionName"},
           {"--token-only", "", "print the bare token", "", false, "tokenOnly"},
           {"-o,--output", "FORMAT", "json, text or yaml (json)", "", false, "", "json text yaml"},
           kCache,
           kTimeout,
           {"-c,--config", "FILE", "read options from a YAML or JSON file, as aws-iam-authenticator does", ""},
           {"-l,--log-format", "FORMAT", "how lines on stderr look, text or json (text)", "", false, "", "text json"},
           {"-v,--log-verbosity", "LEVEL", "the least that is worth a line: error, warning, info, debug (info)",
            "AWS_IAM_AUTHENTICATOR_LOG_VERBOSITY", false, "log-verbosity"},
           {"--feature-gates", "GATE=BOOL,...", "taken for aws-iam-authenticator's sake; no effect on tokens", ""}},
          token};
}

std::vector<Command> cluster_commands() {
  return {
      token_command(),
      {"raw",
       "one authenticated GET of the API server, body to stdout",
       "PATH",
       false,
       {kCluster, kRegion, kProfile, kRole, kCache, kTimeout},
       raw},
      {"pods",
       "count all pods, and look for one",
       "",
       false,
       {kCluster,
        kRegion,
        kProfile,
        kRole,
        kCache,
        kOutput,
        kTimeout,
        {"--namespace", "NAME", "namespace of the pod to look for (default)", ""},
        {"--pod", "NAME", "the pod to look for (example-xxxxx)", ""}},
       pods},
  };
}

Command kubeconfig_command() {
  return {"kubeconfig",
          "write a cluster into a kubeconfig, for kubectl to sign in by keks token",
          "CLUSTER",
          false,
          {{"-c,--cluster,--name", "NAME", "the EKS cluster, in place of CLUSTER", "cluster"},
           kRegion,
           kProfile,
           {"-r,--role,--role-arn", "ARN", "a role that kubectl is to sign in by", ""},
           {"--assume-role-arn", "ARN", "a role to assume for asking EKS about the cluster", ""},
           {"--alias", "NAME", "name of the context (the cluster's ARN)", ""},
           {"--user-alias", "NAME", "name of the user (the cluster's ARN)", ""},
           {"--kubeconfig", "FILE", "the file (else the first of KUBECONFIG that has the cluster, else ~/.kube/config)",
            ""},
           {"--proxy-url", "URL", "a proxy for kubectl: http, https or socks5", ""},
           {"--command", "PATH", "the program that kubectl is to run (keks)", ""},
           {"--backup", "", "keep what was there as FILE.bak", ""},
           {"--dry-run", "", "print the result, write nothing", ""},
           kTimeout},
          kubeconfig};
}

/// What both commands want to know of a function, and `more`.
std::vector<Option> function_options(std::initializer_list<Option> more) {
  std::vector<Option> options{kFunction, kHandler, kMemory, kFunctionTimeout, kEnv};
  options.insert(options.end(), more);
  return options;
}

std::vector<Command> lambda_commands() {
  return {
      {"lambda serve", "a local Lambda that the AWS CLI can invoke", "", false,
       function_options({{"--listen", "ADDRESS:PORT", "where to answer (127.0.0.1:9001)", ""}}), lambda_serve},
      {"lambda invoke", "run one invocation in a local Lambda, print log and result", "", false,
       function_options({{"--payload", "JSON", "the event ({})", ""},
                         {"--times", "N", "invoke so often; all but the first are warm (1)", ""}}),
       lambda_invoke},
  };
}

std::vector<Command> sandbox_commands() {
  return {
      {"sandbox",
       "an offline stand-in for STS, EKS and a cluster; runs until stopped, or around -- CMD",
       "",
       true,
       {{"--pods", "N", "pods in the cluster (31)", ""},
        {"--pod-bytes", "N", "size of one pod's JSON (about 3000)", ""},
        {"--page-limit", "N", "page lists at N items even when not asked to", ""},
        {"--no-tables", "", "answer lists as lists even when a Table is asked for", ""},
        {"--fault", "POINT=ACTION", "misbehave, e.g. kube.list=429:retry-after=1; may repeat", "", true},
        {"--cluster", "NAME", "the cluster's name (sandbox)", ""},
        {"--region", "REGION", "its region (eu-west-1)", ""},
        {"--identity", "AKID:SECRET:ARN", "an identity with its key pair; may repeat", "", true},
        {"--role", "ARN", "a role that any identity may assume; may repeat", "", true},
        {"--map", "ARN=USER[,GROUP...]", "map an identity to a user and groups; may repeat", "", true},
        {"--mode", "MODE", "API, CONFIG_MAP or API_AND_CONFIG_MAP (the default)", ""},
        {"--access-entry", "ARN=USER[,GROUP...]", "an access entry; may repeat", "", true},
        {"--stale-entry", "ARN=USER[,GROUP...]", "one whose role was made anew since; may repeat", "", true},
        {"--aws-auth", "FILE", "the ConfigMap aws-auth, YAML", ""},
        {"--container-credentials", "", "name the credentials' endpoint in the environment, not the keys", ""},
        {"--listen", "ADDRESS:PORT", "where the API server listens, a port of 127.0.0.1", ""},
        {"--aws-listen", "ADDRESS:PORT", "where STS and EKS listen (127.0.0.1:0)", ""},
        {"--aws-tls", "", "STS and EKS over TLS", ""},
        {"--aws-only", "", "no API server of its own; see the next two", ""},
        {"--cluster-endpoint", "URL", "what DescribeCluster answers as endpoint", ""},
        {"--cluster-ca", "FILE", "and as certificate authority, PEM", ""},
        {"--ca-file", "FILE", "write the sandbox's own CA there, PEM", ""},
        {"--env-file", "FILE", "write the environment there once all is ready, NAME=VALUE lines", ""}},
       sandbox_command},
      {"demo",
       "the sandbox, a local Lambda, one cold and one warm invocation",
       "",
       false,
       {{"--bootstrap", "FILE", "the function's program (./bootstrap)", ""}},
       demo},
  };
}

std::vector<Command> identity_commands() {
  return {
      {"whoami",
       "who AWS says you are, and what a cluster makes of it",
       "",
       false,
       {kRegion, kProfile, kRole, kCache, kOutput, kTimeout},
       whoami},
      {"doctor",
       "walk the way to a cluster, and say what to change",
       "CLUSTER",
       false,
       {kRegion,
        kProfile,
        kRole,
        kCache,
        {"--aws-auth", "FILE", "the ConfigMap aws-auth, YAML", ""},
        kOutput,
        kTimeout},
       doctor_command},
  };
}

std::vector<Command> general_commands() {
  return {
      kubeconfig_command(),
      {"completion", "what a shell completes keks with: bash, zsh or fish", "SHELL", false, {}, completion},
      {"man", "the manual page, for man -l -", "", false, {}, man},
      {"version",
       "versions of keks and of what it is made with",
       "",
       false,
       {kOutput, {"-s,--short", "", "the bare version number", ""}},
       version},
  };
}

std::vector<Command> table() {
  std::vector<Command> all;
  for (auto const& group :
       {cluster_commands(), identity_commands(), lambda_commands(), sandbox_commands(), general_commands()})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

}  // namespace

std::span<Command const> commands() {
  static std::vector<Command> const all = table();
  return all;
}

}  // namespace keks::cli
