#include <keks/base/json.hpp>
#include <keks/kube/client.hpp>

#include <boost/json.hpp>

#include "base/format.hpp"
#include "base/try.hpp"
#include "kube/core.hpp"
#include "kube/request.hpp"

namespace keks::kube {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxReview = 1 << 20;

/// A member of an object; null is absence.
json::value const* find(json::value const* object, std::string_view name) {
  auto const* members = object ? object->if_object() : nullptr;
  auto const* found = members ? members->if_contains(name) : nullptr;
  return found && !found->is_null() ? found : nullptr;
}

Result<std::string> text_of(json::value const* value, std::string_view name) {
  if (!value) return std::string();
  if (auto const* text = value->if_string()) return std::string(*text);
  return fail(Code::ReplyWrongShape, format("status.userInfo.{} is no string", name));
}

Result<std::vector<std::string>> texts_of(json::value const* value, std::string_view name) {
  std::vector<std::string> out;
  if (!value) return out;
  if (!value->is_array()) return fail(Code::ReplyWrongShape, format("status.userInfo.{} is no list", name));
  for (auto const& item : value->get_array()) {
    KEKS_TRY(auto text, text_of(&item, name));
    out.push_back(std::move(text));
  }
  return out;
}

Result<UserInfo> read_review(std::string_view body) {
  KEKS_TRY(auto review, parse_json(body));
  auto const* user = find(find(&review, "status"), "userInfo");
  if (!user || !user->is_object()) return fail(Code::ReplyWrongShape, "there is no status.userInfo in it");
  UserInfo info;
  KEKS_TRY(info.username, text_of(find(user, "username"), "username"));
  KEKS_TRY(info.uid, text_of(find(user, "uid"), "uid"));
  KEKS_TRY(info.groups, texts_of(find(user, "groups"), "groups"));
  auto const* extra = find(user, "extra");
  if (extra && !extra->is_object()) return fail(Code::ReplyWrongShape, "status.userInfo.extra is no object");
  if (!extra) return info;
  for (auto const& [key, values] : extra->get_object()) {
    KEKS_TRY(info.extra[std::string(key)], texts_of(&values, "extra"));
  }
  return info;
}

}  // namespace

Result<UserInfo> Client::who_am_i(Deadline const& deadline) const {
  Call const call{"create", "selfsubjectreviews", "", ""};
  KEKS_TRY(auto response, core_->send(review_request(core_->options.server), call, deadline));
  auto body = net::collect(response, kMaxReview, deadline);
  if (!body) return fail(interrupted(body.error(), call, "while reading who the caller is"));
  auto info = read_review(*body);
  if (info) return info;
  auto message = format("{}: the reply is not what it should be: {}. Is the endpoint a Kubernetes API server?",
                        call.text(), info.error().message());
  return fail(info.error().with_message(std::move(message)).with_operation(call.operation()));
}

}  // namespace keks::kube
