#include <gtest/gtest.h>
#include <keks/kube/core_v1.hpp>

#include <string>
#include <vector>

#include "kube/list_reader.hpp"
#include "unit/kube/support.hpp"

namespace keks::kube {
namespace {

class Names final : public detail::ItemSink {
 public:
  explicit Names(std::size_t enough = 1'000'000) : enough_(enough) {}
  void* next() override {
    pod_ = Pod{};
    return &pod_;
  }
  bool complete() override {
    names.push_back(pod_.metadata.name);
    return names.size() < enough_;
  }
  std::vector<std::string> names;

 private:
  Pod pod_;
  std::size_t enough_;
};

struct Listed {
  std::vector<std::string> names;
  Result<ListMeta> end;
};

Listed read(std::vector<std::string_view> const& pieces) {
  Names sink;
  ListReader reader(KindOf<Pod>::resource, KindOf<Pod>::schema(), sink);
  for (auto piece : pieces)
    if (auto fed = reader.feed(piece); !fed) return {sink.names, fail(fed.error())};
  return {sink.names, reader.finish()};
}

Result<CountReader::Count> count(std::vector<std::string_view> const& pieces) {
  CountReader reader(KindOf<Pod>::resource);
  for (auto piece : pieces)
    if (auto fed = reader.feed(piece); !fed) return fail(fed.error());
  return reader.finish();
}

std::string const kList = R"({"kind":"PodList","apiVersion":"v1","metadata":{"resourceVersion":"7","continue":"k1",
 "remainingItemCount":4},"items":[{"metadata":{"name":"a"}},null,{"kind":"Pod","metadata":{"name":"b\u00e9"},"x":[{}]}]})";
std::string const kTable = R"({"kind":"Table","apiVersion":"meta.k8s.io/v1","metadata":{"continue":"k2"},
 "columnDefinitions":[{"name":"Name"}],"rows":[{"cells":["a",1,"x}]"],"object":null},{"cells":[]},{}]})";

TEST(ListReader, hands_out_items_as_they_come_and_gives_the_metadata_at_the_end) {
  auto listed = read({kList});
  ASSERT_TRUE(listed.end) << listed.end.error().message();
  EXPECT_EQ(listed.names, (std::vector<std::string>{"a", "", "b\xC3\xA9"}));
  EXPECT_EQ(listed.end->continue_, "k1");
  EXPECT_EQ(listed.end->resource_version, "7");
  EXPECT_EQ(listed.end->remaining_item_count, 4);
}

TEST(ListReader, reads_the_same_wherever_the_bytes_are_cut) {
  auto const whole = read({kList});
  for (std::size_t i = 0; i <= kList.size(); ++i) {
    auto listed = read({std::string_view(kList).substr(0, i), std::string_view(kList).substr(i)});
    ASSERT_TRUE(listed.end) << i;
    ASSERT_EQ(listed.names, whole.names) << i;
    ASSERT_EQ(listed.end->continue_, "k1") << i;
  }
}

TEST(ListReader, takes_metadata_and_kind_after_the_items) {
  auto listed = read({R"({"items":[{"metadata":{"name":"a"}}],"metadata":{"continue":"k"},"kind":"PodList"})"});
  ASSERT_TRUE(listed.end);
  EXPECT_EQ(listed.end->continue_, "k");
}

TEST(ListReader, takes_a_list_without_items) {
  for (auto text :
       {R"({"kind":"PodList"})", R"({"kind":"PodList","items":null})", R"({"kind":"PodList","items":[]})"}) {
    auto listed = read({text});
    EXPECT_TRUE(listed.end) << text;
    EXPECT_TRUE(listed.names.empty());
  }
}

TEST(ListReader, stops_when_the_sink_has_enough) {
  Names sink(1);
  ListReader reader(KindOf<Pod>::resource, KindOf<Pod>::schema(), sink);
  EXPECT_EQ(reader.feed(kList).value(), false);
  EXPECT_EQ(sink.names.size(), 1U);
}

TEST(ListReader, is_cut_inside_the_item_that_it_names) {
  auto third = kList.find("\"kind\":\"Pod\"");
  auto listed = read({std::string_view(kList).substr(0, third)});
  ASSERT_FALSE(listed.end);
  EXPECT_EQ(listed.end.error().code(), Code::ReplyTruncated);
  EXPECT_NE(listed.end.error().message().find("inside item 2"), std::string::npos) << listed.end.error().message();
  EXPECT_EQ(listed.names.size(), 2U);
}

TEST(ListReader, is_truncated_wherever_it_ends_early) {
  for (std::size_t i = 1; i < kList.size(); ++i)
    ASSERT_EQ(read({std::string_view(kList).substr(0, i)}).end.error().code(), Code::ReplyTruncated) << i;
}

TEST(ListReader, names_the_item_of_the_wrong_shape_or_kind) {
  auto shape = read({R"({"items":[{},{"spec":{"containers":[{"image":[]}]}}]})"});
  EXPECT_EQ(shape.end.error().message(),
            "the list of pods: items[1].spec.containers[0].image: expected a string, found an array" + test::kNextStep);
  auto kind = read({R"({"items":[{},{"kind":"Node"}]})"});
  EXPECT_EQ(kind.end.error().message(),
            R"(the list of pods: items[1].kind: expected "Pod", found "Node")" + test::kNextStep);
  EXPECT_EQ(kind.end.error().code(), Code::ReplyWrongShape);
  EXPECT_EQ(read({R"({"items":[5]})"}).end.error().code(), Code::ReplyWrongShape);
}

TEST(ListReader, refuses_a_list_of_another_kind) {
  EXPECT_EQ(read({R"({"kind":"NodeList","items":[]})"}).end.error().code(), Code::ReplyWrongShape);
  EXPECT_EQ(read({R"({"kind":"Pod"})"}).end.error().code(), Code::ReplyWrongShape);
}

TEST(ListReader, limits_the_size_of_one_item) {
  Names sink;
  ListReader reader(KindOf<Pod>::resource, KindOf<Pod>::schema(), sink);
  ASSERT_TRUE(reader.feed(R"({"items":[{"metadata":{"finalizers":["a")"));
  std::string const more = [] {
    std::string text;
    while (text.size() < 1'000'000) text += ",\"finalizer\"";
    return text;
  }();
  Result<bool> fed = true;
  for (int i = 0; i < 20 && fed; ++i) fed = reader.feed(more);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code(), Code::ReplyTooLarge);
}

TEST(CountReader, counts_rows_of_a_table_and_items_of_a_list) {
  EXPECT_EQ(count({kTable})->count, 3U);
  EXPECT_EQ(count({kTable})->continue_token, "k2");
  EXPECT_EQ(count({R"({"kind":"PodList","items":[{},{"rows":[1,2,3]}],"rows":[{},{},{}]})"})->count, 2U);
  EXPECT_EQ(count({R"({"kind":"Table","rows":[],"items":[{},{}]})"})->count, 0U);
}

TEST(CountReader, counts_the_same_wherever_the_bytes_are_cut) {
  for (std::size_t i = 0; i <= kTable.size(); ++i)
    ASSERT_EQ(count({std::string_view(kTable).substr(0, i), std::string_view(kTable).substr(i)})->count, 3U) << i;
}

TEST(CountReader, is_truncated_wherever_it_ends_early_and_names_the_row) {
  for (std::size_t i = 1; i < kTable.size(); ++i)
    ASSERT_EQ(count({std::string_view(kTable).substr(0, i)}).error().code(), Code::ReplyTruncated) << i;
  auto cut = count({R"({"kind":"Table","rows":[{},{},{"cells":["a)"});
  EXPECT_NE(cut.error().message().find("inside item 2"), std::string::npos) << cut.error().message();
}

TEST(CountReader, counts_objects_of_tables_and_lists_only) {
  EXPECT_EQ(count({R"({"kind":"Table","rows":[{},5]})"}).error().message(),
            "the list of pods: rows[1]: expected an object, found the number 5" + test::kNextStep);
  EXPECT_EQ(count({R"({"kind":"PodList","items":[null]})"}).error().code(), Code::ReplyWrongShape);
  EXPECT_EQ(count({R"({"kind":"Pod"})"}).error().code(), Code::ReplyWrongShape);
  EXPECT_EQ(count({R"({"items":[{}]})"}).error().code(), Code::ReplyWrongShape);
  EXPECT_EQ(count({"[]"}).error().code(), Code::ReplyWrongShape);
  EXPECT_EQ(count({R"({"kind":"Table","rows":[{"cells":[tru]}]})"}).error().code(), Code::ReplyNotJson);
}

}  // namespace
}  // namespace keks::kube
