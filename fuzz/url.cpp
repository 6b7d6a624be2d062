// Url::parse: what it takes must come out the same when it is written and parsed again, and be safe in a request.
#include <keks/net/url.hpp>

#include <cstdlib>
#include <string_view>

#include "net/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  using keks::net::Url;
  auto url = Url::parse({reinterpret_cast<char const*>(data), size});
  if (!url) return 0;
  auto again = Url::parse(url->text());
  // A text at the limit may grow when the default path is written out.
  if (!again) return size < 8000 ? std::abort(), 0 : 0;
  bool same = again->scheme == url->scheme && again->host == url->host && again->port == url->port &&
              again->path == url->path && again->query == url->query;
  keks::net::Request request;
  request.url = *url;
  if (!same || url->port == 0 || !keks::net::request_head(request, "fuzz")) std::abort();
  return 0;
}
