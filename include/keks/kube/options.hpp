#pragma once

#include <cstdint>
#include <string>

namespace keks::kube {

struct GetOptions {
  std::string resource_version = {};
};

/// Contract: https://kubernetes.io/docs/reference/using-api/api-concepts/
struct ListOptions {
  std::string labels = {};          ///< a label selector, e.g. `app=shop,tier!=cache`
  std::string fields = {};          ///< a field selector, e.g. `spec.nodeName=n1`
  std::int64_t limit = 500;         ///< items a page; 0: no paging
  std::string continue_token = {};  ///< to begin in the middle
  std::string resource_version = {}, resource_version_match = {};
};

/// What to count. Fields as in `ListOptions`.
struct CountOptions {
  std::string labels = {}, fields = {};
};

}  // namespace keks::kube
