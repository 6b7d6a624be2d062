#pragma once

#include <gmock/gmock.h>
#include <keks/aws/service.hpp>
#include <keks/base/time.hpp>

#include "support/fake_clock.hpp"
#include "support/fake_transport.hpp"

namespace keks::aws {

inline Credentials example_key() { return {"AKIDEXAMPLE", Secret("example-secret"), Secret("token/+="), {}, "test"}; }

inline std::string sts_refusal(std::string code, std::string message = "words here") {
  return "<ErrorResponse><Error><Type>Sender</Type><Code>" + code + "</Code><Message>" + message +
         "</Message></Error><RequestId>rid</RequestId></ErrorResponse>";
}

inline std::string assumed_role() {
  return "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIA1</AccessKeyId>"
         "<SecretAccessKey>SECRET1</SecretAccessKey><SessionToken>TOKEN1</SessionToken>"
         "<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
}

/// STS and EKS on a scripted transport and a clock that stands still.
struct AwsTest : testing::Test {
  ServiceOptions options(std::string_view service) {
    return {transport, *endpoint(service, {"eu-west-1", false, false}), fixed_credentials(example_key()), clock};
  }
  Sts sts() { return Sts(options("sts")); }
  Eks eks() { return Eks(options("eks")); }
  Result<Credentials> assume() {
    return sts().assume_role({"arn:aws:iam::222233334444:role/ops", "keks", {}, {}}, Deadline::never());
  }

  test::FakeTransport transport;
  test::FakeClock clock;
};

/// A result that failed with `code`, and with a message that holds every one of `fragments`.
template <class T>
testing::AssertionResult failed(Result<T> const& result, Code code, std::initializer_list<std::string_view> fragments) {
  if (result) return testing::AssertionFailure() << "it succeeded";
  auto const& error = result.error();
  auto described = testing::AssertionFailure() << to_string(error.code()) << ": " << error.message();
  if (error.code() != code) return described;
  for (auto fragment : fragments)
    if (error.message().find(fragment) == std::string::npos) return described << " lacks \"" << fragment << '"';
  return testing::AssertionSuccess();
}

}  // namespace keks::aws
