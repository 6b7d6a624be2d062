#pragma once

#include <keks/base/result.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kube/scanner.hpp"
#include "kube/schema.hpp"

namespace keks::kube {

/// The next step after an object that no limit allows.
inline constexpr std::string_view kLeaveItOut = "Leave that object out by a selector.";
/// The next step after a reply that is not what an API server sends.
inline constexpr std::string_view kCheckTheServer =
    "Check that the endpoint is a Kubernetes API server and that no proxy changes its replies.";

/// Fills structs from the events of a scanner, led by their tables.
///
/// As client-go does: names are case-sensitive, unknown members are dropped, null is absence, integers take no
/// fraction or exponent. Of a repeated member the last one wins; repeated objects are merged member by member.
class Filler {
 public:
  Filler(Type const& type, void* target) : root_{&type, target, {}} {}

  Step on_object();
  Step on_array();
  Step on_key(std::string_view name);
  bool on_end();
  bool on_string(std::string_view text);
  bool on_number(std::string_view text);
  bool on_bool(bool value);
  bool on_null();

  /// Where the value stands that is being read, e.g. `items[3].spec.containers[0].image`.
  std::string path() const;
  std::optional<Error> const& error() const { return error_; }
  /// The item of a list at the top level that is being read, or skipped.
  std::optional<std::size_t> open_item(bool skipping) const;
  bool stopped_by_stream() const { return stopped_; }

 private:
  struct Place {
    Type const* type;
    void* value;
    std::string_view key;  ///< how its container knows it: a member's or a map's key
  };
  struct Frame {
    Place place;
    std::size_t count = 0;  ///< elements so far, of a list
  };

  Place next();
  /// The memory of the value itself, which is present from now on.
  void* open(Place const& place) { return place.type->open ? place.type->open(place.value) : place.value; }
  bool done();
  bool mismatch(Place const& place, std::string_view found);
  bool store_text(Place const& place, std::string_view text);
  bool store_bytes(Place const& place, std::string_view text);
  template <class Int>
  bool store_integer(Place const& place, std::string_view number);
  bool store_int_or_string(Place const& place, std::string_view number);

  Place root_;
  Place member_{};  ///< after a key: where its value goes
  std::vector<Frame> frames_;
  std::optional<Error> error_;
  bool stopped_ = false;
};

/// Scanner and Filler together: bytes in, structs out.
class Decoder {
 public:
  /// *Lifetime:* `target` must outlive the decoder and not move.
  Decoder(Type const& type, void* target, std::string what) : filler_(type, target), what_(std::move(what)) {}
  Decoder(Decoder const&) = delete;
  Decoder& operator=(Decoder const&) = delete;

  /// True: go on; false: a stream said that it has enough.
  /// *Errors:* `ReplyNotJson`, `ReplyWrongShape`, `ReplyTooLarge`.
  Result<bool> feed(std::string_view piece);
  /// *Errors:* also `ReplyTruncated`.
  Result<void> finish();
  /// What being cut off at this point means, for people: `the body ended inside item 3`.
  std::string interruption() const;

 private:
  Error fault() const;

  Filler filler_;
  Scanner<Filler> scanner_{filler_};
  std::string what_;  ///< for messages: `the list of pods`
  std::optional<std::size_t> item_;
  std::uint64_t item_begin_ = 0;
};

}  // namespace keks::kube
