#pragma once

#include <keks/base/result.hpp>

#include <exception>
#include <string>

namespace keks::lambda {

/// A failed invocation or INIT, as Lambda wants to hear of it.
struct Failure {
  std::string type;     ///< `Function.` and a CamelCase name, letters only: Lambda replaces anything else
  std::string message;  ///< one line, no control characters

  static Failure of(Error const& error);
  /// `who` threw: `the handler`, `INIT`.
  static Failure of(std::exception_ptr const& exception, std::string_view who);

  std::string log_text() const { return type + ": " + message; }
  std::string body() const;  ///< `{"errorMessage":...,"errorType":...,"stackTrace":[]}`
};

}  // namespace keks::lambda
