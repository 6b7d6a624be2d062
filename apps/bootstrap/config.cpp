#include "apps/bootstrap/config.hpp"

namespace keks::bootstrap {
namespace {

/// A function's name may be longer than a role session's (64) and may hold no character that STS refuses.
std::string session_name(Environment const& environment) {
  return environment.get("AWS_LAMBDA_FUNCTION_NAME").value_or("keks").substr(0, 64);
}

}  // namespace

kube::EksOptions eks_options(Environment const& environment) {
  return {.cluster = environment.get("cluster").value_or(""),
          .region = environment.get("region").value_or(""),
          .role = environment.get("arn").value_or(""),
          .session_name = session_name(environment),
          .external_id = {},
          .environment = environment};
}

}  // namespace keks::bootstrap
