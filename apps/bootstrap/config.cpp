#include "apps/bootstrap/config.hpp"

namespace keks::bootstrap {
namespace {

/// The function's name. STS wants 2 to 64 characters where Lambda allows 1 to 64; their kinds are the same.
std::string session_name(Environment const& environment) {
  auto name = environment.get("AWS_LAMBDA_FUNCTION_NAME").value_or("keks").substr(0, 64);
  return name.size() < 2 ? "keks-" + name : name;
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
