#include "aws/providers/keys.hpp"

#include <algorithm>

#include "base/format.hpp"

namespace keks::aws {
namespace {

/// Usually a line feed at the end.
bool has_control(NamedValue const& named) {
  return named.value && std::ranges::any_of(*named.value, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace

Result<Credentials> take_keys(WrittenKeys written, std::string source) {
  auto& [id, secret, token, where] = written;
  if (!id.value && !secret.value)
    return fail(Code::NoCredentials, format("{} and {} are not set", id.name, secret.name));
  if (!id.value || !secret.value)
    return fail(Code::ConfigMalformed,
                format("Only half of a pair of AWS credentials is in {}: {} is set, {} is not. Set both, or neither.",
                       where, (id.value ? id : secret).name, (id.value ? secret : id).name));
  for (auto const* named : {&id, &secret, &token})
    if (has_control(*named))
      return fail(Code::ConfigMalformed,
                  format("{} in {} holds a control character, such as a line feed. Remove it.", named->name, where));
  return Credentials{std::move(*id.value), Secret(std::move(*secret.value)), Secret(token.value.value_or("")),
                     std::nullopt, std::move(source)};
}

}  // namespace keks::aws
