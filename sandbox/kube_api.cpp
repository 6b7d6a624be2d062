#include "sandbox/kube_api.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/ascii.hpp"
#include "base/format.hpp"
#include "sandbox/accept.hpp"
#include "sandbox/status.hpp"

namespace keks::sandbox {
namespace {

using What = Route::What;

std::vector<std::string> segments(std::string_view path) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    path.remove_prefix(1);
    auto part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    parts.push_back(percent_decode(part).value_or(std::string(part)));
  }
  return parts;
}

/// The verb that RBAC has for a request.
std::string verb_of(std::string_view method, Route const& route, bool watch) {
  bool is_one = !route.name.empty();
  if (method == "GET") return is_one ? "get" : watch ? "watch" : "list";
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return is_one ? "delete" : "deletecollection";
  return "get";
}

bool allows(User const& user, Route const& route, std::string_view verb) {
  if (user.in("system:masters") || route.what == What::Health || route.what == What::Version) return true;
  if (route.what == What::Api || route.what == What::Review) return user.in("system:authenticated");
  if (route.what == What::ConfigMap) return user.in("keks:auth-readers") && route.ns == "kube-system" && verb == "get";
  return (route.what == What::Pod || route.what == What::Pods) && user.in("keks:viewers") &&
         (verb == "get" || verb == "list");
}

Reply forbidden(User const& user, Route const& route, std::string_view method, std::string_view verb,
                Plan const& plan) {
  auto plural = route.plural();
  if (plural.empty())
    return status_reply(403,
                        format("forbidden: User \"{}\" cannot {} path \"{}\"", user.name, lower(method), route.path));
  auto where = route.ns.empty() ? std::string("at the cluster scope") : format("in the namespace \"{}\"", route.ns);
  auto what = route.name.empty() ? std::string(plural) : format("{} \"{}\"", plural, route.name);
  auto message = format("{} is forbidden: User \"{}\" cannot {} resource \"{}\" in API group \"\" {}", what, user.name,
                        verb, plural, where);
  return status_reply(403, plan.option("message", message), {.name = route.name, .kind = std::string(plural)});
}

/// `host`: the name by which the client found the server.
std::string discovery_text(std::string_view path, std::string_view host) {
  if (path == "/api")
    return format(
        R"({{"kind":"APIVersions","versions":["v1"],"serverAddressByClientCIDRs":[{{"clientCIDR":"0.0.0.0/0",)"
        R"("serverAddress":{}}}]}})",
        json_quote(host));
  if (path == "/apis") return R"({"kind":"APIGroupList","apiVersion":"v1","groups":[]})";
  return R"({"kind":"APIResourceList","groupVersion":"v1","resources":[{"name":"pods","singularName":"pod",)"
         R"("namespaced":true,"kind":"Pod","verbs":["get","list"],"shortNames":["po"],"categories":["all"]}]})";
}

constexpr std::string_view kVersion =
    R"({"major":"1","minor":"33","gitVersion":"v1.33.0-keks-sandbox","gitCommit":"","gitTreeState":"clean",)"
    R"("buildDate":"2026-01-02T00:00:00Z","goVersion":"","compiler":"","platform":"linux/amd64"})";

/// The answer to a SelfSubjectReview.
std::string review_text(User const& user) {
  std::string groups, extra;
  for (auto const& group : user.groups) groups += format("{}{}", groups.empty() ? "" : ",", json_quote(group));
  for (auto const& [name, value] : user.extra)
    extra += format("{}\"{}\":[{}]", extra.empty() ? "" : ",", name, json_quote(value));
  return format(R"({{"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1","metadata":)"
                R"({{"creationTimestamp":null}},"status":{{"userInfo":{{"username":{},"uid":{},"groups":[{}],)"
                R"("extra":{{{}}}}}}}}})",
                json_quote(user.name), json_quote(user.uid), groups, extra);
}

std::optional<IncludeObject> include_object(std::string const& text) {
  if (text.empty() || text == "Metadata") return IncludeObject::Metadata;
  if (text == "None") return IncludeObject::None;
  if (text == "Object") return IncludeObject::Object;
  return std::nullopt;
}

int seconds_of(Plan const& plan) {
  auto text = plan.option("retry-after");
  int seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  return seconds;
}

std::string_view message_of(int code) {
  switch (code) {
    case 401:
      return "Unauthorized";
    case 429:
      return "Too many requests, please try again later.";
    case 503:
      return "the server is currently unable to handle the request";
    case 504:
      return "the request did not complete in time";
    default:
      return code >= 500 ? "an internal error on the server was planned for this request"
                         : "a refusal was planned for this request";
  }
}

}  // namespace

std::string_view Route::plural() const {
  return what == What::Pod || what == What::Pods ? "pods" : what == What::ConfigMap ? "configmaps" : "";
}

Route Route::parse(std::string const& path) {
  Route route{.path = path, .ns = "", .name = ""};
  if (path == "/healthz" || path == "/readyz" || path == "/livez") route.what = What::Health;
  if (path == "/version" || path == "/version/") route.what = What::Version;
  if (path == "/apis/authentication.k8s.io/v1/selfsubjectreviews") route.what = What::Review;
  if (path == "/api" || path == "/apis" || path == "/api/v1") route.what = What::Api;
  auto parts = segments(path);
  if (parts.size() < 3 || parts[0] != "api" || parts[1] != "v1") return route;
  if (parts.size() == 3 && parts[2] == "pods") route.what = What::Pods;
  bool is_one = parts.size() == 6 && parts[4] == "configmaps";
  if (parts.size() < 5 || parts.size() > 6 || parts[2] != "namespaces" || (parts[4] != "pods" && !is_one)) return route;
  route.ns = parts[3];
  if (parts.size() == 6) route.name = parts[5];
  route.what = is_one ? What::ConfigMap : parts.size() == 5 ? What::Pods : What::Pod;
  return route;
}

std::string_view KubeApi::point(net::ServerRequest const& request) const {
  switch (Route::parse(request.path()).what) {
    case What::Version:
      return "kube.version";
    case What::Api:
      return "kube.api";
    case What::Pods:
      return "kube.list";
    case What::Pod:
      return "kube.get";
    case What::ConfigMap:
      return "kube.configmap";
    case What::Review:
      return "kube.review";
    case What::Health:
    case What::Other:
      break;
  }
  return "kube.other";
}

Reply KubeApi::answer(net::ServerRequest const& request, Plan const& plan, WallTime now) {
  auto route = Route::parse(request.path());
  auto user = authenticator_.user_of(request.headers.get("authorization"), now);
  if (!user) return status_reply(401, "Unauthorized");
  auto query = Parameters::parse(request.query(), Parameters::Plus::Blank);
  if (!query) return status_reply(400, query.error().message());
  bool watch = query->get("watch") == "true" || query->get("watch") == "1";
  auto verb = verb_of(request.method, route, watch);
  if (plan.is("deny") || !allows(*user, route, verb)) return forbidden(*user, route, request.method, verb, plan);
  if (route.what == What::Other) return status_reply(404, "the server could not find the requested resource");
  if (route.what == What::Review && request.method == "POST") return json_reply(201, review_text(*user) + "\n");
  if (request.method != "GET" || verb == "watch" || route.what == What::Review)
    return status_reply(405, "the server does not allow this method on the requested resource");
  return read(request, route, *query, now);
}

Reply KubeApi::read(net::ServerRequest const& request, Route const& route, Parameters const& query,
                    WallTime now) const {
  if (route.what == What::Health) {
    auto reply = json_reply(200, "ok");
    reply.headers.set("Content-Type", "text/plain; charset=utf-8");
    return reply;
  }
  auto type = negotiate(request.headers.get("accept"), facts_.tables);
  if (!type) return status_reply(406, "406: Not Acceptable\n\nAvailable representations: application/json");
  if (route.what == What::Version) return json_reply(200, std::string(kVersion) + "\n");
  if (route.what == What::Api) return json_reply(200, discovery_text(route.path, request.headers.get("host")) + "\n");
  if (route.what == What::ConfigMap) return config_map(route);
  auto include = include_object(query.get("includeObject"));
  if (!include)
    return status_reply(400, "Unable to convert to Table as requested: includeObject must be None, Metadata or Object");
  ListForm form{*type == MediaType::Table, *include, facts_.pod_bytes, now};
  return route.what == What::Pod ? get(route, form) : list(route, query, form);
}

Reply KubeApi::get(Route const& route, ListForm const& form) const {
  auto snapshot = store_.current();
  auto at = snapshot->pods.find({route.ns, route.name});
  if (at == snapshot->pods.end())
    return status_reply(404, format("pods \"{}\" not found", route.name), {.name = route.name, .kind = "pods"});
  return json_reply(200, pod_text(at, form));
}

Reply KubeApi::config_map(Route const& route) const {
  auto const& data = access_.aws_auth();
  if (!data || route.ns != "kube-system" || route.name != "aws-auth")
    return status_reply(404, format("configmaps \"{}\" not found", route.name),
                        {.name = route.name, .kind = "configmaps"});
  std::string members;
  for (auto const& [name, text] : *data)
    members += format("{}{}:{}", members.empty() ? "" : ",", json_quote(name), json_quote(text));
  return json_reply(200, format(R"({{"kind":"ConfigMap","apiVersion":"v1","metadata":{{"name":"aws-auth",)"
                                R"("namespace":"kube-system","uid":"5d3a5b0e-0000-4000-8000-000000000001",)"
                                R"("resourceVersion":"1","creationTimestamp":"2026-01-01T00:00:00Z"}},"data":{{{}}}}})",
                                members) +
                             "\n");
}

Reply KubeApi::list(Route const& route, Parameters const& parameters, ListForm const& form) const {
  auto query = PodQuery::parse(route.ns, parameters, tokens_);
  if (!query) return status_reply(400, query.error().message());
  if (facts_.page_limit && (query->limit == 0 || query->limit > facts_.page_limit)) query->limit = facts_.page_limit;
  auto page = select_pods(store_, *query);
  if (!page) return expired(query->from);
  auto token = page->more ? tokens_.seal({page->snapshot->version, page->pods.back()->first}) : "";
  auto reply = json_reply(200, "");
  reply.stream = [page = *std::move(page), token, form](Sink& sink) { write_list(sink, page, token, form); };
  return reply;
}

/// With the token comes one that goes on from the same place in the list as it is now.
Reply KubeApi::expired(std::optional<ContinueTokens::Place> const& place) const {
  StatusDetails details;
  if (place) details.continue_token = tokens_.seal({store_.current()->version, place->after});
  return status_reply(410,
                      "The provided continue parameter is too old to display a consistent list result. You can start a "
                      "new list without the continue parameter, or go on with the token in this reply, whose list may "
                      "miss changes made since the first page.",
                      details);
}

Reply KubeApi::refusal(net::ServerRequest const& request, Plan const& plan) {
  if (plan.is("expired")) {
    auto query = Parameters::parse(request.query(), Parameters::Plus::Blank);
    return expired(query ? tokens_.open(query->get("continue")) : std::nullopt);
  }
  int code = plan.is("throttle") ? 429 : plan.status();
  return status_reply(code, plan.option("message", message_of(code)), {.retry_after_seconds = seconds_of(plan)});
}

std::string_view KubeApi::wrong_shape(net::ServerRequest const&) const {
  return R"({"kind":"Pod","apiVersion":"v1","metadata":42})";
}

}  // namespace keks::sandbox
