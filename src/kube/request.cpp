#include "kube/request.hpp"

#include <keks/base/encoding.hpp>
#include <keks/kube/names.hpp>

#include <algorithm>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::kube {
namespace {

constexpr std::string_view kJson = "application/json";
constexpr std::string_view kTable = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";

/// As RFC 3986 lets a segment be: `system:viewer` stays readable.
std::string encode_segment(std::string_view text) {
  std::string out;
  for (char c : text) {
    bool stays = std::string_view(":@$&+,;=").find(c) != std::string_view::npos;
    out += stays ? std::string(1, c) : percent_encode({&c, 1});
  }
  return out;
}

Result<std::string> segment(std::string_view what, std::string_view text) {
  if (!text.empty() && is_path_segment(text)) return encode_segment(text);
  return fail(Code::InvalidArgument,
              format("\"{}\" cannot be {}: it must not be empty, \".\" or \"..\", nor hold / or %",
                     escape_controls(text, 100), what));
}

class Query {
 public:
  Query& add(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    if (!text_.empty()) text_ += '&';
    text_ += format("{}={}", name, percent_encode(value));
    return *this;
  }
  std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

bool has_dot_segments(std::string const& path) {
  auto closed = path + "/";
  return closed.find("/./") != closed.npos || closed.find("/../") != closed.npos;
}

/// The server's own path, without the slash at its end.
std::string base_path(net::Url const& server) {
  return server.path.ends_with('/') ? server.path.substr(0, server.path.size() - 1) : server.path;
}

Result<std::string> collection_path(net::Url const& server, Place const& place) {
  auto const& r = place.resource;
  auto root =
      base_path(server) + (r.group.empty() ? format("/api/{}", r.version) : format("/apis/{}/{}", r.group, r.version));
  if (!place.ns) return format("{}/{}", root, r.plural);
  if (!r.namespaced)
    return fail(Code::InvalidArgument, format("{} live in no namespace: ask for them with cluster()", r.plural));
  KEKS_TRY(auto ns, segment("a namespace", *place.ns));
  return format("{}/namespaces/{}/{}", root, ns, r.plural);
}

net::Request request(net::Url const& server, std::string path, std::string query, std::string_view accept) {
  net::Request made;
  made.url = server;
  made.url.path = std::move(path);
  made.url.query = std::move(query);
  made.headers.add("Accept", std::string(accept));
  return made;
}

Query list_query(ListOptions const& options) {
  Query query;
  query.add("continue", options.continue_token).add("fieldSelector", options.fields);
  query.add("labelSelector", options.labels).add("limit", options.limit ? std::to_string(options.limit) : "");
  query.add("resourceVersion", options.resource_version).add("resourceVersionMatch", options.resource_version_match);
  return query;
}

}  // namespace

Result<net::Request> get_request(net::Url const& server, Place const& place, std::string const& name,
                                 GetOptions const& options) {
  auto const& r = place.resource;
  if (r.namespaced && !place.ns)
    return fail(Code::InvalidArgument, format("a {} lives in a namespace: ask for it with in(\"...\")", r.kind));
  KEKS_TRY(auto path, collection_path(server, place));
  KEKS_TRY(auto object, segment("a name", name));
  auto query = Query().add("resourceVersion", options.resource_version).take();
  return request(server, format("{}/{}", path, object), std::move(query), kJson);
}

Result<net::Request> list_request(net::Url const& server, Place const& place, ListOptions const& options) {
  KEKS_TRY(auto path, collection_path(server, place));
  return request(server, std::move(path), list_query(options).take(), kJson);
}

Result<net::Request> count_request(net::Url const& server, Place const& place, ListOptions const& options) {
  KEKS_TRY(auto path, collection_path(server, place));
  return request(server, std::move(path), list_query(options).add("includeObject", "None").take(), kTable);
}

Result<net::Request> raw_request(net::Url const& server, std::string const& target) {
  auto mark = target.find('?');
  bool printable = std::ranges::all_of(target, [](char c) { return c > ' ' && c < 0x7F && c != '#'; });
  if (!target.starts_with('/') || !printable || has_dot_segments(target.substr(0, mark)))
    return fail(Code::InvalidArgument, format("\"{}\" is no path: one begins with /, holds no blanks, no # and no "
                                              "/../; percent-encode other letters",
                                              escape_controls(target, 100)));
  auto query = mark == target.npos ? std::string() : target.substr(mark + 1);
  return request(server, base_path(server) + target.substr(0, mark), std::move(query), kJson);
}

net::Request review_request(net::Url const& server) {
  auto made = request(server, base_path(server) + "/apis/authentication.k8s.io/v1/selfsubjectreviews", "", kJson);
  made.method = "POST";
  made.headers.add("Content-Type", std::string(kJson));
  made.body = R"({"kind":"SelfSubjectReview","apiVersion":"authentication.k8s.io/v1"})";
  made.replay = net::Request::Replay::Yes;
  return made;
}

}  // namespace keks::kube
