#include <keks/aws/credentials.hpp>

#include <algorithm>
#include <condition_variable>

namespace keks::aws {
namespace {

using namespace std::chrono;

class Fixed final : public CredentialsProvider {
 public:
  explicit Fixed(Credentials credentials) : credentials_(std::move(credentials)) {}
  Result<Credentials> get(Deadline const&) override { return credentials_; }

 private:
  Credentials const credentials_;
};

/// Credentials that are kept, and when they are to be made anew.
class Kept {
 public:
  enum class Age { Fresh, Advisory, Mandatory, Over };

  /// Windows are cut for credentials that live so short that they would be inside from the start.
  Kept(Credentials credentials, WallTime now, RefreshWindows windows) : credentials_(std::move(credentials)) {
    if (!credentials_.expiration) return;
    auto life = std::max(duration_cast<seconds>(*credentials_.expiration - now), seconds(0));
    advisory_ = std::min(windows.advisory, life / 2);
    mandatory_ = std::min({windows.mandatory, life / 3, advisory_});
  }

  Credentials const& credentials() const { return credentials_; }
  Age age(WallTime now) const {
    auto const& end = credentials_.expiration;
    if (!end || now < *end - advisory_) return Age::Fresh;
    if (now < *end - mandatory_) return Age::Advisory;
    return now < *end ? Age::Mandatory : Age::Over;
  }

 private:
  Credentials credentials_;
  seconds advisory_{0}, mandatory_{0};
};

/// One caller asks the source. The others go on with what is kept, or wait for what it brings.
class Cached final : public CredentialsProvider {
 public:
  Cached(std::shared_ptr<CredentialsProvider> source, Clock const& clock, RefreshWindows windows)
      : source_(std::move(source)), clock_(clock), windows_(windows) {}

  Result<Credentials> get(Deadline const& deadline) override {
    std::unique_lock lock(mutex_);
    while (true) {
      auto age = this->age();
      if (age == Age::Fresh || (age == Age::Advisory && asking_)) return kept_->credentials();
      if (age != Age::Over && clock_.wall() < ask_again_) return kept_->credentials();
      if (!asking_) return refresh(lock, age, deadline);
      if (auto waited = wait(lock, deadline); !waited) return std::unexpected(std::move(waited).error());
      // What the other caller was told holds for all that waited for it, unless it ran out of time of its own.
      if (failure_ && this->age() == Age::Over) return fail(*failure_);
    }
  }

  void invalidate() override {
    std::lock_guard lock(mutex_);
    kept_.reset();
    ask_again_ = {};
    source_->invalidate();
  }

 private:
  using Age = Kept::Age;

  // A source is left alone that long after it was asked, while the old credentials still work: it may have failed, or
  // given the same again, as programs and endpoints with a cache of their own do.
  static constexpr seconds kPause{30};

  Age age() const { return kept_ ? kept_->age(clock_.wall()) : Age::Over; }

  Result<void> wait(std::unique_lock<std::mutex>& lock, Deadline const& deadline) {
    bool woken = answered_.wait_for(lock, deadline.stop_token(), deadline.remaining(), [&] { return !asking_; });
    if (woken) return {};
    if (deadline.stopped()) return fail(Code::Cancelled, "Cancelled while waiting for AWS credentials.");
    return fail(Code::DeadlineExceeded, "The deadline passed while another caller was getting AWS credentials.");
  }

  /// The turn to ask, without the lock meanwhile. It ends even when the source, a user's perhaps, throws.
  class Turn {
   public:
    Turn(Cached& cached, std::unique_lock<std::mutex>& lock) : cached_(cached), lock_(lock) {
      cached_.asking_ = true;
      cached_.failure_.reset();
      lock_.unlock();
    }
    Turn(Turn const&) = delete;
    Turn& operator=(Turn const&) = delete;
    ~Turn() {
      lock_.lock();
      cached_.asking_ = false;
      cached_.answered_.notify_all();
    }

   private:
    Cached& cached_;
    std::unique_lock<std::mutex>& lock_;
  };

  Result<Credentials> ask(std::unique_lock<std::mutex>& lock, Deadline const& deadline) {
    Turn turn(*this, lock);
    return source_->get(deadline);
  }

  /// While the old ones will do for long, a slow source may not use up the time that the caller has for its own work.
  Result<Credentials> refresh(std::unique_lock<std::mutex>& lock, Age age, Deadline const& deadline) {
    auto got = ask(lock, age == Age::Advisory ? deadline.at_most(deadline.remaining() / 2) : deadline);
    auto now = clock_.wall();
    ask_again_ = now + kPause;
    if (got) {
      kept_.emplace(*got, now, windows_);
      return got;
    }
    if (this->age() != Age::Over) return kept_->credentials();
    auto code = got.error().code();
    if (code != Code::DeadlineExceeded && code != Code::Cancelled) failure_ = got.error();
    return got;
  }

  std::shared_ptr<CredentialsProvider> const source_;
  Clock const& clock_;
  RefreshWindows const windows_;
  std::mutex mutex_;
  std::condition_variable_any answered_;
  bool asking_ = false;
  std::optional<Kept> kept_;
  std::optional<Error> failure_;  // of the last turn, where nothing valid was kept
  WallTime ask_again_{};
};

}  // namespace

std::shared_ptr<CredentialsProvider> fixed_credentials(Credentials credentials) {
  return std::make_shared<Fixed>(std::move(credentials));
}

std::shared_ptr<CredentialsProvider> cached_credentials(std::shared_ptr<CredentialsProvider> source, Clock const& clock,
                                                        RefreshWindows windows) {
  return std::make_shared<Cached>(std::move(source), clock, windows);
}

}  // namespace keks::aws
