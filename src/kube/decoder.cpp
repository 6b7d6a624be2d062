#include "kube/decoder.hpp"

#include <keks/base/encoding.hpp>

#include <charconv>

#include "base/format.hpp"

namespace keks::kube {
namespace {

// Ten times what etcd keeps of one object; a server that sends more is not the API server.
constexpr std::uint64_t kMaxItem = 16 * 1024 * 1024;

std::string_view expected(Shape shape) {
  switch (shape) {
    case Shape::String:
    case Shape::Time:
      return "a string";
    case Shape::Bytes:
      return "a base64 string";
    case Shape::Bool:
      return "true or false";
    case Shape::Int32:
      return "a 32-bit integer";
    case Shape::Int64:
      return "a 64-bit integer";
    case Shape::Quantity:
      return "a quantity";
    case Shape::IntOrString:
      return "a string or a 32-bit integer";
    case Shape::List:
      return "an array";
    case Shape::Struct:
    case Shape::Map:
    case Shape::Opaque:
      break;
  }
  return "an object";
}

std::string_view meaning(Fault fault) {
  switch (fault) {
    case Fault::Word:
      return "neither a number nor true, false or null";
    case Fault::Control:
      return "a control character in a string";
    case Fault::Escape:
      return "an invalid escape in a string";
    case Fault::Utf8:
      return "a string that is not UTF-8";
    case Fault::TooDeep:
      return "more than 1,000 levels of nesting";
    default:
      return "a character that cannot stand there";
  }
}

bool is_plain_name(std::string_view key) {
  for (char c : key)
    if (!(is_word_letter(c) || c == '_') || c == '.' || c == '+') return false;
  return !key.empty();
}

std::string step(std::string_view key) {
  if (is_plain_name(key)) return format(".{}", key);
  return format("[\"{}\"]", escape_controls(key, 100));
}

}  // namespace

Filler::Place Filler::next() {
  if (frames_.empty()) return root_;
  auto& frame = frames_.back();
  if (frame.place.type->shape != Shape::List) return member_;
  auto element = frame.place.type->append(frame.place.value, {});
  ++frame.count;
  return {frame.place.type->item, element.value, {}};
}

bool Filler::done() {
  if (frames_.empty()) return true;
  auto const& list = frames_.back().place;
  if (!list.type->complete || list.type->complete(list.value)) return true;
  stopped_ = true;
  return false;
}

bool Filler::mismatch(Place const& place, std::string_view found) {
  auto where = path();
  auto shown = found.size() > 40 ? format("{}...", found.substr(0, 40)) : std::string(found);
  error_ = Error(Code::ReplyWrongShape, format("{}: expected {}, found {}", where.empty() ? "top level" : where,
                                               expected(place.type->shape), shown));
  return false;
}

Step Filler::on_object() {
  auto place = next();
  auto shape = place.type->shape;
  if (shape == Shape::Opaque) return done() ? Step::Skip : Step::Stop;
  if (shape != Shape::Struct && shape != Shape::Map) return mismatch(place, "an object"), Step::Stop;
  if (shape == Shape::Map) place.type->clear(place.value);
  place.value = open(place);
  frames_.push_back({place});
  return Step::Go;
}

Step Filler::on_array() {
  auto place = next();
  if (place.type->shape != Shape::List) return mismatch(place, "an array"), Step::Stop;
  place.type->clear(place.value);
  frames_.push_back({place});
  return Step::Go;
}

Step Filler::on_key(std::string_view name) {
  auto const& place = frames_.back().place;
  if (place.type->shape == Shape::Map) {
    auto element = place.type->append(place.value, name);
    member_ = {place.type->item, element.value, element.key};
    return Step::Go;
  }
  auto const* field = place.type->schema->find(name);
  if (!field) return Step::Skip;
  member_ = {field->type, static_cast<char*>(place.value) + field->offset, field->json};
  return Step::Go;
}

bool Filler::on_end() {
  member_ = frames_.back().place;
  frames_.pop_back();
  return done();
}

bool Filler::on_string(std::string_view text) {
  auto place = next();
  return store_text(place, text) && done();
}

bool Filler::store_text(Place const& place, std::string_view text) {
  switch (place.type->shape) {
    case Shape::String:
      static_cast<std::string*>(open(place))->assign(text);
      return true;
    case Shape::Time:
      static_cast<Time*>(open(place))->text.assign(text);
      return true;
    case Shape::Quantity:
      static_cast<Quantity*>(open(place))->text.assign(text);
      return true;
    case Shape::IntOrString:
      static_cast<IntOrString*>(open(place))->value.emplace<std::string>(text);
      return true;
    case Shape::Bytes:
      return store_bytes(place, text);
    default:
      return mismatch(place, "a string");
  }
}

bool Filler::store_bytes(Place const& place, std::string_view text) {
  auto bytes = base64_decode(text);
  if (!bytes || text.find_first_of(" \t") != text.npos) return mismatch(place, "another string");
  static_cast<Bytes*>(open(place))->data = std::move(*bytes);
  return true;
}

bool Filler::on_number(std::string_view text) {
  auto place = next();
  bool stored = false;
  switch (place.type->shape) {
    case Shape::Int32:
      stored = store_integer<std::int32_t>(place, text);
      break;
    case Shape::Int64:
      stored = store_integer<std::int64_t>(place, text);
      break;
    case Shape::IntOrString:
      stored = store_int_or_string(place, text);
      break;
    case Shape::Quantity:
      static_cast<Quantity*>(open(place))->text.assign(text);
      stored = true;
      break;
    default:
      mismatch(place, format("the number {}", text.substr(0, 30)));
  }
  return stored && done();
}

template <class Int>
bool Filler::store_integer(Place const& place, std::string_view number) {
  Int value{};
  auto [rest, problem] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (problem != std::errc{} || rest != number.data() + number.size())
    return mismatch(place, format("the number {}", number.substr(0, 30)));
  *static_cast<Int*>(open(place)) = value;
  return true;
}

bool Filler::store_int_or_string(Place const& place, std::string_view number) {
  std::int32_t value{};
  Place as_number{&Describe<std::int32_t>::type, &value, place.key};
  if (!store_integer<std::int32_t>(as_number, number)) return false;
  static_cast<IntOrString*>(open(place))->value = value;
  return true;
}

bool Filler::on_bool(bool value) {
  auto place = next();
  if (place.type->shape != Shape::Bool) return mismatch(place, value ? "true" : "false");
  *static_cast<bool*>(open(place)) = value;
  return done();
}

bool Filler::on_null() {
  if (frames_.empty()) return mismatch(root_, "null");
  auto place = next();
  if (place.type->shape == Shape::Opaque) return mismatch(place, "null");
  place.type->clear(place.value);
  return done();
}

std::string Filler::path() const {
  std::string text;
  for (std::size_t i = 0; i < frames_.size(); ++i) {
    auto const& frame = frames_[i];
    bool last = i + 1 == frames_.size();
    if (frame.place.type->shape == Shape::List) {
      if (frame.count > 0) text += format("[{}]", frame.count - 1);
    } else {
      text += step(last ? member_.key : frames_[i + 1].place.key);
    }
  }
  return text.starts_with('.') ? text.substr(1) : text;
}

std::optional<std::size_t> Filler::open_item(bool skipping) const {
  bool inside = frames_.size() > 2 || (frames_.size() == 2 && skipping);
  if (!inside || frames_[1].place.type->shape != Shape::List) return std::nullopt;
  return frames_[1].count - 1;
}

Result<bool> Decoder::feed(std::string_view piece) {
  if (!scanner_.feed(piece)) {
    if (filler_.stopped_by_stream()) return false;
    return fail(fault());
  }
  auto item = filler_.open_item(scanner_.skipping());
  if (!item || item != item_) item_begin_ = scanner_.position();
  item_ = item;
  if (scanner_.position() - item_begin_ > kMaxItem)
    return fail(Code::ReplyTooLarge,
                format("{}: item {} is larger than 16 MiB. {}", what_, item_.value_or(0), kLeaveItOut));
  return true;
}

Result<void> Decoder::finish() {
  if (scanner_.finish()) return {};
  if (scanner_.fault() != Fault::None) return fail(fault());
  if (scanner_.position() == 0)
    return fail(Code::ReplyNotJson, format("{}: not JSON: the body is empty. {}", what_, kCheckTheServer));
  return fail(Code::ReplyTruncated, format("{}: {}. Try again.", what_, interruption()));
}

std::string Decoder::interruption() const {
  auto item = filler_.open_item(scanner_.skipping());
  auto where = item ? format("inside item {}", *item) : format("at {}", filler_.path());
  return format("the body ended {}, after {} bytes", where, scanner_.position());
}

Error Decoder::fault() const {
  if (scanner_.fault() == Fault::Stopped && filler_.error())
    return filler_.error()->with_message(format("{}: {}. {}", what_, filler_.error()->message(), kCheckTheServer));
  if (scanner_.fault() == Fault::TooLong)
    return Error(Code::ReplyTooLarge, format("{}: a string or number is longer than 16 MiB. {}", what_, kLeaveItOut));
  return Error(Code::ReplyNotJson, format("{}: not JSON: {} at byte {}. {}", what_, meaning(scanner_.fault()),
                                          scanner_.position(), kCheckTheServer));
}

}  // namespace keks::kube
