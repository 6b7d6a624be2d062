#include "sandbox/faults.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::sandbox {
namespace {

constexpr std::array<std::string_view, 16> kPoints{"sts.assume",     "sts.identity", "sts.web-identity", "eks.describe",
                                                   "eks.list",       "eks.access",   "aws.credentials",  "kube.list",
                                                   "kube.get",       "kube.api",     "kube.version",     "kube.review",
                                                   "kube.configmap", "kube.tls",     "kube.*",           "aws.*"};

/// An action, and the only points that it makes sense at; any but `kube.tls` when empty. One may stand here twice.
struct Action {
  std::string_view name, only_at;
};
constexpr std::array<Action, 17> kActions{{{"deny", ""},
                                           {"throttle", ""},
                                           {"reset", ""},
                                           {"stall", ""},
                                           {"truncate", ""},
                                           {"close", ""},
                                           {"skew", ""},
                                           {"not-json", ""},
                                           {"wrong-shape", ""},
                                           {"slow", ""},
                                           {"expired", "kube.list"},
                                           {"expired", "aws.*"},
                                           {"wrong-name", "kube.tls"},
                                           {"wrong-ca", "kube.tls"},
                                           {"status", "eks.describe"},
                                           {"bad-ca", "eks.describe"},
                                           {"access", "eks.describe"}}};
constexpr std::array<std::string_view, 5> kNumericOptions{"times", "after", "retry-after", "delay", "seconds"};
constexpr std::array<std::string_view, 2> kTextOptions{"message", "value"};

std::optional<std::int64_t> number(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <std::size_t N>
bool holds(std::array<std::string_view, N> const& list, std::string_view text) {
  return std::ranges::find(list, text) != list.end();
}

bool covers(std::string_view pattern, std::string_view point) {
  if (pattern == "aws.*") return !point.starts_with("kube.");
  if (pattern == "kube.*") return point.starts_with("kube.");
  return pattern == point;
}

std::string points_text() {
  std::string text;
  for (auto point : kPoints) text += format("{}{}", text.empty() ? "" : ", ", point);
  return text;
}

std::string actions_text() {
  std::string text = "an HTTP status from 400 to 599";
  std::string_view last;
  for (auto const& action : kActions)
    if (action.name != std::exchange(last, action.name)) text += format(", {}", action.name);
  return text;
}

bool is_status(std::string_view action) {
  auto status = number(action);
  return status && *status >= 400 && *status <= 599;
}

bool fits(Action const& action, std::string_view point) {
  return action.only_at.empty() ? point != "kube.tls" : covers(action.only_at, point);
}

Result<void> check_action(std::string_view point, std::string_view name) {
  if (is_status(name) && point != "kube.tls") return {};
  bool known = false;
  for (auto const& action : kActions) {
    if (action.name != name) continue;
    if (fits(action, point)) return {};
    known = true;
  }
  if (known) return fail(Code::InvalidArgument, format("fault action \"{}\" does nothing at {}", name, point));
  return fail(Code::InvalidArgument, format("fault action \"{}\" does not exist; there are: {}", name, actions_text()));
}

Result<void> check_option(std::string_view name, std::string_view value) {
  if (holds(kTextOptions, name)) return {};
  if (!holds(kNumericOptions, name))
    return fail(Code::InvalidArgument,
                format("fault option \"{}\" does not exist; there are: times, after, retry-after, delay, seconds, "
                       "message, value",
                       name));
  auto count = number(value);
  if (!count || *count > 1'000'000'000 || *count < (name == "seconds" ? -1'000'000'000 : 0))
    return fail(Code::InvalidArgument, format("fault option {} needs a number, not \"{}\"", name, value));
  return {};
}

std::uint64_t count_option(Fault const& fault, std::string_view name, std::uint64_t otherwise) {
  auto at = fault.options.find(name);
  return at == fault.options.end() ? otherwise : static_cast<std::uint64_t>(number(at->second).value_or(0));
}

/// `name=value` off the front of `text`; a message goes to its end.
Result<std::pair<std::string, std::string>> take_option(std::string_view& text) {
  auto option = text.starts_with("message=") ? text : text.substr(0, text.find(':'));
  text.remove_prefix(std::min(text.size(), option.size() + 1));
  auto equals = option.find('=');
  if (equals == std::string_view::npos)
    return fail(Code::InvalidArgument, format("fault option \"{}\" needs a value, as in times=2", option));
  std::pair<std::string, std::string> pair(option.substr(0, equals), option.substr(equals + 1));
  KEKS_CHECK(check_option(pair.first, pair.second));
  return pair;
}

}  // namespace

Result<Fault> Fault::parse(std::string_view text) {
  auto equals = text.find('=');
  Fault fault{.point = std::string(text.substr(0, equals)), .action = "", .options = {}};
  if (equals == std::string_view::npos || !holds(kPoints, fault.point))
    return fail(Code::InvalidArgument,
                format("fault \"{}\" does not begin with POINT=; the points are: {}", text, points_text()));
  auto rest = text.substr(equals + 1);
  fault.action = rest.substr(0, rest.find(':'));
  KEKS_CHECK(check_action(fault.point, fault.action));
  rest.remove_prefix(std::min(rest.size(), fault.action.size() + 1));
  while (!rest.empty()) {
    KEKS_TRY(auto option, take_option(rest));
    fault.options.insert(std::move(option));
  }
  return fault;
}

std::string Plan::option(std::string_view name, std::string_view otherwise) const {
  if (!fault) return std::string(otherwise);
  auto at = fault->options.find(name);
  return at == fault->options.end() ? std::string(otherwise) : at->second;
}

int Plan::status() const { return fault && is_status(fault->action) ? static_cast<int>(*number(fault->action)) : 0; }

bool FaultList::Armed::strikes() {
  if (passed < count_option(fault, "after", 0)) return ++passed, false;
  if (struck >= count_option(fault, "times", UINT64_MAX)) return false;
  return ++struck, true;
}

void FaultList::set(std::vector<Fault> faults) {
  std::lock_guard lock(mutex_);
  faults_.clear();
  for (auto& fault : faults) faults_.push_back({std::move(fault)});
}

Plan FaultList::next(std::string_view point, bool continues) {
  std::lock_guard lock(mutex_);
  Plan plan;
  for (auto& armed : faults_) {
    auto const& fault = armed.fault;
    if (!covers(fault.point, point) || (fault.action == "expired" && point == "kube.list" && !continues)) continue;
    bool bends_only = fault.action == "skew" || fault.action == "slow";
    if ((!bends_only && plan.fault) || !armed.strikes()) continue;
    plan.delay += std::chrono::milliseconds(count_option(fault, "delay", 0));
    if (fault.action == "skew") {
      auto seconds = fault.options.find("seconds");
      plan.skew += std::chrono::seconds(seconds == fault.options.end() ? 3600 : *number(seconds->second));
    }
    if (!bends_only) plan.fault = fault;
  }
  return plan;
}

bool FaultList::has(std::string_view point, std::string_view action) const {
  std::lock_guard lock(mutex_);
  return std::ranges::any_of(faults_,
                             [&](Armed const& a) { return a.fault.point == point && a.fault.action == action; });
}

void PointCounters::count(std::string_view point) {
  std::lock_guard lock(mutex_);
  auto at = counts_.find(point);
  if (at == counts_.end()) at = counts_.emplace(std::string(point), 0).first;
  ++at->second;
}

std::map<std::string, std::uint64_t, std::less<>> PointCounters::all() const {
  std::lock_guard lock(mutex_);
  return counts_;
}

}  // namespace keks::sandbox
