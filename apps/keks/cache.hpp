#pragma once

#include <keks/aws/session.hpp>

#include <atomic>
#include <functional>

#include "apps/keks/cache_entry.hpp"

namespace keks::cli {

/// Entries on disk, one file each, shared by all processes of a user. Whatever is wrong with the disk is said once, as
/// a warning, and never stops a login.
class Cache {
 public:
  struct Made {
    CacheEntry entry;
    bool keep = true;
  };
  using Make = std::function<Result<Made>(Deadline const&)>;

  /// `folder` is made, with 0700, when something is written. *Lifetime:* `clock` must outlive the cache.
  Cache(std::string folder, Log log, Clock const& clock = system_clock())
      : folder_(std::move(folder)), log_(std::move(log)), clock_(clock) {}

  /// The entry, if it is there and ends later than `fresh` from now.
  std::optional<CacheEntry> find(std::string const& key, std::chrono::seconds fresh);
  /// That entry, else what `make` gives, which is kept unless it says not to or has no end. Of several processes one
  /// makes it; the others wait for it, for two thirds of their time, a minute at most. *Errors:* those of `make`;
  /// `Cancelled`.
  Result<CacheEntry> get_or_make(std::string const& key, std::chrono::seconds fresh, Make const& make,
                                 Deadline const& deadline);
  void forget(std::string const& key);

 private:
  Result<CacheEntry> make_under_lock(std::string const& key, std::chrono::seconds fresh, Make const& make,
                                     Deadline const& deadline);
  std::string path_of(std::string const& key) const { return folder_ + "/" + key + ".json"; }
  Result<std::string> read(std::string const& path);
  void set_aside(std::string const& path, Error const& why);
  void write(std::string const& key, CacheEntry const& entry);
  void sweep() const;
  /// Says why, once, and goes on without the disk.
  void give_up(std::string_view why);

  std::string folder_;
  Log log_;
  Clock const& clock_;
  std::atomic<bool> given_up_ = false;
};

/// How long before its end something kept is still handed out.
inline constexpr std::chrono::minutes kFreshCredentials{5}, kFreshToken{1};

/// `source`, kept on disk under `key`. `else_from`, if there is one, is asked before the source is.
std::shared_ptr<aws::CredentialsProvider> kept_on_disk(std::shared_ptr<Cache> cache, std::string key,
                                                       std::shared_ptr<aws::CredentialsProvider> source,
                                                       std::function<std::optional<aws::Credentials>()> else_from = {});

}  // namespace keks::cli
