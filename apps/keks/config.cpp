#include "apps/keks/config.hpp"

#include <keks/net/message.hpp>

#include <boost/json.hpp>

#include "apps/keks/logging.hpp"
#include "base/file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"
#include "base/yaml.hpp"

namespace keks::cli {
namespace {

constexpr std::size_t kMaxFile = 1 << 20;

Error wrong(std::string_view key, std::string_view wanted) {
  return Error(Code::ConfigMalformed, format("{} wants {}", key, wanted));
}

Result<std::string> as_text(std::string_view key, Json const& value) {
  if (value.is_string()) return std::string(value.get_string());
  if (value.is_bool() || value.is_number()) return to_text(value);
  return fail(wrong(key, "a text"));
}

Result<bool> as_truth(std::string_view key, Json const& value) {
  if (value.is_bool()) return value.get_bool();
  if (value.is_number()) return value.to_number<double>() != 0;
  auto truth = value.is_string() ? parse_truth(value.get_string()) : Result<bool>(fail(wrong(key, "")));
  return truth ? truth : fail(wrong(key, "true or false"));
}

bool was_given(Option const& option, Arguments const& args) {
  auto key = key_of(option);
  return option.value.empty() ? args.flags.contains(key) : args.get(key).has_value();
}

Result<void> apply(Option const& option, Json const& value, Arguments& out) {
  if (value.is_null() || was_given(option, out)) return {};
  if (option.value.empty()) {
    KEKS_TRY(out.flags[key_of(option)], as_truth(option.config, value));
    return {};
  }
  KEKS_TRY(auto text, as_text(option.config, value));
  out.values[key_of(option)] = {std::move(text)};
  return {};
}

std::string_view ending_of(std::string_view path) {
  auto name = path.substr(path.rfind('/') + 1);
  auto dot = name.rfind('.');
  return dot == name.npos ? "" : name.substr(dot + 1);
}

Result<Json> parse_config(std::string_view ending, std::string_view text) {
  if (ending == "json") return parse_json(text);
  if (ending == "yaml" || ending == "yml") return yaml_to_json(text);
  return fail(Code::ConfigMalformed,
              format("Unsupported Config Type \"{}\": a name that ends in .yaml, .yml or .json is wanted", ending));
}

/// What is wrong with a file, under the file's name.
Result<Json> parse_file(std::string const& path) {
  KEKS_TRY(auto text, read_file(path, kMaxFile));
  KEKS_TRY(auto config, parse_config(ending_of(path), text));
  if (config.is_null()) return Json(boost::json::object());
  if (!config.is_object()) return fail(Code::ConfigMalformed, "it holds no keys with values");
  return config;
}

}  // namespace

Result<Json> read_config(std::string const& path) {
  auto config = parse_file(path);
  if (config) return config;
  auto code = config.error().code() == Code::Io ? Code::Io : Code::ConfigMalformed;
  return fail(code, format("Can't read configuration file \"{}\": {}", path, config.error().message()));
}

Result<void> apply_config(Json const& config, std::span<Option const> options, Arguments& out) {
  for (auto const& member : config.as_object())
    for (auto const& option : options)
      if (!option.config.empty() && net::iequals(option.config, member.key()))
        KEKS_CHECK(apply(option, member.value(), out));
  return {};
}

Result<void> take_config(std::span<Option const> options, Arguments& out) {
  if (auto path = out.get("config")) {
    KEKS_TRY(auto config, read_config(*path));
    KEKS_CHECK(apply_config(config, options, out));
  }
  KEKS_CHECK(parse_log_level(out.get_or("log-verbosity", "info")));
  auto asked = out.get_or("log-format", "text");
  if (asked != "text" && asked != "json")
    log_of(out)(LogLevel::Warn,
                format("Unknown log format specified ({}), will use default text formatter instead.", asked));
  return {};
}

}  // namespace keks::cli
