#pragma once

#include <keks/net/transport.hpp>

#include <deque>
#include <functional>
#include <mutex>
#include <vector>

namespace keks::test {

/// A body whose bytes are followed by an error, as when a connection breaks.
class BrokenBody final : public net::Body {
 public:
  BrokenBody(std::string bytes, Error error) : bytes_(std::move(bytes)), error_(std::move(error)) {}
  Result<std::string_view> read(Deadline const&) override {
    if (given_ || bytes_.empty()) return fail(error_);
    given_ = true;
    return std::string_view(bytes_);
  }

 private:
  std::string bytes_;
  Error error_;
  bool given_ = false;
};

/// A transport that plays a script: each request takes the next step, the last step serves all later requests.
/// Requests are kept for the test to look at. *Threads:* safe to share.
class FakeTransport final : public net::Transport {
 public:
  using Step = std::function<Result<net::Response>(net::Request const&)>;

  FakeTransport& then(Step step) {
    std::lock_guard lock(mutex_);
    steps_.push_back(std::move(step));
    return *this;
  }
  FakeTransport& answer(int status, net::Headers headers, std::string body) {
    return then(
        [=](net::Request const&) -> Result<net::Response> { return net::make_response(status, headers, body); });
  }
  FakeTransport& answer(int status, std::string body) { return answer(status, {}, std::move(body)); }
  /// The head and the first bytes of a body, then the connection breaks.
  FakeTransport& answer_cut(int status, net::Headers headers, std::string body) {
    return then([=](net::Request const&) -> Result<net::Response> {
      return net::Response{status, headers,
                           std::make_unique<BrokenBody>(body, Error(Code::ReplyTruncated, "the reply broke off"))};
    });
  }
  FakeTransport& fails(Code code, std::string message = "made up by the test") {
    return then([=](net::Request const&) -> Result<net::Response> { return fail(code, message); });
  }

  Result<net::Response> send(net::Request const& request, Deadline const& deadline) override {
    if (deadline.stopped()) return fail(Code::Cancelled, "cancelled");
    return take(request)(request);
  }

  std::vector<net::Request> requests() const {
    std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  Step take(net::Request const& request) {
    std::lock_guard lock(mutex_);
    requests_.push_back(request);
    if (steps_.empty())
      return [](net::Request const&) -> Result<net::Response> { return fail(Code::ConnectFailed, "no step is left"); };
    auto step = steps_.front();
    if (steps_.size() > 1) steps_.pop_front();
    return step;
  }

  mutable std::mutex mutex_;
  std::deque<Step> steps_;
  std::vector<net::Request> requests_;
};

}  // namespace keks::test
