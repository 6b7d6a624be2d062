#pragma once

#include <keks/kube/codec.hpp>
#include <keks/kube/core_v1.hpp>

#include "kube/decoder.hpp"

namespace keks::kube {

/// `kind` and `apiVersion` of an object, where they are there, must be those of its resource.
/// *Errors:* `ReplyWrongShape`.
Result<void> check_identity(Resource const& resource, Schema const& schema, void const* object);

/// What stands around the items of a list.
struct ListEnvelope {
  std::string kind;
  ListMeta metadata;
};

/// Reads a list as its bytes arrive, item by item into a sink.
class ListReader {
 public:
  ListReader(Resource const& resource, Schema const& schema, detail::ItemSink& sink);

  /// False: the sink has enough. *Errors:* those of `decode`.
  Result<bool> feed(std::string_view piece);
  Result<ListMeta> finish();
  std::string interruption() const { return decoder_.interruption(); }

 private:
  struct Stream {
    Resource const& resource;
    Schema const& schema;
    detail::ItemSink& sink;
    void* item = nullptr;
    std::size_t count = 0;
    std::optional<Error> error{};
  };
  struct Root : ListEnvelope {
    Stream items;
  };
  static Element append(void* stream, std::string_view);
  static bool complete(void* stream);

  Root root_;
  Type item_type_, items_type_;
  std::array<Field, 3> fields_;
  Schema schema_;
  Type type_;
  Decoder decoder_;
};

/// Counts the rows of a Table or the items of a list as its bytes arrive, and looks at nothing else.
class CountReader {
 public:
  explicit CountReader(Resource const& resource);

  Result<bool> feed(std::string_view piece) { return decoder_.feed(piece); }
  struct Count {
    std::size_t count;
    std::string continue_token;
  };
  /// *Errors:* `ReplyWrongShape` also when it is neither a Table nor a list.
  Result<Count> finish();
  std::string interruption() const { return decoder_.interruption(); }

  struct Root : ListEnvelope {
    std::size_t rows = 0, items = 0;
  };

 private:
  Root root_;
  std::string what_;
  Decoder decoder_;
};

}  // namespace keks::kube
