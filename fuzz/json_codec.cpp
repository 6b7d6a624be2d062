// Any bytes, cut at a place that the first byte names, to the decoder: whole and cut it must say the same, and
// counting must agree with decoding on what is JSON.
#include <keks/kube/core_v1.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "kube/list_reader.hpp"

namespace {

using namespace keks::kube;

class Sink final : public detail::ItemSink {
 public:
  void* next() override {
    last = Pod{};
    return &last;
  }
  bool complete() override { return ++count, true; }
  Pod last;
  std::size_t count = 0;
};

struct Outcome {
  bool good = false;
  keks::Code code{};
  std::size_t count = 0;
  Pod last;
  friend bool operator==(Outcome const&, Outcome const&) = default;
};

Outcome list(std::string_view first, std::string_view rest) {
  Sink sink;
  ListReader reader(KindOf<Pod>::resource, KindOf<Pod>::schema(), sink);
  // Copies on the heap, so that views that outlive their piece are found.
  auto fed = reader.feed(std::string(first));
  if (fed) fed = reader.feed(std::string(rest));
  if (!fed) return {false, fed.error().code(), sink.count, sink.last};
  auto end = reader.finish();
  return {end.has_value(), end ? keks::Code{} : end.error().code(), sink.count, sink.last};
}

bool counts(std::string_view text) {
  CountReader reader(KindOf<Pod>::resource);
  return reader.feed(text) && reader.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  std::string_view text(reinterpret_cast<char const*>(data + 1), size - 1);
  auto at = text.empty() ? 0 : data[0] * text.size() / 256;
  auto whole = list(text, {});
  if (!(list(text.substr(0, at), text.substr(at)) == whole)) std::abort();
  if (counts(text) && !whole.good && whole.code == keks::Code::ReplyNotJson) std::abort();
  return 0;
}
