#include "kube/list_reader.hpp"

#include "base/format.hpp"
#include "base/try.hpp"

#pragma GCC diagnostic ignored "-Winvalid-offsetof"

namespace keks::kube {

template <>
Schema const SchemaOf<ListMeta>::schema;

namespace {

std::string api_version(Resource const& resource) {
  return resource.group.empty() ? std::string(resource.version) : format("{}/{}", resource.group, resource.version);
}

std::string list_name(Resource const& resource) { return format("the list of {}", resource.plural); }

std::string_view text_of(Schema const& schema, void const* object, std::string_view member) {
  auto const* field = schema.find(member);
  if (!field || field->type->shape != Shape::String) return {};
  return *static_cast<std::string const*>(static_cast<void const*>(static_cast<char const*>(object) + field->offset));
}

Result<void> expect_text(std::string_view member, std::string_view found, std::string_view expected) {
  if (found.empty() || found == expected) return {};
  return fail(Code::ReplyWrongShape,
              format("{}: expected \"{}\", found \"{}\". {}", member, expected, found.substr(0, 100), kCheckTheServer));
}

struct Counted {
  static void clear(void* count) { *static_cast<std::size_t*>(count) = 0; }
  static Element append(void* count, std::string_view) {
    ++*static_cast<std::size_t*>(count);
    return {nullptr, {}};
  }
  static constexpr Type item{.shape = Shape::Opaque};
  static constexpr Type type{.shape = Shape::List, .item = &item, .clear = clear, .append = append};
};

constexpr Field kCountFields[] = {
    KEKS_FIELD(CountReader::Root, kind, "kind"),
    {"rows", &Counted::type, offsetof(CountReader::Root, rows)},
    {"items", &Counted::type, offsetof(CountReader::Root, items)},
    KEKS_FIELD(CountReader::Root, metadata, "metadata"),
};
constexpr Schema kCountSchema("Table", kCountFields);
constexpr Type kCountType{.shape = Shape::Struct, .schema = &kCountSchema};

}  // namespace

Result<void> check_identity(Resource const& resource, Schema const& schema, void const* object) {
  KEKS_CHECK(expect_text("kind", text_of(schema, object, "kind"), resource.kind));
  return expect_text("apiVersion", text_of(schema, object, "apiVersion"), api_version(resource));
}

Result<void> detail::decode_object(Resource const& resource, Schema const& schema, void* object,
                                   std::string_view json) {
  Type const type{.shape = Shape::Struct, .schema = &schema};
  Decoder decoder(type, object, std::string(resource.kind));
  KEKS_CHECK(decoder.feed(json));
  KEKS_CHECK(decoder.finish());
  return check_identity(resource, schema, object);
}

ListReader::ListReader(Resource const& resource, Schema const& schema, detail::ItemSink& sink)
    : root_{{}, {resource, schema, sink}},
      item_type_{.shape = Shape::Struct, .schema = &schema, .clear = [](void*) {}},
      items_type_{
          .shape = Shape::List, .item = &item_type_, .clear = [](void*) {}, .append = append, .complete = complete},
      fields_{KEKS_FIELD(Root, kind, "kind"), Field{"items", &items_type_, offsetof(Root, items)},
              KEKS_FIELD(Root, metadata, "metadata")},
      schema_("List", fields_),
      type_{.shape = Shape::Struct, .schema = &schema_},
      decoder_(type_, &root_, list_name(resource)) {}

Element ListReader::append(void* stream, std::string_view) {
  auto& to = *static_cast<Stream*>(stream);
  to.item = to.sink.next();
  return {to.item, {}};
}

bool ListReader::complete(void* stream) {
  auto& from = *static_cast<Stream*>(stream);
  if (auto same = check_identity(from.resource, from.schema, from.item); !same) {
    from.error = same.error().with_message(
        format("{}: items[{}].{}", list_name(from.resource), from.count, same.error().message()));
    return false;
  }
  ++from.count;
  return from.sink.complete();
}

Result<bool> ListReader::feed(std::string_view piece) {
  KEKS_TRY(bool more, decoder_.feed(piece));
  if (root_.items.error) return fail(*root_.items.error);
  return more;
}

Result<ListMeta> ListReader::finish() {
  KEKS_CHECK(decoder_.finish());
  KEKS_CHECK(expect_text("kind", root_.kind, format("{}List", root_.items.resource.kind)));
  return std::move(root_.metadata);
}

CountReader::CountReader(Resource const& resource) : what_(list_name(resource)), decoder_(kCountType, &root_, what_) {}

Result<CountReader::Count> CountReader::finish() {
  KEKS_CHECK(decoder_.finish());
  bool table = root_.kind == "Table";
  if (!table && !std::string_view(root_.kind).ends_with("List"))
    return fail(Code::ReplyWrongShape, format("{}: expected kind Table or a list, found \"{}\". {}", what_,
                                              root_.kind.substr(0, 100), kCheckTheServer));
  return Count{table ? root_.rows : root_.items, std::move(root_.metadata.continue_)};
}

}  // namespace keks::kube
