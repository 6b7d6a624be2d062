// A bearer token for a cluster, made locally: nothing is asked of anyone.
#include <keks/aws/credentials.hpp>
#include <keks/iam/token.hpp>

#include <cstdio>

int give_up(keks::Error const& error) { return std::fprintf(stderr, "%s\n", error.message().c_str()), 1; }

int main(int argc, char** argv) {
  auto const environment = keks::Environment::of_process();
  auto credentials = keks::aws::environment_credentials(environment)->get(keks::Deadline::never());
  if (!credentials) return give_up(credentials.error());

  keks::iam::TokenInput input{.cluster_id = argc > 1 ? argv[1] : "prod",
                              .region = {.region = environment.get("AWS_REGION").value_or("")}};
  auto token = keks::iam::mint(input, *credentials, keks::system_clock().wall());
  if (!token) return give_up(token.error());

  auto const text = token->text.reveal();  // the one way out of a Secret
  std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
}
