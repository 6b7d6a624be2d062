#pragma once

#include <keks/base/clock.hpp>
#include <keks/base/environment.hpp>
#include <keks/kube/codec.hpp>
#include <keks/kube/resource.hpp>
#include <keks/kube/token_source.hpp>
#include <keks/net/retry.hpp>
#include <keks/net/transport.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keks::kube {

struct GetOptions {
  std::string resource_version = {};
};

/// Contract: https://kubernetes.io/docs/reference/using-api/api-concepts/
struct ListOptions {
  std::string labels = {};          ///< a label selector, e.g. `app=shop,tier!=cache`
  std::string fields = {};          ///< a field selector, e.g. `spec.nodeName=n1`
  std::int64_t limit = 500;         ///< items a page; 0: no paging
  std::string continue_token = {};  ///< to begin in the middle
  std::string resource_version = {}, resource_version_match = {};
};

/// What to count. Fields as in `ListOptions`.
struct CountOptions {
  std::string labels = {}, fields = {};
};

/// How to reach a cluster: for those who wire it themselves. *Lifetime:* `clock` must outlive the client.
struct ClientOptions {
  net::Url server;
  std::shared_ptr<net::Transport> transport;
  std::shared_ptr<TokenSource> tokens;
  Clock const* clock = &system_clock();
  net::RetryPolicy retry = {};
};

/// An EKS cluster by name.
struct EksOptions {
  std::string cluster;
  std::string region = {};  ///< empty: `AWS_REGION`, `AWS_DEFAULT_REGION`
  std::string role = {};    ///< ARN of a role to assume; empty: the credentials found are used as they are
  std::string session_name = "keks";
  std::string external_id = {};  ///< for the AssumeRole call; empty: none
  Environment environment = Environment::of_process();
};

class Scope;

/// A client for one cluster: a cheap value, safe to copy and to share between threads. It starts no threads.
class Client {
 public:
  explicit Client(ClientOptions options);

  /// Finds endpoint and CA by DescribeCluster (unless `KEKS_ENDPOINT` and `KEKS_CA` name them), and signs in with
  /// tokens of its own making. Asks AWS, so it can fail in every way that `aws::Eks` and `aws::Sts` can.
  static Result<Client> eks(EksOptions options, Deadline const& deadline = Deadline::after(std::chrono::seconds(30)));

  Scope all() const;               ///< all namespaces
  Scope in(std::string ns) const;  ///< one namespace
  Scope cluster() const;           ///< kinds without a namespace

  /// One authenticated GET of any path (`/api`, `/version?x=y`), the reply as it comes, after retries; a refusal
  /// (status not 2xx) is an error with the server's Status.
  Result<net::Response> raw(std::string const& target,
                            Deadline const& deadline = Deadline::after(std::chrono::seconds(30))) const;

  struct Core;

 private:
  std::shared_ptr<Core const> core_;
};

/// A lazy list: nothing is asked for until one of its members is called. It may be used several times.
template <Kind K>
class List {
 public:
  List(Scope scope, ListOptions options);
  /// Calls `each` for every item as its bytes arrive; `each` returns false to stop early. Memory holds one item.
  /// *Errors:* those of `Scope::get`; `Gone` when a continue token expired after items were handed out.
  Result<void> for_each(std::function<bool(K&&)> const& each,
                        Deadline const& deadline = Deadline::after(std::chrono::seconds(30))) const;
  /// All items. An expired continue token restarts the list once, without paging.
  Result<std::vector<K>> collect(Deadline const& deadline = Deadline::after(std::chrono::seconds(30))) const;

  struct Page {
    std::vector<K> items;
    std::string continue_token;  ///< empty: this was the last page
    std::string resource_version;
    std::optional<std::int64_t> remaining_item_count;
  };
  /// One page, beginning at `ListOptions::continue_token`.
  Result<Page> page(Deadline const& deadline = Deadline::after(std::chrono::seconds(30))) const;

 private:
  std::shared_ptr<Scope const> scope_;
  ListOptions options_;
};

/// A client and where in the cluster it looks. A value, like the client.
///
/// *Errors of all calls:* what `net::Transport::send` can meet, and the server's refusals: `Unauthorized` (after
/// one replay with a new token), `Forbidden`, `NotFound`, `TooManyRequests` and `ServerError` (to the end of all
/// tries), `ReplyTruncated`, `ReplyNotJson`, `ReplyWrongShape`, `DeadlineExceeded`. `InvalidArgument` for names
/// that no path may hold, before anything is sent.
class Scope {
 public:
  Scope(std::shared_ptr<Client::Core const> core, std::optional<std::string> ns);

  template <Kind K>
  Result<K> get(std::string const& name, GetOptions const& options = {},
                Deadline const& deadline = Deadline::after(std::chrono::seconds(30))) const;

  /// Absent is no error.
  template <Kind K>
  Result<std::optional<K>> find(std::string const& name, GetOptions const& options = {},
                                Deadline const& deadline = Deadline::after(std::chrono::seconds(30))) const;

  template <Kind K>
  List<K> list(ListOptions options = {}) const {
    return List<K>(*this, std::move(options));
  }

  /// Counts exactly, at the least cost the server offers: asks for a Table without objects and counts its rows as
  /// they stream in; counts the items of a plain list all the same. Memory does not grow with the cluster.
  template <Kind K>
  Result<std::size_t> count(CountOptions const& options = {},
                            Deadline const& deadline = Deadline::after(std::chrono::seconds(30))) const {
    return count_of(KindOf<K>::resource, options, deadline);
  }
  Result<std::size_t> count_of(Resource const& resource, CountOptions const& options, Deadline const& deadline) const;

 private:
  template <Kind K>
  friend class List;
  std::shared_ptr<Client::Core const> core_;
  std::optional<std::string> namespace_;  ///< absent: all namespaces, or the cluster
};

}  // namespace keks::kube
