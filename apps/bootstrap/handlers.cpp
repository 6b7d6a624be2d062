#include "apps/bootstrap/handlers.hpp"

#include <string_view>

#include "apps/bootstrap/link.hpp"
#include "apps/bootstrap/pods.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::bootstrap {
namespace {

struct Entry {
  std::string_view name;
  lambda::Handler (*make)(std::shared_ptr<Link> link);
};

/// The zip's own file name stands for the first handler: it is what consoles and templates fill in.
constexpr Entry kHandlers[] = {{"bootstrap", pods_handler}, {"pods", pods_handler}};

}  // namespace

std::string known_handlers() {
  std::string names;
  for (auto const& entry : kHandlers) names += (names.empty() ? "" : ", ") + std::string(entry.name);
  return names;
}

Result<lambda::Handler> make_handler(Environment const& environment, Log const& log) {
  auto wanted = environment.get("_HANDLER").value_or("bootstrap");
  for (auto const& entry : kHandlers) {
    if (entry.name != wanted) continue;
    KEKS_TRY(auto link, Link::make(environment, log));
    return entry.make(std::move(link));
  }
  return fail(Code::UnknownHandler,
              format("there is no handler \"{}\"; set the function's handler to one of: {}", wanted, known_handlers()));
}

}  // namespace keks::bootstrap
