#pragma once

#include <keks/aws/chain.hpp>
#include <keks/base/clock.hpp>
#include <keks/base/environment.hpp>
#include <keks/kube/codec.hpp>
#include <keks/kube/options.hpp>
#include <keks/kube/resource.hpp>
#include <keks/kube/token_source.hpp>
#include <keks/net/retry.hpp>
#include <keks/net/transport.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace keks::kube {

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
  std::string region = {};  ///< empty: `AWS_REGION`, `AWS_DEFAULT_REGION`, the profile's
  std::string role = {};    ///< ARN of a role to assume; empty: the credentials found are used as they are
  std::string session_name = "keks";
  std::string external_id = {};  ///< for the AssumeRole call; empty: none
  std::string profile = {};      ///< of the shared files; empty: `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, `default`
  std::shared_ptr<aws::CredentialsProvider> credentials = {};  ///< instead of those that the chain finds
  aws::MfaPrompt mfa_prompt = {};                              ///< null: profiles that want a code are refused
  Environment environment = Environment::of_process();
};

class Scope;

/// Who the API server takes a caller for.
struct UserInfo {
  std::string username, uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>, std::less<>> extra;  ///< on EKS: `arn`, `canonicalArn`, `sessionName`
};

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

  /// Who this client is to the API server, by a SelfSubjectReview. *Errors:* those of `Scope::get`; `NotFound` from
  /// servers before Kubernetes 1.28, which have none.
  Result<UserInfo> who_am_i(Deadline const& deadline = Deadline::after(std::chrono::seconds(30))) const;

  struct Core;

 private:
  std::shared_ptr<Core const> core_;
};

namespace detail {

/// What a page says of itself.
struct PageEnd {
  std::string continue_token, resource_version;
  std::optional<std::int64_t> remaining_item_count;
};

/// Takes the items of a list that may have to begin anew.
class ListSink : public ItemSink {
 public:
  virtual bool restart() = 0;  ///< forget what came so far; false: it cannot be taken back
};

/// The API server itself says that there is no such object: not a 404 of something in front of it.
bool says_absent(Error const& error);

}  // namespace detail

/// A lazy list: nothing is asked for until one of its members is called. It may be used several times.
template <Kind K>
class List {
 public:
  List(Scope scope, ListOptions options);
  /// Calls `each` for every item as its bytes arrive; `each` returns false to stop early. Memory holds one item.
  /// An item that is null is an empty one.
  /// *Errors:* those of `Scope::get`; `Gone` when a continue token expired after items were handed out.
  Result<void> for_each(std::function<bool(K&&)> const& each,
                        Deadline const& deadline = Deadline::after(std::chrono::seconds(30))) const;
  /// All items. An expired continue token restarts the list once, without paging, unless it is the caller's own.
  Result<std::vector<K>> collect(Deadline const& deadline = Deadline::after(std::chrono::seconds(30))) const;

  struct Page {
    std::vector<K> items;
    std::string continue_token;  ///< empty: this was the last page
    std::string resource_version;
    std::optional<std::int64_t> remaining_item_count;  ///< an estimate; absent with selectors
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
  /// they stream in; counts the items of a plain list all the same. Memory does not grow with the cluster. An
  /// expired continue token restarts the count once, without paging.
  template <Kind K>
  Result<std::size_t> count(CountOptions const& options = {},
                            Deadline const& deadline = Deadline::after(std::chrono::seconds(30))) const {
    return count_of(KindOf<K>::resource, options, deadline);
  }
  Result<std::size_t> count_of(Resource const& resource, CountOptions const& options, Deadline const& deadline) const;

  /// The same calls with the kind as data; templates above lead here. `object` and the sink's items are of the struct
  /// that `schema` describes.
  Result<void> get_into(Resource const& resource, Schema const& schema, void* object, std::string const& name,
                        GetOptions const& options, Deadline const& deadline) const;
  Result<void> list_into(Resource const& resource, Schema const& schema, detail::ListSink& sink,
                         ListOptions const& options, Deadline const& deadline) const;
  Result<detail::PageEnd> page_into(Resource const& resource, Schema const& schema, detail::ListSink& sink,
                                    ListOptions const& options, Deadline const& deadline) const;

 private:
  std::shared_ptr<Client::Core const> core_;
  std::optional<std::string> namespace_;  ///< absent: all namespaces, or the cluster
};

template <Kind K>
Result<K> Scope::get(std::string const& name, GetOptions const& options, Deadline const& deadline) const {
  K object;
  auto got = get_into(KindOf<K>::resource, KindOf<K>::schema(), &object, name, options, deadline);
  if (!got) return fail(std::move(got).error());
  return object;
}

template <Kind K>
Result<std::optional<K>> Scope::find(std::string const& name, GetOptions const& options,
                                     Deadline const& deadline) const {
  auto got = get<K>(name, options, deadline);
  if (got) return std::optional<K>(std::move(*got));
  if (detail::says_absent(got.error())) return std::optional<K>();
  return fail(std::move(got).error());
}

namespace detail {

template <Kind K>
class EachSink final : public ListSink {
 public:
  explicit EachSink(std::function<bool(K&&)> const& each) : each_(each) {}
  void* next() override {
    item_ = K{};
    return &item_;
  }
  bool complete() override {
    handed_out_ = true;
    return each_(std::move(item_));
  }
  bool restart() override { return !handed_out_; }

 private:
  std::function<bool(K&&)> const& each_;
  K item_;
  bool handed_out_ = false;
};

template <Kind K>
class KeepingSink final : public ListSink {
 public:
  void* next() override { return &items.emplace_back(); }
  bool complete() override { return true; }
  bool restart() override { return items.clear(), true; }
  std::vector<K> items;
};

}  // namespace detail

template <Kind K>
List<K>::List(Scope scope, ListOptions options)
    : scope_(std::make_shared<Scope const>(std::move(scope))), options_(std::move(options)) {}

template <Kind K>
Result<void> List<K>::for_each(std::function<bool(K&&)> const& each, Deadline const& deadline) const {
  detail::EachSink<K> sink(each);
  return scope_->list_into(KindOf<K>::resource, KindOf<K>::schema(), sink, options_, deadline);
}

template <Kind K>
Result<std::vector<K>> List<K>::collect(Deadline const& deadline) const {
  detail::KeepingSink<K> sink;
  auto done = scope_->list_into(KindOf<K>::resource, KindOf<K>::schema(), sink, options_, deadline);
  if (!done) return fail(std::move(done).error());
  return std::move(sink.items);
}

template <Kind K>
auto List<K>::page(Deadline const& deadline) const -> Result<Page> {
  detail::KeepingSink<K> sink;
  auto end = scope_->page_into(KindOf<K>::resource, KindOf<K>::schema(), sink, options_, deadline);
  if (!end) return fail(std::move(end).error());
  return Page{std::move(sink.items), std::move(end->continue_token), std::move(end->resource_version),
              end->remaining_item_count};
}

}  // namespace keks::kube
