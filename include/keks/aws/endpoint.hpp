#pragma once

#include <keks/base/environment.hpp>
#include <keks/base/result.hpp>
#include <keks/net/url.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace keks::aws {

/// A service endpoint: where to call, and with what region to sign.
struct Endpoint {
  net::Url url;
  std::string signing_region;
};

struct EndpointOptions {
  std::string region;
  bool fips = false;
  bool dual_stack = false;
};

/// A service's regional endpoint by the partition's rules (aws, aws-cn, aws-us-gov, aws-iso, -iso-b, -iso-e, -iso-f,
/// aws-eusc). `aws-global` means `sts.amazonaws.com`, signed for us-east-1. `service`: `sts`, `eks`, `sso`,
/// `sso-oidc`, `signin`.
/// *Errors:* `RegionUnset`; `InvalidArgument` for a region that is no host label, or a partition without the
/// variant asked for.
/// Contract: botocore's endpoint rule sets.
Result<Endpoint> endpoint(std::string_view service, EndpointOptions const& options);

/// The partition a region belongs to: `aws`, `aws-cn`, ... Unknown regions belong to `aws`, as the SDKs say.
std::string_view partition_of(std::string_view region);
/// Whether `name` is one of the eight partitions above.
bool is_partition(std::string_view name);

/// The region to use: `option` unless it is empty, else `AWS_REGION`, else `AWS_DEFAULT_REGION`.
std::optional<std::string> region_from(std::string_view option, Environment const& env);

}  // namespace keks::aws
