#include "apps/bootstrap/pods.hpp"

#include <keks/kube/client.hpp>
#include <keks/kube/core_v1.hpp>

#include <boost/json.hpp>

#include "apps/bootstrap/link.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::bootstrap {
namespace {

/// Takes `key` of the event if it is there; `null` and absent leave the default.
Result<void> take(boost::json::object const& event, std::string_view key, std::string& into) {
  auto const* value = event.if_contains(key);
  if (!value || value->is_null()) return {};
  constexpr std::size_t longest_name = 253;
  if (!value->is_string() || value->get_string().empty() || value->get_string().size() > longest_name)
    return fail(Code::EventWrongShape, format("the event's \"{}\" is no text of 1 to {} bytes; send "
                                              "{{\"namespace\":\"…\",\"pod\":\"…\"}}",
                                              key, longest_name));
  auto const& text = value->get_string();
  into.assign(text.data(), text.size());
  return {};
}

std::string server_message(Error const& error) {
  auto const* status = error.api_status();
  return status && !status->message.empty() ? status->message : error.message();
}

/// Looks for the pod and says in the log how that went.
Result<bool> look_for(kube::Client const& client, WantedPod const& wanted, lambda::Context& context) {
  auto pod = client.in(wanted.ns).find<kube::Pod>(wanted.name, {}, context.deadline());
  auto where = format("pod {} in namespace {}", wanted.name, wanted.ns);
  if (!pod) {
    // At INFO, so that text format shows the blog's line as it is; the runtime logs the error itself at ERROR.
    context.log(LogLevel::Info, format("Error getting {}: {}", where, server_message(pod.error())));
    return fail(pod.error());
  }
  if (*pod) {
    context.log(LogLevel::Info, "Found " + where);
  } else {
    context.log(LogLevel::Info, format("Pod {} in namespace {} not found", wanted.name, wanted.ns));
  }
  return pod->has_value();
}

Result<Json> answer(kube::Client const& client, WantedPod const& wanted, lambda::Context& context) {
  KEKS_TRY(auto count, client.all().count<kube::Pod>({}, context.deadline()));
  context.log(LogLevel::Info, format("There are {} pods in the cluster", count));
  KEKS_TRY(bool found, look_for(client, wanted, context));
  return boost::json::object{{"pods", count},
                             {"pod", {{"namespace", wanted.ns}, {"name", wanted.name}, {"found", found}}}};
}

Result<Json> pods(Link& link, lambda::Event const& event, lambda::Context& context) {
  KEKS_TRY(auto wanted, wanted_pod(event));
  KEKS_TRY(auto client, link.client(context.deadline()));
  auto json = answer(client, wanted, context);
  if (!json) link.failed(json.error());
  return json;
}

}  // namespace

Result<WantedPod> wanted_pod(lambda::Event const& event) {
  KEKS_TRY(auto json, event.json());
  WantedPod wanted;
  if (json.is_null()) return wanted;
  if (!json.is_object())
    return fail(Code::EventWrongShape,
                "the event is no JSON object; send {\"namespace\":\"…\",\"pod\":\"…\"} or nothing");
  KEKS_CHECK(take(json.get_object(), "namespace", wanted.ns));
  KEKS_CHECK(take(json.get_object(), "pod", wanted.name));
  return wanted;
}

lambda::Handler pods_handler(std::shared_ptr<Link> link) {
  return [link = std::move(link)](lambda::Event const& event, lambda::Context& context) {
    return pods(*link, event, context);
  };
}

}  // namespace keks::bootstrap
