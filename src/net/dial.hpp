#pragma once

#include <keks/net/client.hpp>

#include <vector>

#include "net/connection.hpp"

namespace keks::net {

/// The addresses of a host, best first. Digits and `localhost` are answered at once, the rest by /etc/hosts and DNS.
/// `servers` (`192.0.2.53:53,...`) stand in for those of resolv.conf.
/// *Errors:* `NameNotResolved`, `DeadlineExceeded`, `Cancelled`.
Result<std::vector<Address>> resolve(std::string const& host, std::uint16_t port, std::chrono::milliseconds timeout,
                                     Deadline const& deadline, std::string const& servers = {});

/// Of two addresses' errors the more telling one: a time-out before a refusal, any of them before `Io`.
bool tells_more(Code code, Code than);

/// Connects to the first of `addresses` that answers; each gets its share of `timeout`. The error is the most telling
/// one of all addresses.
/// *Errors:* `ConnectTimedOut`, `ConnectFailed`, `Cancelled`; `Io` when this process may open no socket.
Result<Fd> connect_any(std::vector<Address> const& addresses, std::string const& host,
                       std::chrono::milliseconds timeout, Deadline const& deadline);

}  // namespace keks::net
