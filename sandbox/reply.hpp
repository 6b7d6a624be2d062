#pragma once

#include <keks/base/clock.hpp>
#include <keks/net/server.hpp>

#include <functional>
#include <string>
#include <string_view>

#include "sandbox/faults.hpp"

namespace keks::sandbox {

/// Where a streamed body goes. Both return false once nobody listens any more.
class Sink {
 public:
  virtual ~Sink() = default;
  virtual bool text(std::string_view bytes) = 0;  ///< what stands around and between the items
  virtual bool item(std::string_view bytes) = 0;  ///< one whole item
};

/// An answer, decided but not sent: with its body at hand, or with a function that produces it piece by piece.
struct Reply {
  int status = 200;
  net::Headers headers;
  std::string body;
  std::function<void(Sink&)> stream;
};

/// One of the sandbox's servers: what it makes of a request, apart from all misbehaviour.
/// *Threads:* calls come from many at once.
class Service {
 public:
  virtual ~Service() = default;
  /// The name that faults and counters have for such a request.
  virtual std::string_view point(net::ServerRequest const& request) const = 0;
  /// The plans that need to know the caller or the object (`deny`, `status`, `bad-ca`) are carried out here.
  virtual Reply answer(net::ServerRequest const& request, Plan const& plan, WallTime now) = 0;
  /// The refusal that `plan` asks for (a status, `throttle`, `expired`), as this service words it.
  virtual Reply refusal(net::ServerRequest const& request, Plan const& plan) = 0;
  /// A body that is well formed and not what such a request promises.
  virtual std::string_view wrong_shape(net::ServerRequest const& request) const = 0;
};

/// Answers one exchange with `service`, or breaks it as planned. Returns when it is over.
void serve(net::Exchange& exchange, Service& service, FaultList& faults, PointCounters& counters, Clock const& clock);

}  // namespace keks::sandbox
