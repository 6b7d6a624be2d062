#pragma once

#include <keks/net/client.hpp>
#include <keks/net/server.hpp>

#include <boost/json.hpp>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace keks::test {

/// A request as it reached the server, under the URL that was meant.
struct SeenRequest {
  std::string method;
  net::Url url;
  net::Headers headers;
  std::string body;
};

/// A loopback server that plays the `server` part of a row (origin -> rule -> answers in order, the last repeats), and
/// the way to it: a transport that leads every URL there through the real HTTP client, and tells which origin was
/// meant. Nothing listens at an origin that the script does not know.
///
/// A rule is `METHOD path`, `METHOD path?query`, `METHOD path#Action` (of a form), `METHOD *` or `*`. An answer has
/// `status`, `headers`, `body` (text, or JSON), or one of `missing_bytes`, `stall`, `close`, `raw`. Every answer closes
/// its connection.
class ScriptedServer {
 public:
  explicit ScriptedServer(boost::json::object script);
  ~ScriptedServer();
  ScriptedServer(ScriptedServer const&) = delete;
  ScriptedServer& operator=(ScriptedServer const&) = delete;

  /// *Lifetime:* not beyond the server's.
  std::shared_ptr<net::Transport> transport() const { return transport_; }
  std::vector<SeenRequest> requests() const;

 private:
  using Rules = boost::json::object;
  class Redirecting;

  Rules const* rules_of(std::string_view origin) const;
  void answer(net::Exchange& exchange);
  boost::json::object next_answer(SeenRequest const& seen);

  boost::json::object const script_;
  mutable std::mutex mutex_;
  std::map<boost::json::array const*, std::size_t> given_;
  std::vector<SeenRequest> seen_;
  std::unique_ptr<net::Server> server_;
  std::shared_ptr<net::Transport> transport_;
};

/// The members of a form body or a query, decoded.
std::map<std::string, std::string> form_fields(std::string_view text);

}  // namespace keks::test
