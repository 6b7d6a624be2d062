#pragma once

#include <keks/kube/resource.hpp>
#include <keks/kube/values.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

// What the decoder knows of a struct: tables of constants, made by schema/generate.py.

namespace keks::kube {

enum class Shape : std::uint8_t {
  String,
  Bool,
  Int32,
  Int64,
  Time,
  Quantity,
  IntOrString,
  Bytes,
  Struct,
  List,
  Map,
  Opaque,  ///< any object; its contents are checked to be JSON and dropped
};

/// A new element of a list or map. The key of a map's element lives as long as the element.
struct Element {
  void* value;
  std::string_view key;
};

/// What can be done with the memory behind a member.
struct Type {
  Shape shape;
  Schema const* schema = nullptr;  ///< of a Struct
  Type const* item = nullptr;      ///< of a List or Map
  /// Absence ends: the place where the value itself goes. Null: the member is always there.
  void* (*open)(void* member) = nullptr;
  void (*clear)(void* member) = nullptr;
  Element (*append)(void* container, std::string_view key) = nullptr;
  /// A list that is a stream is told when an element is complete; false stops the decoder. Null: it keeps them.
  bool (*complete)(void* list) = nullptr;
};

struct Field {
  std::string_view json;
  Type const* type;
  std::size_t offset;
};

struct Schema {
  static constexpr std::size_t max_name = 63;

  constexpr Schema(std::string_view type_name, std::span<Field const> sorted) : name(type_name), fields(sorted) {
    std::size_t at = 0;
    for (std::size_t length = 0; length < first.size(); ++length) {
      while (at < sorted.size() && sorted[at].json.size() < length) ++at;
      first[length] = static_cast<std::uint8_t>(at);
    }
  }

  Field const* find(std::string_view key) const {
    if (key.size() > max_name) return nullptr;
    for (std::size_t i = first[key.size()]; i < first[key.size() + 1]; ++i)
      if (fields[i].json == key) return &fields[i];
    return nullptr;
  }

  std::string_view name;
  std::span<Field const> fields;  ///< by length of name, at most 255
  std::array<std::uint8_t, max_name + 2> first{};
};

template <class T>
struct SchemaOf {
  static Schema const schema;
};

/// The Type of a C++ type.
template <class T>
struct Describe {
  static void clear(void* member) { *static_cast<T*>(member) = T{}; }
  static constexpr Type type{.shape = Shape::Struct, .schema = &SchemaOf<T>::schema, .clear = clear};
};

template <class T, Shape S>
struct DescribeScalar {
  static void clear(void* member) { *static_cast<T*>(member) = T{}; }
  static constexpr Type type{.shape = S, .clear = clear};
};
template <>
struct Describe<std::string> : DescribeScalar<std::string, Shape::String> {};
template <>
struct Describe<bool> : DescribeScalar<bool, Shape::Bool> {};
template <>
struct Describe<std::int32_t> : DescribeScalar<std::int32_t, Shape::Int32> {};
template <>
struct Describe<std::int64_t> : DescribeScalar<std::int64_t, Shape::Int64> {};
template <>
struct Describe<Time> : DescribeScalar<Time, Shape::Time> {};
template <>
struct Describe<Quantity> : DescribeScalar<Quantity, Shape::Quantity> {};
template <>
struct Describe<IntOrString> : DescribeScalar<IntOrString, Shape::IntOrString> {};
template <>
struct Describe<Bytes> : DescribeScalar<Bytes, Shape::Bytes> {};

/// `std::optional` and `Box`: the type within, and a way to be absent.
template <class Maybe, class T>
struct DescribeMaybe {
  static void* open(void* member) {
    auto& maybe = *static_cast<Maybe*>(member);
    return maybe ? &*maybe : &maybe.emplace();
  }
  static void clear(void* member) { static_cast<Maybe*>(member)->reset(); }
  static constexpr Type type{
      .shape = Describe<T>::type.shape, .schema = Describe<T>::type.schema, .open = open, .clear = clear};
};
template <class T>
struct Describe<std::optional<T>> : DescribeMaybe<std::optional<T>, T> {};
template <class T>
struct Describe<Box<T>> : DescribeMaybe<Box<T>, T> {};

template <class T>
struct Describe<std::vector<T>> {
  static void clear(void* member) { static_cast<std::vector<T>*>(member)->clear(); }
  static Element append(void* member, std::string_view) {
    return {&static_cast<std::vector<T>*>(member)->emplace_back(), {}};
  }
  static constexpr Type type{.shape = Shape::List, .item = &Describe<T>::type, .clear = clear, .append = append};
};

template <class T>
struct Describe<std::map<std::string, T, std::less<>>> {
  using Map = std::map<std::string, T, std::less<>>;
  static void clear(void* member) { static_cast<Map*>(member)->clear(); }
  static Element append(void* member, std::string_view key) {
    auto& map = *static_cast<Map*>(member);
    // The API server writes maps in order of their keys, so the end is nearly always the right place.
    auto node = map.empty() || map.rbegin()->first < key ? map.emplace_hint(map.end(), key, T{})
                                                         : map.try_emplace(std::string(key)).first;
    return {&node->second, node->first};
  }
  static constexpr Type type{.shape = Shape::Map, .item = &Describe<T>::type, .clear = clear, .append = append};
};

// The structs are no standard-layout types by the letter; GCC and clang define offsetof for all without virtual bases.
#define KEKS_FIELD(T, member, json) \
  Field { json, &Describe<decltype(T::member)>::type, offsetof(T, member) }

}  // namespace keks::kube
