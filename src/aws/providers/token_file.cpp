#include "aws/providers/token_file.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>
#include <keks/base/time.hpp>

#include <boost/json.hpp>

#include "base/file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {

namespace {
constexpr std::size_t kMaxFile = 1 << 20;
}

Result<std::optional<boost::json::object>> read_token_file(std::string const& path) {
  if (path.starts_with("~/"))
    return fail(Code::SignInNeeded, format("HOME is not set, so nobody knows where {} is", path));
  KEKS_TRY(auto text, read_if_there(path, kMaxFile));
  if (!text) return std::nullopt;
  auto parsed = parse_json(*text);
  if (parsed && parsed->is_object()) return std::move(parsed->get_object());
  return fail(Code::SignInNeeded, format("{} is not the JSON object that it should be", path));
}

void write_token_file(std::string const& path, boost::json::object const& document, Log const& log) {
  if (auto written = replace_file(path, boost::json::serialize(document), 0600); !written)
    log(LogLevel::Warn, format("The refreshed sign-in could not be kept, so the next program must refresh it again: {}",
                               written.error().message()));
}

std::optional<FileLock> turn_to_refresh(std::string const& path, Deadline const& deadline) {
  auto lock = FileLock::on(path, deadline.at_most(deadline.remaining() / 2));
  return lock ? std::optional(*std::move(lock)) : std::nullopt;
}

Result<WallTime> parse_token_time(std::string_view text) {
  constexpr std::string_view utc = "UTC";
  if (!text.ends_with(utc)) return parse_rfc3339(text);
  return parse_rfc3339(std::string(text.substr(0, text.size() - utc.size())) + "Z");
}

Error sign_in_needed(std::string_view why, std::string_view command, std::string_view profile) {
  return {Code::SignInNeeded, format("{}. Sign in with: {} --profile {}", why, command, escape_controls(profile, 200))};
}

}  // namespace keks::aws
