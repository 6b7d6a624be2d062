#pragma once

#include <keks/base/result.hpp>
#include <keks/kube/options.hpp>
#include <keks/kube/resource.hpp>
#include <keks/net/message.hpp>

#include <optional>
#include <string>

namespace keks::kube {

/// Which part of a cluster a call is about; without a namespace: all of them, or a kind that has none.
struct Place {
  Resource const& resource;
  std::optional<std::string> const& ns;
};

/// The requests, without a word on who asks. *Errors of all:* `InvalidArgument` for names that no path may hold and
/// for a namespace where the kind has none, or none where it needs one.
Result<net::Request> get_request(net::Url const& server, Place const& place, std::string const& name,
                                 GetOptions const& options);
Result<net::Request> list_request(net::Url const& server, Place const& place, ListOptions const& options);
/// A list as a Table without its objects; a server that makes no Tables may send the list itself.
Result<net::Request> count_request(net::Url const& server, Place const& place, ListOptions const& options);
/// `target` is a path with or without a query, sent as it is below the server's own path.
Result<net::Request> raw_request(net::Url const& server, std::string const& target);
/// A SelfSubjectReview, which changes nothing.
net::Request review_request(net::Url const& server);

}  // namespace keks::kube
