#pragma once

#include <poll.h>

#include <optional>
#include <string>
#include <vector>

namespace bench {

/// Writes one line to standard error and exits 1.
[[noreturn]] [[gnu::format(printf, 1, 2)]] void fail(char const* format, ...);

/// Lambda's Runtime API for one function on a loopback port, in one thread. Every wait ends after a minute; whatever
/// the function reports but a reply ends the program, with what it said.
class RuntimeApi {
 public:
  RuntimeApi();
  RuntimeApi(RuntimeApi const&) = delete;
  RuntimeApi& operator=(RuntimeApi const&) = delete;
  ~RuntimeApi();

  std::string const& address() const { return address_; }  ///< for AWS_LAMBDA_RUNTIME_API
  void await_next();                                       ///< returns when the function has asked for an event
  std::string invoke();                                    ///< hands out an event; returns the function's reply

 private:
  struct Request {
    int socket;
    std::string line, body;
  };
  struct Connection {
    int socket;
    std::string buffer;
  };

  Request receive();
  static std::optional<Request> take(Connection& connection);
  void read_some();
  void accept_one();

  int listener_ = -1;
  int waiting_ = -1;  ///< the socket that asked for the next event
  int invocations_ = 0;
  std::string address_;
  std::vector<Connection> connections_;
};

}  // namespace bench
