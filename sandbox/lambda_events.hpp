#pragma once

#include <cstdint>
#include <string>

namespace keks::sandbox {

/// Where the functions seem to live.
struct Place {
  std::string region, account;
};

/// What a caller hands to a function.
struct InvokeInput {
  std::string body;
  std::string qualifier{};       ///< version or alias that the caller named; may be empty
  std::string client_context{};  ///< JSON, or empty
  std::string trace_id{}, tenant_id{};
};

/// The same on its way to the process, with what Lambda adds.
struct RuntimeEvent {
  InvokeInput input;
  std::string request_id, function_arn;
  std::int64_t deadline_ms = 0;  ///< since 1970
};

inline constexpr std::size_t kMaxRequest = 6 * 1024 * 1024;    ///< of a synchronous call
inline constexpr std::size_t kMaxAsyncRequest = 1024 * 1024;   ///< of a call of type Event
inline constexpr std::size_t kMaxResult = kMaxRequest + 100;   ///< of a function
inline constexpr std::size_t kMaxHttpBody = 64 * 1024 * 1024;  ///< what is read at all, to answer it by name

}  // namespace keks::sandbox
