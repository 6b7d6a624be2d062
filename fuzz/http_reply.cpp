// The reply reader: bytes in two different splits must give the same reply, and no more body than bytes.
// The first byte says how to cut; the rest are the reply.
#include <cstdlib>
#include <string>
#include <string_view>

#include "net/codec.hpp"

namespace {

using namespace keks::net;

struct Outcome {
  int status = 0;
  std::size_t fields = 0;
  std::string body;
  bool failed = false, done = false;
  bool operator==(Outcome const&) const = default;
};

/// Feeds `bytes` in pieces of `step`, keeping what was not used, as a connection does.
Outcome read(std::string_view bytes, std::size_t step, bool to_head) {
  auto reader = reply_reader(to_head, {.bytes = 4096, .fields = 32});
  Outcome outcome;
  std::size_t used = 0, seen = 0;
  while (!outcome.failed && !reader->done() && seen < bytes.size()) {
    seen = std::min(bytes.size(), seen + step);
    while (used < seen && !reader->done()) {
      auto fed = reader->feed(bytes.substr(used, seen - used));
      if (!fed) return outcome.failed = true, outcome;
      if (*fed > seen - used) std::abort();
      outcome.body += reader->piece();
      used += *fed;
      if (*fed == 0) break;
    }
  }
  if (!reader->done() && !reader->end()) return outcome.failed = true, outcome;
  outcome.status = reader->head().status;
  outcome.fields = reader->head().headers.size();
  outcome.done = reader->done();
  static_cast<void>(reader->keep_alive());
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size < 2) return 0;
  std::string_view bytes(reinterpret_cast<char const*>(data) + 1, size - 1);
  bool to_head = data[0] & 1;
  std::size_t step = 1 + data[0] / 2;
  auto whole = read(bytes, bytes.size(), to_head), split = read(bytes, step, to_head);
  // A failing reader may have handed out more or less of the body before it noticed.
  if (whole.failed != split.failed || (!whole.failed && whole != split)) std::abort();
  if (whole.body.size() > bytes.size()) std::abort();
  return 0;
}
