#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>
#include <keks/base/time.hpp>
#include <keks/iam/token.hpp>
#include <keks/net/message.hpp>

#include <boost/json.hpp>

#include "base/format.hpp"

namespace keks::iam {
namespace {

constexpr std::string_view kGroup = "client.authentication.k8s.io/";
constexpr std::string_view kDefault = "v1beta1";

/// What is answered: the version below the group, whether stdin may be used, and what to tell.
struct Answer {
  std::string_view version = kDefault;
  bool interactive = false;
  std::string hint;
};

/// A member by its name, which Go reads without case; the last one counts.
Json const* member(Json const& object, std::string_view name) {
  Json const* found = nullptr;
  if (auto const* members = object.if_object())
    for (auto const& m : *members)
      if (net::iequals(m.key(), name)) found = &m.value();
  return found;
}

/// Whether a member, where it is there, is what Go would read into its field.
template <class Is>
bool fits(Json const& object, std::string_view name, Is is) {
  auto const* found = member(object, name);
  return !found || found->is_null() || is(*found);
}

/// Of another shape than an ExecCredential: Go reads nothing of it then.
bool is_misshapen(Json const& info) {
  auto is_text = [](Json const& value) { return value.is_string(); };
  auto is_truth = [](Json const& value) { return value.is_bool(); };
  auto is_spec = [&](Json const& value) { return value.is_object() && fits(value, "interactive", is_truth); };
  return !fits(info, "kind", is_text) || !fits(info, "spec", is_spec);
}

bool wants_interaction(Json const& info) {
  auto const* spec = member(info, "spec");
  auto const* interactive = spec ? member(*spec, "interactive") : nullptr;
  return interactive && interactive->is_bool() && interactive->get_bool();
}

Answer fallback(std::string_view reason) {
  return {kDefault, false,
          format("KUBERNETES_EXEC_INFO {}; the answer is in {}{}. Check apiVersion in the kubeconfig.", reason, kGroup,
                 kDefault)};
}

Answer by_version(std::string_view asked, bool interactive) {
  for (std::string_view version : {"v1", "v1beta1"})
    if (asked == format("{}{}", kGroup, version)) return {version, interactive, {}};
  if (asked == format("{}v1alpha1", kGroup))
    return {"v1alpha1", interactive,
            format("{} is no longer read by kubectl 1.24 and later. Set apiVersion in the kubeconfig to {}v1beta1.",
                   asked, kGroup)};
  return fallback(format("asks for an unknown version, \"{}\"", escape_controls(asked, 80)));
}

Answer answer(std::optional<std::string> const& exec_info) {
  if (!exec_info || exec_info->empty()) return {};
  auto info = parse_json(*exec_info);
  if (!info) return fallback("is not JSON");
  if (is_misshapen(*info)) return fallback("is no ExecCredential");
  auto const* version = member(*info, "apiVersion");
  if (!version || !version->is_string() || version->get_string().empty()) return fallback("names no apiVersion");
  return by_version(version->get_string(), wants_interaction(*info));
}

/// A JSON string as Go's encoder writes it, which also escapes what HTML and JavaScript would take for markup.
std::string go_quote(std::string_view text) {
  constexpr std::pair<std::string_view, std::string_view> escapes[] = {
      {"<", "\\u003c"}, {">", "\\u003e"}, {"&", "\\u0026"}, {"\u2028", "\\u2028"}, {"\u2029", "\\u2029"}};
  auto out = json_quote(text);
  for (auto [character, escape] : escapes)
    for (auto at = out.find(character); at != out.npos; at = out.find(character, at + escape.size()))
      out.replace(at, character.size(), escape);
  return out;
}

}  // namespace

ExecCredential exec_credential(Token const& token, std::optional<std::string> const& exec_info) {
  auto a = answer(exec_info);
  Secret quoted(go_quote(token.text.reveal()));
  std::string json = format(R"({{"kind":"ExecCredential","apiVersion":"{}{}","spec":{{"interactive":{}}},)", kGroup,
                            a.version, a.interactive);
  json.reserve(json.size() + quoted.size() + 80);
  json.append(R"("status":{"expirationTimestamp":")").append(format_rfc3339(token.expiration));
  json.append(R"(","token":)").append(quoted.reveal()).append("}}");
  return {Secret(std::move(json)), std::move(a.hint)};
}

}  // namespace keks::iam
