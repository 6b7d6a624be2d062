#include "sandbox/pod_list.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>

#include <algorithm>
#include <charconv>

#include "base/format.hpp"
#include "base/try.hpp"
#include "sandbox/crypto.hpp"
#include "sandbox/pod.hpp"

namespace keks::sandbox {
namespace {

constexpr std::size_t kSealSize = 16;

Result<std::uint64_t> parse_number(std::string_view name, std::string_view text) {
  std::uint64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    return fail(Code::BadRequest,
                format("invalid {0}: {0}: Invalid value: \"{1}\": must be a number", name, text.substr(0, 64)));
  return value;
}

Result<std::size_t> parse_limit(std::string const& text) {
  if (text.empty()) return 0;
  return parse_number("limit", text);
}

Result<void> check_fields(Selector const& fields) {
  PodKey const any;
  for (auto const& name : fields.names())
    if (!Pod(any, 0).field(name)) return fail(Code::BadRequest, format("field label not supported: {}", name));
  return {};
}

/// A continued list is at the version of its first page, so naming one as well makes no sense.
Result<void> check_version(Parameters const& parameters) {
  auto version = parameters.get("resourceVersion");
  if (version.empty()) return {};
  if (!parameters.get("continue").empty())
    return fail(Code::BadRequest, "specifying resource version is not allowed when using continue");
  KEKS_CHECK(parse_number("resourceVersion", version));
  return {};
}

bool selected(PodQuery const& query, Pod const& pod) {
  return query.labels.matches([&](auto name) { return pod.label(name); }) &&
         query.fields.matches([&](auto name) { return pod.field(name); });
}

void append_row(std::string& out, std::map<PodKey, std::uint64_t>::const_iterator at, ListForm const& form) {
  Pod pod(at->first, at->second);
  out += "{\"cells\":";
  pod.append_cells(out, form.now);
  out += ",\"object\":";
  if (form.include == IncludeObject::None) out += "null";
  if (form.include == IncludeObject::Object) pod.append_json(out, true, form.pod_bytes);
  if (form.include == IncludeObject::Metadata) {
    out += R"({"kind":"PartialObjectMetadata","apiVersion":"meta.k8s.io/v1",)";
    pod.append_metadata(out);
    out += '}';
  }
  out += '}';
}

std::string list_metadata(PodPage const& page, std::string const& continue_token) {
  auto text = format(R"("metadata":{{"resourceVersion":"{}")", page.snapshot->version);
  if (!continue_token.empty()) text += format(R"(,"continue":{})", json_quote(continue_token));
  if (page.more && page.remaining) text += format(R"(,"remainingItemCount":{})", *page.remaining);
  return text + "}";
}

std::string table_head(std::string const& metadata) {
  return format(R"({{"kind":"Table","apiVersion":"meta.k8s.io/v1",{},"columnDefinitions":{},"rows":[)", metadata,
                pod_columns());
}

}  // namespace

std::string ContinueTokens::seal(Place const& place) const {
  auto text = format("{}\n{}\n{}", place.version, place.after.ns, place.after.name);
  return base64url(hmac_sha256(key_, text).substr(0, kSealSize) + text);
}

std::optional<ContinueTokens::Place> ContinueTokens::open(std::string_view token) const {
  auto bytes = base64url_decode(token);
  if (!bytes || bytes->size() < kSealSize) return std::nullopt;
  auto text = std::string_view(*bytes).substr(kSealSize);
  if (!equal_in_constant_time(hmac_sha256(key_, text).substr(0, kSealSize),
                              std::string_view(*bytes).substr(0, kSealSize)))
    return std::nullopt;
  auto first = text.find('\n'), second = text.find('\n', first + 1);
  Place place{.after = {std::string(text.substr(first + 1, second - first - 1)), std::string(text.substr(second + 1))}};
  std::from_chars(text.data(), text.data() + first, place.version);
  return place;
}

Result<PodQuery> PodQuery::parse(std::string ns, Parameters const& parameters, ContinueTokens const& tokens) {
  PodQuery query{.ns = std::move(ns), .labels = {}, .fields = {}, .from = {}};
  KEKS_TRY(query.labels, Selector::parse(parameters.get("labelSelector")));
  KEKS_TRY(query.fields, Selector::parse(parameters.get("fieldSelector")));
  KEKS_CHECK(check_fields(query.fields));
  KEKS_TRY(query.limit, parse_limit(parameters.get("limit")));
  KEKS_CHECK(check_version(parameters));
  if (auto token = parameters.get("continue"); !token.empty()) {
    query.from = tokens.open(token);
    if (!query.from)
      return fail(Code::BadRequest, "invalid continue token: continue key is not valid: this server did not make it");
  }
  return query;
}

std::optional<PodPage> select_pods(PodStore const& store, PodQuery const& query) {
  PodPage page{.snapshot = query.from ? store.at(query.from->version) : store.current(), .pods = {}, .remaining = {}};
  if (!page.snapshot) return std::nullopt;
  auto const& pods = page.snapshot->pods;
  auto at = query.from ? pods.upper_bound(query.from->after) : pods.lower_bound({query.ns, ""});
  std::size_t remaining = 0;
  for (; at != pods.end() && (query.ns.empty() || at->first.ns == query.ns); ++at) {
    if (!selected(query, Pod(at->first, at->second))) continue;
    if (query.limit == 0 || page.pods.size() < query.limit)
      page.pods.push_back(at);
    else
      ++remaining;
  }
  page.more = remaining > 0;
  if (query.labels.empty() && query.fields.empty()) page.remaining = remaining;
  return page;
}

void write_list(Sink& sink, PodPage const& page, std::string const& continue_token, ListForm const& form) {
  auto metadata = list_metadata(page, continue_token);
  bool open = sink.text(form.table ? table_head(metadata)
                                   : format(R"({{"kind":"PodList","apiVersion":"v1",{},"items":[)", metadata));
  std::string item;
  for (std::size_t i = 0; open && i < page.pods.size(); ++i) {
    auto at = page.pods[i];
    item.clear();
    if (form.table)
      append_row(item, at, form);
    else
      Pod(at->first, at->second).append_json(item, false, form.pod_bytes);
    open = (i == 0 || sink.text(",")) && sink.item(item);
  }
  if (open) sink.text("]}\n");
}

std::string pod_text(std::map<PodKey, std::uint64_t>::const_iterator pod, ListForm const& form) {
  std::string text;
  if (!form.table) {
    Pod(pod->first, pod->second).append_json(text, true, form.pod_bytes);
    return text + "\n";
  }
  text = table_head(R"("metadata":{})");
  append_row(text, pod, form);
  return text + "]}\n";
}

}  // namespace keks::sandbox
