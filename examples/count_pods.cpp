#include <keks/kube/client.hpp>
#include <keks/kube/core_v1.hpp>

#include <cstdio>

namespace kube = keks::kube;

int give_up(keks::Error const& error) { return std::fprintf(stderr, "%s\n", error.message().c_str()), 1; }

int main(int argc, char** argv) {
  auto client = kube::Client::eks({.cluster = argc > 1 ? argv[1] : "prod"});
  if (!client) return give_up(client.error());

  auto count = client->all().count<kube::Pod>();
  if (!count) return give_up(count.error());
  std::printf("There are %zu pods in the cluster\n", *count);

  auto pod = client->in("default").find<kube::Pod>("example-xxxxx");  // absent is no error
  if (!pod) return give_up(pod.error());
  if (!*pod) std::puts("Pod example-xxxxx in namespace default not found");

  auto shop = client->in("web").list<kube::Pod>({.labels = "app=shop"}).collect();
  if (!shop) return give_up(shop.error());
  for (auto const& p : *shop) std::puts(p.metadata.name.c_str());
}
