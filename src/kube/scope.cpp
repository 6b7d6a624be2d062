#include "base/format.hpp"
#include "base/try.hpp"
#include "kube/core.hpp"
#include "kube/list_reader.hpp"
#include "kube/pager.hpp"
#include "kube/request.hpp"

namespace keks::kube {
namespace {

// Ten times what etcd keeps of one object.
constexpr std::size_t kMaxObject = 16 * 1024 * 1024;

Call call(std::string verb, Place const& place, std::string const& name = {}) {
  auto where = place.ns ? format(" in namespace {}", *place.ns) : place.resource.namespaced ? " in all namespaces" : "";
  return {std::move(verb), std::string(place.resource.plural), name.empty() ? where : format(" {}{}", name, where), ""};
}

/// Turns the pages of a list: `read` takes a request for one page and returns its continue token, or nothing when
/// no more is wanted; `restart` makes forget what came so far, or says that it cannot.
template <class Read, class Restart>
Result<void> turn_pages(Pager pager, Read read, Restart restart) {
  for (;;) {
    Result<std::optional<std::string>> token = read(pager.next());
    if (!token && token.error().is_gone() && restart() && pager.restart()) continue;
    if (!token) return fail(std::move(token).error());
    if (!*token) return {};
    KEKS_TRY(bool more, pager.turn(**std::move(token)));
    if (!more) return {};
  }
}

}  // namespace

bool detail::says_absent(Error const& error) {
  auto const* status = error.api_status();
  if (!error.is_not_found() || !status) return false;
  return status->causes.empty() || status->causes.front().reason != "UnexpectedServerResponse";
}

Scope::Scope(std::shared_ptr<Client::Core const> core, std::optional<std::string> ns)
    : core_(std::move(core)), namespace_(std::move(ns)) {}

Result<void> Scope::get_into(Resource const& resource, Schema const& schema, void* object, std::string const& name,
                             GetOptions const& options, Deadline const& deadline) const {
  Place place{resource, namespace_};
  auto what = call("get", place, name);
  KEKS_TRY(auto request, get_request(core_->options.server, place, name, options));
  KEKS_TRY(auto response, core_->send(std::move(request), what, deadline));
  auto body = net::collect(response, kMaxObject, deadline);
  if (!body) return fail(interrupted(body.error(), what, "while reading the object"));
  if (auto status = parse_status(*body); status && status->status == "Failure")
    return fail(
        to_error({response.status, {}, without_token(*body, response.token)}, what, {}, core_->options.clock->wall()));
  auto decoded = detail::decode_object(resource, schema, object, *body);
  if (decoded) return {};
  auto message = format("{}: {}", what.text(), decoded.error().message());
  return fail(decoded.error().with_message(std::move(message)).with_operation(what.operation()));
}

Result<detail::PageEnd> Scope::page_into(Resource const& resource, Schema const& schema, detail::ListSink& sink,
                                         ListOptions const& options, Deadline const& deadline) const {
  Place place{resource, namespace_};
  auto what = call("list", place);
  KEKS_TRY(auto request, list_request(core_->options.server, place, options));
  KEKS_TRY(auto response, core_->send(std::move(request), what, deadline));
  ListReader reader(resource, schema, sink);
  KEKS_TRY(auto meta, read_all(response, reader, what, deadline));
  if (!meta) return detail::PageEnd{};
  return detail::PageEnd{std::move(meta->continue_), std::move(meta->resource_version), meta->remaining_item_count};
}

Result<void> Scope::list_into(Resource const& resource, Schema const& schema, detail::ListSink& sink,
                              ListOptions const& options, Deadline const& deadline) const {
  auto read = [&](ListOptions const& page) -> Result<std::optional<std::string>> {
    KEKS_TRY(auto end, page_into(resource, schema, sink, page, deadline));
    return std::move(end.continue_token);
  };
  return turn_pages(Pager(options), read, [&] { return sink.restart(); });
}

Result<std::size_t> Scope::count_of(Resource const& resource, CountOptions const& options,
                                    Deadline const& deadline) const {
  Place place{resource, namespace_};
  auto what = call("list", place);
  std::size_t total = 0;
  auto read = [&](ListOptions const& page) -> Result<std::optional<std::string>> {
    KEKS_TRY(auto request, count_request(core_->options.server, place, page));
    KEKS_TRY(auto response, core_->send(std::move(request), what, deadline));
    CountReader reader(resource);
    KEKS_TRY(auto counted, read_all(response, reader, what, deadline));
    total += counted->count;
    return std::move(counted->continue_token);
  };
  Pager pager({.labels = options.labels, .fields = options.fields, .limit = 0});
  KEKS_CHECK(turn_pages(std::move(pager), read, [&] { return total = 0, true; }));
  return total;
}

}  // namespace keks::kube
