#include <keks/aws/settings.hpp>
#include <keks/net/message.hpp>

#include <array>

#include "base/file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20;

Result<std::optional<std::string>> of_profile(Settings const& settings, std::string_view key) {
  auto const* profile = settings.profile();
  if (!profile) return std::nullopt;
  return profile->read(key);
}

std::optional<bool> boolean(std::string_view text) {
  if (net::iequals(text, "true")) return true;
  if (net::iequals(text, "false")) return false;
  return std::nullopt;
}

/// A switch that is misspelt is refused: whoever asks for FIPS must not go without it unawares.
Result<bool> flag(std::string_view variable, std::string_view key, Settings const& settings) {
  if (auto value = settings.environment().get(variable)) {
    if (auto on = boolean(*value)) return *on;
    return fail(Code::InvalidArgument, format("{} must be true or false. Correct it.", variable));
  }
  KEKS_TRY(auto value, of_profile(settings, key));
  if (!value) return false;
  if (auto on = boolean(*value)) return *on;
  return fail(Code::ConfigMalformed,
              format("{} must be true or false ({}). Correct it.", key, settings.profile()->where));
}

struct ServiceNames {
  std::string_view service, variable, key;
};

constexpr std::array<ServiceNames, 5> kServices{{
    {"sts", "AWS_ENDPOINT_URL_STS", "sts"},
    {"eks", "AWS_ENDPOINT_URL_EKS", "eks"},
    {"sso", "AWS_ENDPOINT_URL_SSO", "sso"},
    {"sso-oidc", "AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc"},
    {"signin", "AWS_ENDPOINT_URL_SIGNIN", "signin"},
}};

Result<ServiceNames> names_of(std::string_view service) {
  for (auto const& names : kServices)
    if (names.service == service) return names;
  return fail(Code::InvalidArgument, format("{} is no AWS service that keks calls.", service));
}

/// A URL to call instead, and what set it.
struct Redirection {
  std::string origin, url;
};
using MaybeRedirection = std::optional<Redirection>;

Result<MaybeRedirection> of_services_section(std::string_view key, Settings const& settings) {
  KEKS_TRY(auto name, of_profile(settings, "services"));
  if (!name) return std::nullopt;
  KEKS_TRY(auto const* section, settings.files().need_services(*name));
  auto service = section->nested.find(key);
  if (service == section->nested.end()) return std::nullopt;
  auto url = service->second.find("endpoint_url");
  if (url == service->second.end() || url->second.empty()) return std::nullopt;
  return Redirection{format("endpoint_url of {} ({})", key, section->where), url->second};
}

Result<MaybeRedirection> redirection(ServiceNames const& names, Settings const& settings) {
  KEKS_TRY(bool off, flag("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls", settings));
  if (off) return std::nullopt;
  for (auto variable : {names.variable, std::string_view("AWS_ENDPOINT_URL")})
    if (auto url = settings.environment().get(variable)) return Redirection{std::string(variable), *url};
  KEKS_TRY(auto of_service, of_services_section(names.key, settings));
  if (of_service) return of_service;
  KEKS_TRY(auto url, of_profile(settings, "endpoint_url"));
  if (!url) return std::nullopt;
  return Redirection{format("endpoint_url ({})", settings.profile()->where), *url};
}

Result<net::Url> parse(Redirection const& to) {
  auto url = net::Url::parse(to.url);
  if (!url) return fail(url.error().with_message(format("{} is no endpoint: {}", to.origin, url.error().message())));
  if (!url->query.empty())
    return fail(Code::InvalidArgument, format("{} has a query, which no endpoint has. Remove it.", to.origin));
  return url;
}

std::string home_of(Environment const& env) { return env.get("HOME").value_or(""); }

std::string expanded(std::string_view path, Environment const& env) {
  auto home = home_of(env);
  return path.starts_with("~/") && !home.empty() ? home + std::string(path.substr(1)) : std::string(path);
}

/// Of the shared file that `variable` names, else of `name` in ~/.aws.
std::string path_of(std::string_view variable, std::string_view name, Environment const& env) {
  auto home = home_of(env);
  auto path = env.get(variable);
  if (!path && home.empty()) return {};
  return expanded(path ? *path : format("{}/.aws/{}", home, name), env);
}

Result<std::optional<ConfigText>> read_shared(std::string file) {
  if (file.empty()) return std::nullopt;
  KEKS_TRY(auto text, read_if_there(file, kMaxFile));
  if (!text) return std::nullopt;
  return ConfigText{std::move(file), *std::move(text)};
}

}  // namespace

std::string Settings::config_path(Environment const& environment) {
  return path_of("AWS_CONFIG_FILE", "config", environment);
}
std::string Settings::credentials_path(Environment const& environment) {
  return path_of("AWS_SHARED_CREDENTIALS_FILE", "credentials", environment);
}

Result<Settings> Settings::load(Environment environment, std::string_view profile) {
  KEKS_TRY(auto config, read_shared(config_path(environment)));
  KEKS_TRY(auto credentials, read_shared(credentials_path(environment)));
  return make(std::move(environment), SharedConfig::parse(config, credentials), profile);
}

Result<Settings> Settings::make(Environment environment, SharedConfig files, std::string_view profile) {
  bool is_explicit = !profile.empty();
  auto named = is_explicit ? std::string(profile) : environment.first({"AWS_PROFILE", "AWS_DEFAULT_PROFILE"});
  if (named) KEKS_CHECK(files.need_profile(*named));
  return Settings(std::move(environment), std::move(files), named.value_or("default"), is_explicit);
}

std::string Settings::home() const { return home_of(environment_); }
std::string Settings::expand(std::string_view path) const { return expanded(path, environment_); }

std::string Settings::region(std::string_view option) const {
  if (auto region = region_from(option, environment_)) return *region;
  auto const* section = profile();
  return section ? section->get("region").value_or("") : "";
}

Result<EndpointOptions> Settings::endpoint_options(std::string_view region_option) const {
  auto region = region_from(region_option, environment_);
  if (!region) {
    KEKS_TRY(region, of_profile(*this, "region"));
  }
  KEKS_TRY(bool fips, flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint", *this));
  KEKS_TRY(bool dual_stack, flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint", *this));
  return EndpointOptions{region.value_or(""), fips, dual_stack};
}

Result<Endpoint> Settings::call_endpoint(std::string_view service, EndpointOptions const& options) const {
  KEKS_TRY(auto names, names_of(service));
  KEKS_TRY(auto regular, endpoint(service, options));
  KEKS_TRY(auto redirected, redirection(names, *this));
  if (!redirected) return regular;
  if (options.fips || options.dual_stack)
    return fail(Code::InvalidArgument, format("{} cannot be combined with a FIPS or dual-stack endpoint. Unset one of "
                                              "them.",
                                              redirected->origin));
  KEKS_TRY(regular.url, parse(*redirected));
  return regular;
}

std::optional<std::string> region_from(std::string_view option, Environment const& env) {
  if (!option.empty()) return std::string(option);
  return env.first({"AWS_REGION", "AWS_DEFAULT_REGION"});
}

}  // namespace keks::aws
