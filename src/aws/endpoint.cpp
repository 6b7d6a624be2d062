#include <keks/aws/endpoint.hpp>

#include <algorithm>
#include <array>

#include "base/ascii.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

struct Partition {
  std::string_view name, region_prefix, suffix, dual_stack_suffix;
};

// The order matters only in that `aws`, the fallback, comes first.
constexpr std::array<Partition, 8> kPartitions{{
    {"aws", "", "amazonaws.com", "api.aws"},
    {"aws-cn", "cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"aws-us-gov", "us-gov-", "amazonaws.com", "api.aws"},
    {"aws-iso", "us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
    {"aws-iso-b", "us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
    {"aws-iso-e", "eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"aws-iso-f", "us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
    {"aws-eusc", "eusc-de-", "amazonaws.eu", "api.amazonwebservices.eu"},
}};

/// What follows a partition's prefix in a region: a word, a dash, a number.
bool is_word_and_number(std::string_view text) {
  auto dash = text.rfind('-');
  if (dash == std::string_view::npos || dash == 0 || dash + 1 == text.size()) return false;
  auto word = text.substr(0, dash), number = text.substr(dash + 1);
  return std::ranges::all_of(word, [](char c) { return is_alnum(c) || c == '_'; }) &&
         std::ranges::all_of(number, is_digit);
}

bool belongs(std::string_view region, Partition const& p) {
  // The sovereign partition has no region for all of it.
  bool pseudo = p.name != "aws-eusc" && region.starts_with(p.name) && region.substr(p.name.size()) == "-global";
  bool named = !p.region_prefix.empty() && region.starts_with(p.region_prefix) &&
               is_word_and_number(region.substr(p.region_prefix.size()));
  return pseudo || named;
}

Partition const& partition(std::string_view region) {
  auto found = std::ranges::find_if(kPartitions, [&](Partition const& p) { return belongs(region, p); });
  return found == kPartitions.end() ? kPartitions.front() : *found;
}

bool is_host_label(std::string_view text) {
  return !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-' &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-'; }) &&
         !std::ranges::all_of(text, is_digit);
}

/// Old names of FIPS endpoints were written as regions: `fips-us-east-1` means us-east-1 with FIPS.
EndpointOptions without_fips_alias(EndpointOptions options) {
  std::string_view region = options.region;
  if (region.starts_with("fips-"))
    region.remove_prefix(5);
  else if (region.ends_with("-fips"))
    region.remove_suffix(5);
  if (region.size() == options.region.size()) return options;
  return {std::string(region), true, options.dual_stack};
}

Result<EndpointOptions> checked(EndpointOptions options) {
  if (options.region.empty())
    return fail(Code::RegionUnset, "No AWS region is configured. Name one with --region or AWS_REGION.");
  options = without_fips_alias(std::move(options));
  if (!is_host_label(options.region))
    return fail(Code::InvalidArgument, format("\"{}\" is no AWS region: letters, digits and dashes make one, as in "
                                              "eu-west-1. Correct it.",
                                              std::string_view(options.region).substr(0, 80)));
  return options;
}

std::string_view host_prefix(std::string_view service) {
  if (service == "sso") return "portal.sso";
  return service == "sso-oidc" ? "oidc" : service;
}

/// Sign-in pages have hosts of their own in three partitions; else, and for FIPS and dual-stack, they are like all.
std::optional<std::string_view> sign_in_suffix(EndpointOptions const& options, Partition const& p) {
  if (options.fips || options.dual_stack) return std::nullopt;
  if (p.name == "aws") return "signin.aws.amazon.com";
  if (p.name == "aws-cn") return "signin.amazonaws.cn";
  if (p.name == "aws-us-gov") return "signin.amazonaws-us-gov.com";
  return std::nullopt;
}

std::string host(std::string_view service, EndpointOptions const& options, Partition const& p) {
  auto regional = [&](std::string_view prefix) {
    return format("{}.{}.{}", prefix, options.region, options.dual_stack ? p.dual_stack_suffix : p.suffix);
  };
  if (auto suffix = sign_in_suffix(options, p); suffix && service == "signin")
    return format("{}.{}", options.region, *suffix);
  auto prefix = host_prefix(service);
  if (!options.fips) return regional(prefix);
  bool single_stack = !options.dual_stack;
  // GovCloud's plain endpoints are the FIPS ones, but for sign-in.
  if (single_stack && p.name == "aws-us-gov" && service != "signin") return regional(prefix);
  if (single_stack && p.name == "aws" && service == "eks") return regional("fips.eks");
  return regional(format("{}-fips", prefix));
}

net::Url https(std::string host) { return {"https", std::move(host), 443, "/", ""}; }

Result<Endpoint> global_sts(EndpointOptions const& options) {
  if (options.fips || options.dual_stack)
    return fail(Code::InvalidArgument,
                "The global STS endpoint (region aws-global) has no FIPS or dual-stack form. Name a region.");
  return Endpoint{https("sts.amazonaws.com"), "us-east-1"};
}

}  // namespace

Result<Endpoint> endpoint(std::string_view service, EndpointOptions const& options) {
  KEKS_TRY(auto known, checked(options));
  if (service == "sts" && known.region == "aws-global") return global_sts(known);
  return Endpoint{https(host(service, known, partition(known.region))), known.region};
}

std::string_view partition_of(std::string_view region) { return partition(region).name; }

bool is_partition(std::string_view name) {
  return std::ranges::find(kPartitions, name, &Partition::name) != kPartitions.end();
}

}  // namespace keks::aws
