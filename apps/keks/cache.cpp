#include "apps/keks/cache.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "base/file.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::cli {
namespace {

constexpr std::size_t kMaxFile = 256 * 1024;
constexpr std::chrono::seconds kLongestWait{60};
constexpr std::chrono::hours kOldest{48};  // no credentials live that long
constexpr std::chrono::minutes kLongestToken{15};
constexpr std::size_t kMostSwept = 10'000;

/// Whether the folder is ours alone; an absent one is.
Result<void> check_folder(std::string const& path) {
  struct stat status{};
  if (lstat(path.c_str(), &status) != 0) return {};
  if (!S_ISDIR(status.st_mode)) return fail(Code::Io, format("{} is no folder of its own. Remove it.", path));
  if (status.st_uid != geteuid()) return fail(Code::Io, format("{} belongs to another user. Name another.", path));
  if ((status.st_mode & 077) != 0) return fail(Code::Io, format("Others may read or write {}: chmod 700 it.", path));
  return {};
}

/// A name that this cache gives to its files.
bool is_ours(std::string_view name) {
  if (name.starts_with(".keks-")) return true;  // left behind by a process that was killed while writing
  constexpr std::size_t digits = 64;
  auto ending = name.substr(std::min(digits, name.size()));
  return name.find_first_not_of("0123456789abcdef") == digits &&
         (ending == ".json" || ending == ".lock" || ending == ".corrupt");
}

/// A token that ends later than tokens live was signed by a clock that has been set back since, and no cluster takes
/// it. Credentials end when AWS says so, whatever the clock here said.
bool is_current(CacheEntry const& entry, WallTime now, std::chrono::seconds fresh) {
  auto end = expiration_of(entry);
  bool is_of_the_future = std::holds_alternative<iam::Token>(entry) && end > now + kLongestToken;
  return end && *end > now + fresh && !is_of_the_future;
}

class Kept final : public aws::CredentialsProvider {
 public:
  Kept(std::shared_ptr<Cache> cache, std::string key, std::shared_ptr<aws::CredentialsProvider> source,
       std::function<std::optional<aws::Credentials>()> else_from)
      : cache_(std::move(cache)), key_(std::move(key)), source_(std::move(source)), else_from_(std::move(else_from)) {}

  Result<aws::Credentials> get(Deadline const& deadline) override {
    if (auto found = cache_->find(key_, kFreshCredentials)) return credentials_in(*std::move(found));
    if (else_from_ && !invalidated_)
      if (auto found = else_from_()) return *std::move(found);
    auto make = [this](Deadline const& until) -> Result<Cache::Made> {
      KEKS_TRY(auto made, source_->get(until));
      return Cache::Made{std::move(made)};
    };
    KEKS_TRY(auto entry, cache_->get_or_make(key_, kFreshCredentials, make, deadline));
    return credentials_in(std::move(entry));
  }
  void invalidate() override {
    cache_->forget(key_);
    invalidated_ = true;
    source_->invalidate();
  }

 private:
  static Result<aws::Credentials> credentials_in(CacheEntry entry) {
    if (auto* credentials = std::get_if<aws::Credentials>(&entry)) return std::move(*credentials);
    return fail(Code::ConfigMalformed, "the cache holds a token where credentials belong; remove its folder");
  }

  std::shared_ptr<Cache> cache_;
  std::string key_;
  std::shared_ptr<aws::CredentialsProvider> source_;
  std::function<std::optional<aws::Credentials>()> else_from_;
  std::atomic<bool> invalidated_ = false;
};

}  // namespace

void Cache::give_up(std::string_view why) {
  if (!given_up_.exchange(true)) log_(LogLevel::Warn, format("Going on without the cache: {}", why));
}

/// The entry's text; empty: there is none.
Result<std::string> Cache::read(std::string const& path) {
  KEKS_CHECK(check_folder(folder_));
  KEKS_TRY(auto text, read_private(path, kMaxFile));
  return text.value_or("");
}

void Cache::set_aside(std::string const& path, Error const& why) {
  auto aside = path.substr(0, path.size() - 5) + ".corrupt";
  log_(LogLevel::Warn, format("The cache's file {} is broken ({}); it is now {}", path, why.message(), aside));
  if (std::rename(path.c_str(), aside.c_str()) != 0) unlink(path.c_str());
}

std::optional<CacheEntry> Cache::find(std::string const& key, std::chrono::seconds fresh) {
  if (given_up_) return std::nullopt;
  auto path = path_of(key);
  auto text = read(path);
  std::error_code unknown;
  if (!text && std::filesystem::file_size(path, unknown) > kMaxFile && !unknown) {
    set_aside(path, text.error());
    return std::nullopt;
  }
  if (!text) give_up(text.error().message());
  if (!text || text->empty()) return std::nullopt;
  auto entry = read_cache_entry(*text);
  if (!entry) {
    set_aside(path, entry.error());
    return std::nullopt;
  }
  if (!is_current(*entry, clock_.wall(), fresh)) return std::nullopt;
  return *std::move(entry);
}

Result<CacheEntry> Cache::get_or_make(std::string const& key, std::chrono::seconds fresh, Make const& make,
                                      Deadline const& deadline) {
  if (auto found = find(key, fresh)) return *std::move(found);
  if (!given_up_)
    if (auto made = make_folder(folder_, 0700); !made) give_up(made.error().message());
  if (!given_up_)
    if (auto mine = check_folder(folder_); !mine) give_up(mine.error().message());
  if (!given_up_) return make_under_lock(key, fresh, make, deadline);
  KEKS_TRY(auto made, make(deadline));
  return std::move(made.entry);
}

Result<CacheEntry> Cache::make_under_lock(std::string const& key, std::chrono::seconds fresh, Make const& make,
                                          Deadline const& deadline) {
  // Somebody may be typing an MFA code there, which takes its time; but whoever waited in vain needs some for himself.
  auto patience = std::min<std::chrono::milliseconds>(kLongestWait, deadline.remaining() * 2 / 3);
  auto lock = FileLock::acquire(folder_ + "/" + key + ".lock", deadline.at_most(patience));
  if (!lock && lock.error().code() == Code::Cancelled) return std::unexpected(lock.error());
  if (!lock) give_up(lock.error().message());
  // Who had the lock before has left the entry behind.
  if (auto found = find(key, fresh)) return *std::move(found);
  KEKS_TRY(auto made, make(deadline));
  if (lock && made.keep && expiration_of(made.entry)) write(key, made.entry);
  return std::move(made.entry);
}

void Cache::write(std::string const& key, CacheEntry const& entry) {
  if (given_up_) return;
  auto text = write_cache_entry(entry);
  if (auto written = replace_file(path_of(key), text.reveal(), 0600); !written)
    return give_up(written.error().message());
  sweep();
}

/// Keys change with the identity, and what nobody asks for any more would lie there for ever.
void Cache::sweep() const {
  namespace fs = std::filesystem;
  std::error_code unknown;
  std::size_t left = kMostSwept;
  for (fs::directory_iterator at(folder_, unknown), end; !unknown && at != end && left-- > 0; at.increment(unknown)) {
    std::error_code gone;
    auto written = fs::last_write_time(at->path(), gone);
    if (!gone && written < fs::file_time_type::clock::now() - kOldest && is_ours(at->path().filename().native()))
      fs::remove(at->path(), gone);
  }
}

void Cache::forget(std::string const& key) {
  if (!given_up_) unlink(path_of(key).c_str());
}

std::shared_ptr<aws::CredentialsProvider> kept_on_disk(std::shared_ptr<Cache> cache, std::string key,
                                                       std::shared_ptr<aws::CredentialsProvider> source,
                                                       std::function<std::optional<aws::Credentials>()> else_from) {
  return std::make_shared<Kept>(std::move(cache), std::move(key), std::move(source), std::move(else_from));
}

}  // namespace keks::cli
