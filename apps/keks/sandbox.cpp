#include "sandbox/sandbox.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "apps/keks/config_map.hpp"
#include "apps/keks/process.hpp"
#include "apps/keks/sandbox.hpp"
#include "base/file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

/// `AKID:SECRET:ARN`; the ARN keeps its colons.
Result<sandbox::Identity> parse_identity(std::string const& text) {
  auto first = text.find(':');
  auto second = first == std::string::npos ? first : text.find(':', first + 1);
  if (second == std::string::npos || !text.substr(second + 1).starts_with("arn:"))
    return fail(Code::InvalidArgument, "--identity wants AKID:SECRET:ARN");
  return sandbox::Identity{text.substr(0, first), text.substr(first + 1, second - first - 1), text.substr(second + 1)};
}

/// `ARN=USERNAME[,GROUP...]`.
Result<sandbox::Mapping> parse_mapping(std::string_view option, std::string const& text) {
  auto equals = text.find('=');
  if (equals == std::string::npos || !text.starts_with("arn:"))
    return fail(Code::InvalidArgument, format("--{} {}: ARN=USERNAME[,GROUP...] is wanted", option, text));
  std::vector<std::string> names;
  for (std::size_t at = equals + 1; at <= text.size();) {
    auto comma = std::min(text.find(',', at), text.size());
    names.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return sandbox::Mapping{text.substr(0, equals), names.front(), {names.begin() + 1, names.end()}};
}

Result<sandbox::AccessMode> parse_mode(std::string const& text) {
  using sandbox::AccessMode;
  for (auto const& [name, mode] : {std::pair("API_AND_CONFIG_MAP", AccessMode::ApiAndConfigMap),
                                   std::pair("API", AccessMode::Api), std::pair("CONFIG_MAP", AccessMode::ConfigMap)})
    if (text == name) return mode;
  return fail(Code::InvalidArgument, format("--mode {}: API, API_AND_CONFIG_MAP or CONFIG_MAP is wanted", text));
}

Result<std::size_t> count(Arguments const& args, std::string_view key, std::size_t fallback) {
  auto text = args.get(key);
  if (!text) return fallback;
  if (text->size() > 8 || text->find_first_not_of("0123456789") != std::string::npos)
    return fail(Code::InvalidArgument, format("--{} {}: a whole number below 100,000,000 is wanted", key, *text));
  return static_cast<std::size_t>(std::stoul(*text));
}

Result<void> read_places(Arguments const& args, sandbox::Options& out) {
  KEKS_TRY(auto aws, parse_listen(args.get_or("aws-listen", "127.0.0.1:0")));
  KEKS_TRY(auto kube, parse_listen(args.get_or("listen", "127.0.0.1:0")));
  if (kube.address != "127.0.0.1")
    return fail(Code::InvalidArgument,
                format("--listen {}: the API server listens on 127.0.0.1 only, the address in its certificate; name "
                       "a port of that",
                       args.get_or("listen", "")));
  out.aws_address = aws.address;
  out.aws_port = aws.port;
  out.kube_port = kube.port;
  out.aws_tls = args.flag("aws-tls");
  out.container_credentials = args.flag("container-credentials");
  out.aws_only = args.flag("aws-only");
  out.cluster_endpoint = args.get_or("cluster-endpoint", "");
  if (auto file = args.get("cluster-ca")) {
    KEKS_TRY(out.cluster_ca_pem, read_file(*file, std::size_t{1} << 20));
  }
  return {};
}

Result<void> read_people(Arguments const& args, sandbox::Options& out) {
  for (auto const& text : args.all("identity")) {
    KEKS_TRY(auto identity, parse_identity(text));
    out.identities.push_back(identity);
  }
  for (auto const& text : args.all("map")) {
    KEKS_TRY(auto mapping, parse_mapping("map", text));
    out.mappings.push_back(mapping);
  }
  out.roles = args.all("role");
  return {};
}

/// Who may enter the cluster.
Result<void> read_access(Arguments const& args, sandbox::Options& out) {
  KEKS_TRY(out.access_mode, parse_mode(args.get_or("mode", "API_AND_CONFIG_MAP")));
  for (std::string_view option : {"access-entry", "stale-entry"})
    for (auto const& text : args.all(option)) {
      KEKS_TRY(auto entry, parse_mapping(option, text));
      out.access_entries.push_back({entry.arn, entry.username, entry.groups, {}, option == "stale-entry"});
    }
  if (auto file = args.get("aws-auth")) {
    KEKS_TRY(out.aws_auth, read_config_map(*file));
  }
  return {};
}

Result<sandbox::Options> options(Arguments const& args) {
  sandbox::Options out;
  out.region = args.get_or("region", out.region);
  out.cluster = args.get_or("cluster", out.cluster);
  out.tables = !args.flag("no-tables");
  KEKS_TRY(out.pods, count(args, "pods", out.pods));
  KEKS_TRY(out.pod_bytes, count(args, "pod-bytes", 0));
  KEKS_TRY(out.page_limit, count(args, "page-limit", 0));
  KEKS_CHECK(read_places(args, out));
  KEKS_CHECK(read_people(args, out));
  KEKS_CHECK(read_access(args, out));
  for (auto const& text : args.all("fault")) {
    KEKS_TRY(auto fault, sandbox::Fault::parse(text));
    out.faults.push_back(fault);
  }
  return out;
}

std::string as_lines(std::map<std::string, std::string> const& variables, std::string_view before) {
  std::string text;
  for (auto const& [name, value] : variables) text += format("{}{}={}\n", before, name, value);
  return text;
}

/// The environment is ready to use: a bundle, where one is needed, is a file.
Result<std::map<std::string, std::string>> ready_environment(Arguments const& args, sandbox::Sandbox const& box) {
  auto variables = box.environment();
  if (auto file = args.get("ca-file")) {
    KEKS_CHECK(write_file(*file, box.ca_pem()));
    if (args.flag("aws-tls")) variables["AWS_CA_BUNDLE"] = *file;
  }
  return variables;
}

Result<int> run(Arguments const& args) {
  KEKS_TRY(auto wanted, options(args));
  hold_stop_signals();
  KEKS_TRY(auto box, sandbox::Sandbox::start(std::move(wanted)));
  KEKS_TRY(auto variables, ready_environment(args, *box));
  if (!args.rest.empty()) return run_program(args.rest, variables);
  if (auto file = args.get("env-file")) {
    KEKS_CHECK(write_file(*file, as_lines(variables, "")));
  }
  std::fputs(as_lines(variables, "export ").c_str(), stdout);
  std::fflush(stdout);
  std::fputs("keks: the sandbox runs; stop it with Ctrl-C\n", stderr);
  await_stop_signal();
  return 0;
}

}  // namespace

int sandbox_command(Arguments const& args) {
  auto code = run(args);
  if (code) return *code;
  return code.error().code() == Code::InvalidArgument ? complain_usage(code.error().message()) : complain(code.error());
}

}  // namespace keks::cli
