#include "base/yaml.hpp"

#include <keks/base/encoding.hpp>

#include <yaml.h>
#include <boost/json.hpp>
#include <cmath>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/format.hpp"
#include "base/try.hpp"
#include "base/yaml_scalar.hpp"

namespace keks {
namespace {

namespace json = boost::json;

std::string_view view(yaml_char_t const* text) {
  return text ? std::string_view(reinterpret_cast<char const*>(text)) : std::string_view();
}

std::string_view value_of(yaml_event_t const& scalar) {
  return {reinterpret_cast<char const*>(scalar.data.scalar.value), scalar.data.scalar.length};
}

/// One event of libyaml's, freed with it.
class Event {
 public:
  Event() : raw_() {}
  Event(Event&& other) noexcept : raw_(std::exchange(other.raw_, {})) {}
  Event& operator=(Event&&) = delete;
  ~Event() { yaml_event_delete(&raw_); }

  yaml_event_t* operator->() { return &raw_; }
  yaml_event_t& raw() { return raw_; }
  std::size_t line() const { return raw_.start_mark.line + 1; }

 private:
  yaml_event_t raw_;
};

std::string shortened(std::string_view name) { return escape_controls(name, 60); }

/// Names keys, anchors and tags, never values: a value may be a secret.
std::unexpected<Error> malformed(std::size_t line, std::string_view reason) {
  return fail(Code::ConfigMalformed, format("line {}: {}", line, reason));
}

/// JSON knows text keys only. A null is none: sigs.k8s.io/yaml refuses it too.
std::optional<std::string> key_text(json::value const& key) {
  if (auto const* text = key.if_string()) return std::string(*text);
  if (auto const* truth = key.if_bool()) return *truth ? "true" : "false";
  if (auto const* number = key.if_int64()) return format("{}", *number);
  if (auto const* number = key.if_uint64()) return format("{}", *number);
  if (auto const* number = key.if_double()) return format("{}", *number);
  return std::nullopt;
}

class YamlReader {
 public:
  YamlReader(std::string_view text, YamlRules rules) : rules_(rules) {
    if (!yaml_parser_initialize(&parser_)) throw std::bad_alloc();
    yaml_parser_set_input_string(&parser_, reinterpret_cast<unsigned char const*>(text.data()), text.size());
  }
  ~YamlReader() { yaml_parser_delete(&parser_); }
  YamlReader(YamlReader const&) = delete;
  YamlReader& operator=(YamlReader const&) = delete;

  Result<json::value> read() {
    for (;;) {
      KEKS_TRY(auto event, next());
      if (event->type == YAML_STREAM_END_EVENT) return json::value(nullptr);
      if (event->type == YAML_DOCUMENT_START_EVENT) break;
    }
    KEKS_TRY(auto root, next());
    KEKS_TRY(auto value, node(root));
    KEKS_TRY(auto end, next());
    if (!rules_.one_document) return value;
    KEKS_TRY(auto more, next());
    if (more->type != YAML_STREAM_END_EVENT) return malformed(more.line(), "a second document begins");
    return value;
  }

 private:
  static constexpr std::size_t kMaxDepth = 64, kMaxNodes = 1'000'000, kMaxText = 16 * 1024 * 1024;

  /// What a value costs once its anchors are resolved.
  struct Size {
    std::size_t nodes = 0, text = 0;
  };
  struct Anchor {
    json::value value;
    Size size;
  };

  Result<Event> next() {
    Event event;
    if (yaml_parser_parse(&parser_, &event.raw())) return event;
    auto const* problem = parser_.problem ? parser_.problem : "it cannot be read";
    // What libyaml's reader refuses (bytes that are no UTF-8, control characters) has an offset and no line.
    auto line = parser_.error == YAML_READER_ERROR ? parser_.mark.line : parser_.problem_mark.line;
    return malformed(line + 1, problem);
  }

  Result<void> charge(Size size, std::size_t line) {
    spent_.nodes += size.nodes;
    spent_.text += size.text;
    if (spent_.nodes <= kMaxNodes && spent_.text <= kMaxText) return {};
    return malformed(line, "too much, once anchors are resolved");
  }

  Result<json::value> node(Event& event) {
    if (event->type == YAML_ALIAS_EVENT) return alias(event);
    std::string anchor(anchor_of(event));
    auto before = spent_;
    if (!anchor.empty()) anchors_[anchor] = std::nullopt;
    KEKS_TRY(auto value, plain_node(event));
    if (!anchor.empty()) {
      Size size{spent_.nodes - before.nodes, spent_.text - before.text};
      KEKS_CHECK(charge(size, event.line()));
      anchors_[anchor] = Anchor{value, size};
    }
    return value;
  }

  static std::string_view anchor_of(Event& event) {
    switch (event->type) {
      case YAML_SCALAR_EVENT:
        return view(event->data.scalar.anchor);
      case YAML_SEQUENCE_START_EVENT:
        return view(event->data.sequence_start.anchor);
      default:
        return view(event->data.mapping_start.anchor);
    }
  }

  Result<json::value> alias(Event& event) {
    std::string name(view(event->data.alias.anchor));
    auto found = anchors_.find(name);
    if (found == anchors_.end()) return malformed(event.line(), format("no anchor &{} stands above", shortened(name)));
    if (!found->second) return malformed(event.line(), format("anchor &{} contains itself", shortened(name)));
    KEKS_CHECK(charge(found->second->size, event.line()));
    return found->second->value;
  }

  Result<json::value> plain_node(Event& event) {
    if (event->type == YAML_SCALAR_EVENT) return scalar(event);
    KEKS_CHECK(charge({1, 0}, event.line()));
    if (++depth_ > kMaxDepth) return malformed(event.line(), format("it nests deeper than {}", kMaxDepth));
    auto value = event->type == YAML_SEQUENCE_START_EVENT ? sequence() : mapping();
    --depth_;
    return value;
  }

  Result<json::value> scalar(Event& event) {
    auto text = value_of(event.raw());
    KEKS_CHECK(charge({1, text.size()}, event.line()));
    auto tag = view(event->data.scalar.tag);
    bool is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    auto value = tag.empty() && is_plain ? resolve_plain(text) : json::value(json::string_view(text));
    if (rules_.plain_is_text && !value.is_null()) value = json::string_view(text);
    constexpr std::string_view standard = "tag:yaml.org,2002:";
    if (tag.starts_with(standard)) {
      KEKS_TRY(value, tagged(tag.substr(standard.size()), text, event.line()));
    }
    if (auto const* number = value.if_double(); number && !std::isfinite(*number))
      return malformed(event.line(), "a number that is not finite");
    return value;
  }

  static Result<json::value> tagged(std::string_view tag, std::string_view text, std::size_t line) {
    auto value = resolve_plain(text);
    if (tag == "float" && value.is_number()) return json::value(value.to_number<double>());
    bool fits = tag == "int"     ? value.is_int64() || value.is_uint64()
                : tag == "bool"  ? value.is_bool()
                : tag == "null"  ? value.is_null()
                : tag == "float" ? false
                                 : tag != "binary";
    if (!fits) return malformed(line, format("a value that is no !!{}", shortened(tag)));
    bool is_text = tag != "int" && tag != "bool" && tag != "null";
    return is_text ? json::value(json::string_view(text)) : value;
  }

  Result<json::value> sequence() {
    json::array items;
    for (;;) {
      KEKS_TRY(auto event, next());
      if (event->type == YAML_SEQUENCE_END_EVENT) return json::value(std::move(items));
      KEKS_TRY(auto item, node(event));
      items.push_back(std::move(item));
    }
  }

  Result<json::value> mapping() {
    json::object object;
    std::vector<json::value> merged;
    for (;;) {
      KEKS_TRY(auto event, next());
      if (event->type == YAML_MAPPING_END_EVENT) break;
      KEKS_CHECK(entry(event, object, merged));
    }
    // What stands in the mapping itself wins, then what was merged first.
    for (auto& from : merged)
      for (auto& [name, value] : from.get_object()) object.emplace(name, std::move(value));
    return json::value(std::move(object));
  }

  Result<void> entry(Event& event, json::object& object, std::vector<json::value>& merged) {
    bool is_merge = is_merge_key(event);
    auto line = event.line();
    KEKS_TRY(auto key, node(event));
    KEKS_TRY(auto value_event, next());
    KEKS_TRY(auto value, node(value_event));
    if (is_merge) return collect(std::move(value), merged, line);
    auto name = key_text(key);
    if (!name) return malformed(line, "a key is a null, a list or a mapping");
    if (object.contains(*name) && !rules_.last_key_wins)
      return malformed(line, format("key \"{}\" comes twice", shortened(*name)));
    object.insert_or_assign(*name, std::move(value));
    return {};
  }

  static bool is_merge_key(Event& event) {
    return event->type == YAML_SCALAR_EVENT && value_of(event.raw()) == "<<" && event->data.scalar.plain_implicit;
  }

  /// The value of a merge key: one mapping, or a list of them.
  static Result<void> collect(json::value value, std::vector<json::value>& merged, std::size_t line) {
    if (value.is_object()) return merged.push_back(std::move(value)), Result<void>();
    bool good = value.is_array();
    if (good)
      for (auto& item : value.get_array()) {
        good = good && item.is_object();
        merged.push_back(std::move(item));
      }
    if (!good) return malformed(line, "<< merges mappings only");
    return {};
  }

  YamlRules const rules_;
  yaml_parser_t parser_;
  std::map<std::string, std::optional<Anchor>, std::less<>> anchors_;
  Size spent_;
  std::size_t depth_ = 0;
};

}  // namespace

Result<json::value> yaml_to_json(std::string_view text, YamlRules rules) { return YamlReader(text, rules).read(); }

}  // namespace keks
