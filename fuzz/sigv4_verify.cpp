// The sandbox's signature verifier on arbitrary requests: lines of `METHOD TARGET`, `Name: value`..., an empty line,
// the body. Whatever is accepted must have been signed with the one key there is.
#include <keks/base/time.hpp>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sandbox/keys.hpp"
#include "sandbox/sigv4_verifier.hpp"

namespace {

std::string_view take_line(std::string_view& text) {
  auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

keks::net::ServerRequest request_of(std::string_view text) {
  keks::net::ServerRequest request;
  auto first = take_line(text);
  auto blank = std::min(first.find(' '), first.size());
  request.method = first.substr(0, blank);
  request.target = first.substr(std::min(first.size(), blank + 1));
  for (auto line = take_line(text); !line.empty(); line = take_line(text)) {
    auto colon = std::min(line.find(':'), line.size());
    request.headers.add(std::string(line.substr(0, colon)), std::string(line.substr(std::min(line.size(), colon + 1))));
  }
  request.body = text;
  return request;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  static keks::sandbox::KeyRing const keys(
      {{"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "arn:aws:iam::111122223333:user/fuzz"}},
      std::string(32, 'k'));
  static auto const now = *keks::parse_amz_date("20260115T120000Z");
  auto request = request_of({reinterpret_cast<char const*>(data), size});
  auto lookup = [](auto id, auto token) { return keys.find(id, token); };
  for (char const* service : {"sts", "eks"}) {
    auto caller = keks::sandbox::verify_signature(request, {"eu-west-1", service}, lookup, now);
    if (caller && caller->access_key_id != "AKIDEXAMPLE") std::abort();
    if (!caller && caller.error().message.empty()) std::abort();
  }
  return 0;
}
