#include <gtest/gtest.h>
#include <malloc.h>
#include <keks/kube/core_v1.hpp>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>

#include "kube/list_reader.hpp"

namespace {

// Bytes that this program holds, and the most it held since `peak` was set.
std::atomic<std::size_t> held{0}, peak{0};

void* take(std::size_t size) {
  void* memory = std::malloc(size);
  if (!memory) throw std::bad_alloc();
  auto now = held += malloc_usable_size(memory);
  if (now > peak) peak = now;
  return memory;
}

void give(void* memory) noexcept {
  if (memory) held -= malloc_usable_size(memory);
  std::free(memory);
}

}  // namespace

void* operator new(std::size_t size) { return take(size); }
void operator delete(void* memory) noexcept { give(memory); }
void operator delete(void* memory, std::size_t) noexcept { give(memory); }

namespace keks::kube {
namespace {

class Last final : public detail::ItemSink {
 public:
  void* next() override {
    pod_ = Pod{};
    return &pod_;
  }
  bool complete() override { return ++count, true; }
  std::size_t count = 0;

 private:
  Pod pod_;
};

/// A pod of about 8 kB.
std::string pod() {
  std::string env, text;
  for (int i = 0; i < 100; ++i)
    env += (i ? "," : "") + std::string(R"({"name":"SETTING_NUMBER_)") + std::to_string(i) +
           R"(","value":"a value of the setting, long enough for the heap"})";
  return R"({"metadata":{"name":"shop-frontend","labels":{"app":"shop"}},"spec":{"containers":[{"name":"c","env":[)" +
         env + "]}]}}";
}

/// The most memory that reading a list of `items` pods took, in pieces of 16 KB as they come from a connection.
template <class Reader>
std::size_t most_while(Reader& reader, std::size_t items) {
  auto const item = pod();
  std::string piece;
  auto const before = held.load();
  peak = before;
  auto feed = [&](std::string_view text) {
    piece.assign(text);
    for (std::size_t i = 0; i < piece.size(); i += 16'384)
      EXPECT_TRUE(reader.feed(std::string_view(piece).substr(i, 16'384)));
  };
  feed(R"({"kind":"PodList","items":[)");
  for (std::size_t i = 0; i < items; ++i) feed((i ? "," : "") + item);
  feed("]}");
  EXPECT_TRUE(reader.finish());
  return peak - before;
}

std::size_t typed(std::size_t items) {
  Last sink;
  ListReader reader(KindOf<Pod>::resource, KindOf<Pod>::schema(), sink);
  auto most = most_while(reader, items);
  EXPECT_EQ(sink.count, items);
  return most;
}

std::size_t counted(std::size_t items) {
  CountReader reader(KindOf<Pod>::resource);
  return most_while(reader, items);
}

TEST(Memory, of_a_typed_list_does_not_grow_with_the_list) {
  auto few = typed(10);
  EXPECT_LE(typed(10'000), few + 1'024);
  EXPECT_LT(few, 100'000U);
}

TEST(Memory, of_a_count_does_not_grow_with_the_list) {
  auto few = counted(10);
  EXPECT_LE(counted(10'000), few + 1'024);
  EXPECT_LT(few, 40'000U);
}

}  // namespace
}  // namespace keks::kube
