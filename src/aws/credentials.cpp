#include <keks/aws/credentials.hpp>

#include <algorithm>
#include <condition_variable>

#include "base/format.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;

class Fixed final : public CredentialsProvider {
 public:
  explicit Fixed(Credentials credentials) : credentials_(std::move(credentials)) {}
  Result<Credentials> get(Deadline const&) override { return credentials_; }

 private:
  Credentials credentials_;
};

constexpr std::string_view kId = "AWS_ACCESS_KEY_ID";
constexpr std::string_view kSecret = "AWS_SECRET_ACCESS_KEY";
constexpr std::string_view kToken = "AWS_SESSION_TOKEN";
constexpr std::string_view kOldToken = "AWS_SECURITY_TOKEN";

/// The name of a variable that no HTTP header could carry, usually because of a line feed at its end.
std::optional<std::string_view> unusable(Environment const& env) {
  for (auto name : {kId, kSecret, kToken, kOldToken}) {
    auto value = env.get(name);
    if (value && std::ranges::any_of(*value, [](unsigned char c) { return c < 0x20 || c == 0x7f; })) return name;
  }
  return std::nullopt;
}

class FromEnvironment final : public CredentialsProvider {
 public:
  explicit FromEnvironment(Environment environment) : environment_(std::move(environment)) {}

  Result<Credentials> get(Deadline const&) override {
    auto id = environment_.get(kId), secret = environment_.get(kSecret);
    if (!id && !secret)
      return fail(Code::NoCredentials, format("No AWS credentials: {} and {} are not set in the environment. Set "
                                              "them, and {} for temporary credentials.",
                                              kId, kSecret, kToken));
    if (!id || !secret)
      return fail(Code::NoCredentials, format("Only half of a pair of AWS credentials: {} is set, {} is not. Set both.",
                                              id ? kId : kSecret, id ? kSecret : kId));
    if (auto name = unusable(environment_))
      return fail(Code::NoCredentials, format("{} holds a control character, such as a line feed. Remove it.", *name));
    return Credentials{std::move(*id), Secret(std::move(*secret)),
                       Secret(environment_.first({kToken, kOldToken}).value_or("")), std::nullopt, "environment"};
  }

 private:
  Environment environment_;
};

/// One caller asks the source while the others wait for what it brings.
class Cached final : public CredentialsProvider {
 public:
  Cached(std::shared_ptr<CredentialsProvider> source, Clock const& clock, seconds margin)
      : source_(std::move(source)), clock_(clock), margin_(margin) {}

  Result<Credentials> get(Deadline const& deadline) override {
    std::unique_lock lock(mutex_);
    while (true) {
      if (kept_ && is_fresh()) return *kept_;
      if (!asking_) break;
      if (kept_ && is_valid()) return *kept_;
      if (auto waited = wait(lock, deadline); !waited) return std::unexpected(std::move(waited).error());
    }
    return refresh(lock, deadline);
  }

  void invalidate() override {
    std::lock_guard lock(mutex_);
    kept_.reset();
    source_->invalidate();
  }

 private:
  // A source that has just failed is left alone that long while the old credentials still work.
  static constexpr seconds kPause{30};

  bool is_valid() const { return !kept_->expiration || clock_.wall() < *kept_->expiration; }
  bool is_fresh() const {
    auto now = clock_.wall();
    return !kept_->expiration || now < *kept_->expiration - margin_ || (now < ask_again_ && is_valid());
  }

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

  Result<Credentials> refresh(std::unique_lock<std::mutex>& lock, Deadline const& deadline) {
    auto got = ask(lock, deadline);
    if (got) {
      kept_ = *got;
    } else if (kept_ && is_valid()) {
      ask_again_ = clock_.wall() + kPause;
      return *kept_;
    }
    return got;
  }

  std::shared_ptr<CredentialsProvider> const source_;
  Clock const& clock_;
  seconds const margin_;
  std::mutex mutex_;
  std::condition_variable_any answered_;
  bool asking_ = false;
  std::optional<Credentials> kept_;
  WallTime ask_again_{};
};

}  // namespace

std::shared_ptr<CredentialsProvider> fixed_credentials(Credentials credentials) {
  return std::make_shared<Fixed>(std::move(credentials));
}

std::shared_ptr<CredentialsProvider> environment_credentials(Environment environment) {
  return std::make_shared<FromEnvironment>(std::move(environment));
}

std::shared_ptr<CredentialsProvider> cached_credentials(std::shared_ptr<CredentialsProvider> source, Clock const& clock,
                                                        RefreshWindows windows) {
  return std::make_shared<Cached>(std::move(source), clock, windows.mandatory);
}

}  // namespace keks::aws
