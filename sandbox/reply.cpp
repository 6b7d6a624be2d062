#include "sandbox/reply.hpp"

#include <keks/base/time.hpp>

#include <condition_variable>
#include <mutex>
#include <utility>

namespace keks::sandbox {
namespace {

/// Gathers what is streamed into pieces that are worth a chunk and a TLS record each.
class ChunkSink : public Sink {
 public:
  explicit ChunkSink(net::Exchange& exchange) : exchange_(exchange) {}

  bool text(std::string_view bytes) override {
    pending_ += bytes;
    return pending_.size() < 32 * 1024 || flush();
  }
  bool item(std::string_view bytes) override { return text(bytes); }
  bool flush() {
    open_ = open_ && (pending_.empty() || exchange_.write(pending_));
    pending_.clear();
    return open_;
  }

 private:
  net::Exchange& exchange_;
  std::string pending_;
  bool open_ = true;
};

/// Writes `whole` items and half of the next, then nothing more.
class CuttingSink final : public ChunkSink {
 public:
  CuttingSink(net::Exchange& exchange, std::size_t whole) : ChunkSink(exchange), whole_(whole) {}
  bool text(std::string_view bytes) override { return !cut_ && ChunkSink::text(bytes); }
  bool item(std::string_view bytes) override {
    if (whole_ > 0) return --whole_, text(bytes);
    text(bytes.substr(0, bytes.size() / 2));
    cut_ = true;
    return false;
  }

 private:
  std::size_t whole_;
  bool cut_ = false;
};

/// Puts a number in the place of the first item.
class MisshapingSink final : public ChunkSink {
 public:
  using ChunkSink::ChunkSink;
  bool item(std::string_view bytes) override { return text(std::exchange(done_, true) ? bytes : "42"); }

 private:
  bool done_ = false;
};

void wait(std::chrono::milliseconds span, std::stop_token const& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock lock(mutex);
  wake.wait_for(lock, stop, span, [] { return false; });
}

void wait_until_stopped(std::stop_token const& stop) {
  while (!stop.stop_requested()) wait(std::chrono::hours(1), stop);
}

bool is_refusal(Plan const& plan) { return plan.status() || plan.is("throttle") || plan.is("expired"); }

Reply planned_reply(net::ServerRequest const& request, Service& service, Plan const& plan, WallTime now) {
  if (is_refusal(plan)) {
    auto reply = service.refusal(request, plan);
    if (auto seconds = plan.option("retry-after"); !seconds.empty()) reply.headers.set("Retry-After", seconds);
    return reply;
  }
  auto reply = service.answer(request, plan, now);
  if (plan.is("not-json")) reply.body = "this is no JSON", reply.stream = {};
  if (plan.is("wrong-shape") && !reply.stream) reply.body = service.wrong_shape(request);
  return reply;
}

void send_stream(net::Exchange& exchange, Reply& reply, Plan const& plan) {
  exchange.start(reply.status, std::move(reply.headers));
  ChunkSink plain(exchange);
  MisshapingSink misshaping(exchange);
  ChunkSink& sink = plan.is("wrong-shape") ? misshaping : plain;
  reply.stream(sink);
  if (sink.flush()) exchange.finish();
}

/// The client learns from the broken framing that something is missing, as when a server dies.
void send_cut(net::Exchange& exchange, Reply& reply) {
  exchange.start(reply.status, std::move(reply.headers));
  CuttingSink sink(exchange, reply.stream ? 1 : 0);
  if (reply.stream)
    reply.stream(sink);
  else
    sink.item(reply.body);
  sink.flush();
  exchange.close();
}

}  // namespace

void serve(net::Exchange& exchange, Service& service, FaultList& faults, PointCounters& counters, Clock const& clock) {
  auto const& request = exchange.request();
  auto point = service.point(request);
  counters.count(point);
  auto plan = faults.next(point, request.target.find("continue=") != std::string::npos);
  if (plan.delay.count() > 0) wait(plan.delay, exchange.stop_token());
  if (plan.is("reset")) return exchange.abort();
  if (plan.is("close")) return exchange.close();
  if (plan.is("stall")) return wait_until_stopped(exchange.stop_token()), exchange.close();
  auto now = clock.wall() + plan.skew;
  auto reply = planned_reply(request, service, plan, now);
  reply.headers.set("Date", format_http_date(now));
  if (plan.is("truncate")) return send_cut(exchange, reply);
  if (reply.stream) return send_stream(exchange, reply, plan);
  exchange.reply(reply.status, std::move(reply.headers), reply.body);
}

}  // namespace keks::sandbox
