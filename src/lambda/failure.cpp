#include "lambda/failure.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>

#include "base/format.hpp"

namespace keks::lambda {
namespace {

constexpr std::size_t kMaxMessage = 32 * 1024;

std::string what(std::exception_ptr const& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (std::exception const& e) {
    return e.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

}  // namespace

Failure Failure::of(Error const& error) {
  return {"Function." + std::string(to_string(error.code())), escape_controls(error.message(), kMaxMessage)};
}

Failure Failure::of(std::exception_ptr const& exception, std::string_view who) {
  return {"Function.UnhandledException",
          escape_controls(format("{} threw an exception, the process ends: {}", who, what(exception)), kMaxMessage)};
}

std::string Failure::body() const {
  return format(R"({{"errorMessage":{},"errorType":{},"stackTrace":[]}})", json_quote(message), json_quote(type));
}

}  // namespace keks::lambda
