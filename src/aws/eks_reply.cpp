#include "aws/eks_reply.hpp"

#include <keks/base/encoding.hpp>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

bool is_cluster_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 && is_alnum(name[0]) &&
         std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

}  // namespace

boost::json::value const* Fields::find(std::string_view name) const {
  auto const* found = object_ ? object_->if_contains(name) : nullptr;
  return found && !found->is_null() ? found : nullptr;
}

void Fields::remember(std::string_view name, std::string_view fault) {
  if (wrong_.empty()) wrong_ = format("{}{} is no {}", path_, name, fault);
}

std::string Fields::text(std::string_view name) {
  auto const* found = find(name);
  if (!found) return {};
  if (auto const* string = found->if_string()) return std::string(*string);
  remember(name, "string");
  return {};
}

std::optional<bool> Fields::truth(std::string_view name) const {
  auto const* found = find(name);
  auto const* truth = found ? found->if_bool() : nullptr;
  return truth ? std::optional(*truth) : std::nullopt;
}

std::vector<std::string> Fields::texts(std::string_view name) {
  std::vector<std::string> out;
  auto const* found = find(name);
  if (found && !found->is_array()) remember(name, "list of names");
  if (!found || !found->is_array()) return out;
  for (auto const& item : found->get_array()) {
    if (item.is_string()) out.emplace_back(item.get_string());
    if (!item.is_string() && !item.is_null()) remember(name, "list of names");
  }
  return out;
}

Fields Fields::inside(std::string_view name) {
  auto const* found = find(name);
  if (found && !found->is_object()) remember(name, "object");
  return {found ? found->if_object() : nullptr, format("{}{}.", path_, name)};
}

void Fields::each(std::string_view name, std::function<void(Fields&)> const& f) {
  auto const* found = find(name);
  if (found && !found->is_array()) remember(name, "list");
  if (!found || !found->is_array()) return;
  for (auto const& item : found->get_array()) {
    if (!item.is_object()) remember(name, "list of objects");
    Fields fields(item.if_object(), format("{}{}.", path_, name));
    f(fields);
    adopt(fields);
  }
}

void Fields::adopt(Fields const& inner) {
  if (wrong_.empty()) wrong_ = inner.wrong_;
}

Result<Json> read_object(Service const& service, std::string_view operation, Secret const& body) {
  auto parsed = parse_json(body.reveal());
  if (!parsed) return fail(service.wrong_reply(Code::ReplyNotJson, operation, parsed.error().message()));
  if (!parsed->is_object()) return fail(service.wrong_reply(Code::ReplyWrongShape, operation, "it is no JSON object"));
  return parsed;
}

Result<void> check_cluster_name(std::string_view operation, std::string const& name) {
  if (name.empty()) return fail(Code::ClusterUnset, format("{} needs the name of a cluster. Name one.", operation));
  if (is_cluster_name(name)) return {};
  return fail(Code::InvalidArgument,
              format("\"{}\" is no name of an EKS cluster: it takes up to 100 letters, digits, - "
                     "and _, the first no - or _. Correct it.",
                     name.substr(0, 120)));
}

KnownRefusal cluster_not_found(std::string const& name, std::string const& region) {
  return {"ResourceNotFoundException", Code::ClusterNotFound,
          format("There is no cluster {} in region {} of the account that these credentials belong to: check name, "
                 "region and account.",
                 name, region)};
}

Result<void> read_pages(Service& service, Operation const& operation, std::string const& path,
                        std::function<void(Fields&)> const& take, Deadline const& deadline) {
  constexpr std::size_t most_pages = 100;
  std::string token;
  for (std::size_t page = 0; page < most_pages; ++page) {
    auto request = service.request("GET", path);
    if (!token.empty()) request.url.query = "nextToken=" + percent_encode(token);
    KEKS_TRY(auto body, service.call(operation, request, deadline));
    KEKS_TRY(auto parsed, read_object(service, operation.name, body));
    Fields fields(&parsed.get_object(), "");
    token = fields.text("nextToken");
    take(fields);
    if (!fields.wrong().empty())
      return fail(service.wrong_reply(Code::ReplyWrongShape, operation.name, fields.wrong()));
    if (token.empty()) return {};
  }
  return fail(service.wrong_reply(Code::ReplyTooLarge, operation.name, "its pages do not end"));
}

}  // namespace keks::aws
