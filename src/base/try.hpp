#pragma once

// Early return on error, for bodies only (libstdc++ 12 has no monadic std::expected):
//   KEKS_TRY(auto url, Url::parse(text));   declares `url`, or returns the error
//   KEKS_CHECK(send_all(bytes));            returns the error, or goes on
#define KEKS_CAT_(a, b) a##b
#define KEKS_CAT(a, b) KEKS_CAT_(a, b)
#define KEKS_TRY_(name, decl, ...)                            \
  auto name = (__VA_ARGS__);                                  \
  if (!name) return std::unexpected(std::move(name).error()); \
  decl = *std::move(name)
#define KEKS_TRY(decl, ...) KEKS_TRY_(KEKS_CAT(keks_try_, __LINE__), decl, __VA_ARGS__)
#define KEKS_CHECK(...)                                                                                         \
  do {                                                                                                          \
    if (auto keks_check_ = (__VA_ARGS__); !keks_check_) return std::unexpected(std::move(keks_check_).error()); \
  } while (false)
