#include "sandbox/pod_store.hpp"

#include <algorithm>
#include <array>

#include "base/format.hpp"

namespace keks::sandbox {
namespace {

constexpr std::size_t kVersionsKept = 8;
constexpr std::array<std::string_view, 4> kNamespaces{"default", "kube-system", "shop", "web"};
constexpr std::array<std::string_view, 5> kApps{"api", "cart", "mail", "search", "worker"};

/// Five characters as the API server makes them up, another five for every number below 27^5.
std::string suffix(std::uint64_t number) {
  constexpr std::string_view alphabet = "bcdfghjklmnpqrstvwxz2456789";
  constexpr std::uint64_t count = 27ull * 27 * 27 * 27 * 27;
  // Multiplying by a number that shares no factor with `count` shuffles without collision.
  std::uint64_t shuffled = number * 7'368'787 % count;
  std::string text;
  for (int i = 0; i < 5; ++i, shuffled /= 27) text += alphabet[shuffled % 27];
  return text;
}

PodKey generated_key(std::uint64_t number) {
  auto app = kApps[number / kNamespaces.size() % kApps.size()];
  return {std::string(kNamespaces[number % kNamespaces.size()]), format("{}-5d8f9c7b6d-{}", app, suffix(number))};
}

}  // namespace

PodStore::PodStore(std::size_t generated) : next_number_(generated) {
  auto first = std::make_shared<PodSnapshot>();
  first->version = 1'000 + generated;
  for (std::uint64_t number = 0; number < generated; ++number) first->pods.emplace(generated_key(number), number);
  history_.push_back(std::move(first));
}

std::shared_ptr<PodSnapshot const> PodStore::current() const {
  std::lock_guard lock(mutex_);
  return history_.back();
}

std::shared_ptr<PodSnapshot const> PodStore::at(std::uint64_t version) const {
  std::lock_guard lock(mutex_);
  auto found = std::ranges::find(history_, version, [](auto const& snapshot) { return snapshot->version; });
  return found == history_.end() ? nullptr : *found;
}

std::shared_ptr<PodSnapshot> PodStore::next() const {
  auto snapshot = std::make_shared<PodSnapshot>(*history_.back());
  ++snapshot->version;
  return snapshot;
}

void PodStore::keep(std::shared_ptr<PodSnapshot const> snapshot) {
  history_.push_back(std::move(snapshot));
  if (history_.size() > kVersionsKept) history_.pop_front();
}

void PodStore::add(PodKey key) {
  std::lock_guard lock(mutex_);
  auto snapshot = next();
  snapshot->pods.emplace(std::move(key), next_number_++);
  keep(std::move(snapshot));
}

void PodStore::remove(PodKey const& key) {
  std::lock_guard lock(mutex_);
  auto snapshot = next();
  snapshot->pods.erase(key);
  keep(std::move(snapshot));
}

}  // namespace keks::sandbox
