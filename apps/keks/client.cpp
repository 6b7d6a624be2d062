#include "apps/keks/client.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>
#include <keks/kube/core_v1.hpp>
#include <keks/kube/eks.hpp>

#include <charconv>
#include <cstdio>

#include "apps/keks/cluster.hpp"
#include "apps/keks/identity.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

struct Found {
  std::size_t count;
  bool pod;
};

Result<kube::Client> client_of(Arguments const& args, Deadline const& deadline) {
  KEKS_TRY(auto session, session_of(args));
  KEKS_TRY(auto access, kube::EksAccess::prepare(cluster_options(args), std::move(session)));
  KEKS_TRY(auto facts, access.describe(deadline));
  return access.connect(facts).client;
}

Result<Found> ask(Arguments const& args, std::string const& ns, std::string const& name, Deadline const& deadline) {
  KEKS_TRY(auto client, client_of(args, deadline));
  KEKS_TRY(auto count, client.all().count<kube::Pod>({}, deadline));
  KEKS_TRY(auto pod, client.in(ns).find<kube::Pod>(name, {}, deadline));
  return Found{count, pod.has_value()};
}

std::string as_json(Found const& found, std::string const& ns, std::string const& name) {
  return format(R"({{"pods":{},"pod":{{"namespace":{},"name":{},"found":{}}}}})", found.count, json_quote(ns),
                json_quote(name), found.pod);
}

std::string as_text(Found const& found, std::string const& ns, std::string const& name) {
  auto first = format("There are {} pods in the cluster\n", found.count);
  return first + (found.pod ? format("Found pod {} in namespace {}", name, ns)
                            : format("Pod {} in namespace {} not found", name, ns));
}

/// Straight through; a reply that breaks off has printed what came.
Result<void> print_body(net::Response& response, Deadline const& deadline) {
  for (;;) {
    KEKS_TRY(auto bytes, response.body->read(deadline));
    if (bytes.empty()) return {};
    if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) return fail(stdout_refused());
  }
}

Result<void> fetch(Arguments const& args, std::string const& path, Deadline const& deadline) {
  KEKS_TRY(auto client, client_of(args, deadline));
  KEKS_TRY(auto response, client.raw(path, deadline));
  return print_body(response, deadline);
}

}  // namespace

kube::EksOptions cluster_options(Arguments const& args, std::string_view key) {
  return {.cluster = args.get_or(key, ""),
          .region = args.get_or("region", ""),
          .role = args.get_or("role", ""),
          .session_name = "keks",
          .external_id = {},
          .environment = args.environment};
}

Result<Deadline> request_deadline(Arguments const& args) {
  auto text = args.get_or("request-timeout", "30");
  int seconds = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc() || end != text.data() + text.size() || seconds < 1 || seconds > 3600)
    return fail(Code::InvalidArgument, format("--request-timeout {}: seconds from 1 to 3600 are wanted", text));
  return Deadline::after(std::chrono::seconds(seconds));
}

int pods(Arguments const& args) {
  auto deadline = request_deadline(args);
  if (!deadline) return complain_usage(deadline.error().message());
  auto output = args.get_or("output", "text");
  if (output != "text" && output != "json") return complain_usage("--output: text or json is wanted");
  auto ns = args.get_or("namespace", "default"), name = args.get_or("pod", "example-xxxxx");
  auto found = ask(args, ns, name, *deadline);
  if (!found) return complain(found.error());
  auto text =
      output == "json" ? as_json(*found, ns, name) : as_text(*found, escape_controls(ns), escape_controls(name));
  std::printf("%s\n", text.c_str());
  return 0;
}

int raw(Arguments const& args) {
  auto deadline = request_deadline(args);
  if (!deadline) return complain_usage(deadline.error().message());
  if (args.positionals.size() != 1 || !args.positionals[0].starts_with('/'))
    return complain_usage("raw wants one PATH that begins with a slash, e.g. keks raw /api");
  auto done = fetch(args, args.positionals[0], *deadline);
  return done ? 0 : complain(done.error());
}

}  // namespace keks::cli
