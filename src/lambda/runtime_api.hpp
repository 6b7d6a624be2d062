#pragma once

#include <keks/base/result.hpp>
#include <keks/net/transport.hpp>

#include <string>
#include <string_view>

#include "lambda/failure.hpp"

namespace keks::lambda {

/// A reply of the Runtime API, whole.
struct ApiReply {
  int status = 0;
  net::Headers headers;
  std::string body;
};

/// The calls of Lambda's Runtime API, one method each; what their statuses mean is `react`'s business.
/// *Lifetime:* the transport must outlive it. *Threads:* safe to share.
class RuntimeApi {
 public:
  RuntimeApi(net::Transport& transport, net::Url server) : transport_(transport), server_(std::move(server)) {}

  /// Waits for an event without a time-out: the process may be frozen in here for hours.
  Result<ApiReply> next();
  Result<ApiReply> respond(std::string_view request_id, std::string json);
  Result<ApiReply> report(std::string_view request_id, Failure const& failure);
  Result<ApiReply> report_init(Failure const& failure);

  /// Makes this process an extension of itself that wants no events.
  Result<ApiReply> register_extension() const;
  /// Waits for an event of the extension `id`: none comes.
  Result<ApiReply> extension_event(std::string const& id, Deadline const& deadline) const;

 private:
  net::Request request(std::string method, std::string_view path) const;
  net::Request extension_request(std::string method, std::string_view path, net::Headers headers) const;
  Result<ApiReply> post(std::string_view path, net::Headers headers, std::string body);
  Result<ApiReply> send(net::Request const& request, Deadline const& deadline) const;

  net::Transport& transport_;
  net::Url server_;
};

}  // namespace keks::lambda
