// A Lambda function of your own: counts the pods of one namespace, `{"namespace":"web"}`, else of all.
#include <keks/kube/client.hpp>
#include <keks/kube/core_v1.hpp>
#include <keks/lambda/runtime.hpp>

#include <boost/json.hpp>

#include <cstdio>

namespace kube = keks::kube;
namespace lambda = keks::lambda;

keks::Result<keks::Json> count_pods(kube::Client const& client, lambda::Event const& event, lambda::Context& context) {
  auto json = event.json();
  if (!json) return keks::fail(json.error());
  auto const* object = json->if_object();
  auto const* ns = object ? object->if_contains("namespace") : nullptr;
  auto const scope = ns && ns->is_string() ? client.in(std::string(ns->get_string())) : client.all();

  auto count = scope.count<kube::Pod>({}, context.deadline());
  if (!count) return keks::fail(count.error());
  return boost::json::object{{"pods", *count}};
}

// Runs once, before the first invocation: what it makes is kept for the warm ones.
keks::Result<lambda::Handler> init(keks::Environment const& environment, keks::Log const&) {
  auto client = kube::Client::eks({.cluster = environment.get("cluster").value_or(""), .environment = environment});
  if (!client) return keks::fail(client.error());
  return [client = *client](lambda::Event const& event, lambda::Context& context) {
    return count_pods(client, event, context);
  };
}

int main() {
  if (lambda::is_lambda(keks::Environment::of_process())) return lambda::run(init);
  std::fputs("This is a Lambda function. Run it with `keks lambda invoke`.\n", stderr);
  return 2;
}
