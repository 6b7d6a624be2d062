#pragma once

#include <keks/aws/service.hpp>

#include <atomic>

namespace keks::aws {

/// What a service says in a refusal. Empty where it says nothing that can be read.
struct Refusal {
  std::string code, message, request_id;
};

/// What is different between STS and EKS on the wire.
struct Protocol {
  std::string_view name;  ///< `sts`: signing name and prefix of operations
  std::string_view display_name;
  Code unreachable;
  Refusal (*read_refusal)(net::Headers const& headers, std::string_view body);
};

/// A refusal that an operation knows the meaning of.
struct KnownRefusal {
  std::string_view aws_code;
  Code code;
  std::string advice;  ///< what to do, naming what the operation was about
};

struct Operation {
  std::string_view name;  ///< `AssumeRole`
  std::vector<KnownRefusal> known = {};
  bool is_signed = true;
  std::vector<Secret> secrets = {};  ///< in the body: kept out of what is said about a refusal
};

/// One attempt that brought no result, and what follows from it.
struct Failure {
  enum class Next { GiveUp, RetrySoon, RetryLater };  ///< later: the service asked for less load
  Error error;
  Next next = Next::GiveUp;
  std::optional<std::chrono::milliseconds> asked_wait = {};  ///< `x-amz-retry-after`
};

/// The wait before the attempt after `attempt` (the first is 1), or none when there should be no other. `random` is in
/// [0, 1).
std::optional<std::chrono::milliseconds> next_wait(net::RetryPolicy const& policy, int attempt, Failure const& failure,
                                                   double random);

/// The body of a 2xx reply, and how far the service's clock was ahead of ours when it came, if it told.
struct Answer {
  Secret body;
  std::optional<std::chrono::seconds> skew;
};

/// A call with the SDKs' standard retries: what STS and EKS share.
class Service {
 public:
  Service(ServiceOptions options, Protocol protocol) : options_(std::move(options)), protocol_(protocol) {}

  Endpoint const& endpoint() const { return options_.endpoint; }
  /// A request to `path` below the endpoint's own.
  net::Request request(std::string method, std::string_view path) const;
  /// The body of a 2xx reply, at most 1 MiB. It may hold keys.
  Result<Secret> call(Operation const& operation, net::Request const& request, Deadline const& deadline);
  /// The same, with what the reply's head tells.
  Result<Answer> ask(Operation const& operation, net::Request const& request, Deadline const& deadline);
  /// An error about a reply that came, but is not what it should be.
  Error wrong_reply(Code code, std::string_view operation, std::string_view reason) const;
  /// Our clock, set right by the service's once that mattered.
  WallTime now() const { return options_.clock.wall() + std::chrono::seconds(skew_.load()); }

 private:
  using Outcome = std::expected<Answer, Failure>;

  Outcome attempt(Operation const& operation, net::Request request, Credentials const& credentials,
                  Deadline const& deadline);
  Failure lost(Operation const& operation, Error const& error, Deadline const& deadline) const;
  Failure refused(Operation const& operation, net::Response const& response, std::string_view body,
                  Credentials const& credentials);
  std::string advice(Operation const& operation, Code code, int status, Credentials const& credentials,
                     std::optional<std::chrono::seconds> skew) const;
  bool correct_clock(std::optional<std::chrono::seconds> skew);
  std::optional<std::chrono::seconds> skew_of(net::Headers const& headers) const;

  ServiceOptions const options_;
  Protocol const protocol_;
  std::atomic<std::int64_t> skew_{0};  // seconds that the service's clock is ahead of ours, once that mattered
};

}  // namespace keks::aws
