// A secret that takes every way on which a call can fail must not come out in what people read.
#include <keks/base/encoding.hpp>

#include "fixture.hpp"

namespace keks::aws {
namespace {

constexpr std::string_view kSecret = "CANARY-secret/+", kToken = "CANARY-token/+=";

struct Canary : AwsTest {
  ServiceOptions with_canary(std::string_view service) {
    auto to = options(service);
    to.credentials =
        fixed_credentials({"AKIDEXAMPLE", Secret(std::string(kSecret)), Secret(std::string(kToken)), {}, "test"});
    return to;
  }
  /// A server that sends back all it got, as AWS does when a signature does not match.
  static Result<net::Response> echo(int status, std::string code, net::Request const& request) {
    std::string said = "The Canonical String for this request should have been\n";
    for (auto const& [name, value] : request.headers) said += name + ":" + value + "\n";
    said += percent_encode(kToken) + " " + std::string(kSecret) + " " + std::string(kToken);
    return net::make_response(
        status, {{"x-amzn-ErrorType", code}, {"x-amzn-RequestId", std::string(kToken)}},
        "<ErrorResponse><Error><Code>" + code + "</Code><Message>" + said + "</Message></Error></ErrorResponse>");
  }
};

bool shows(std::string_view text) { return text.find("CANARY") != text.npos; }

template <class T>
void expect_silent(Result<T> const& result) {
  ASSERT_FALSE(result);
  auto const& e = result.error();
  for (auto const& text : {e.message(), e.operation(), e.host(), e.aws_code(), e.aws_request_id()})
    EXPECT_FALSE(shows(text)) << text;
}

TEST_F(Canary, StaysInsideWhenTheServerEchoesTheRequest) {
  for (auto code : {"SignatureDoesNotMatch", "AccessDenied", "AccessDeniedException", "ExpiredToken", "Throttling",
                    "ResourceNotFoundException", "CANARY-token/+="}) {
    for (int status : {400, 403, 500}) {
      test::FakeTransport echoing;
      echoing.then([=](net::Request const& r) { return echo(status, code, r); });
      auto sts = with_canary("sts"), eks = with_canary("eks");
      Sts s({echoing, sts.endpoint, sts.credentials, clock});
      expect_silent(s.assume_role({"arn:aws:iam::222233334444:role/ops", "keks", {}, {}}, Deadline::never()));
      expect_silent(s.get_caller_identity(Deadline::never()));
      Eks e({echoing, eks.endpoint, eks.credentials, clock});
      expect_silent(e.describe_ready_cluster("prod", Deadline::never()));
      expect_silent(e.list_clusters(Deadline::never()));
    }
  }
}

TEST_F(Canary, StaysInsideWhenEksEchoesItInJson) {
  transport.answer(403, R"({"__type":"InvalidSignatureException","message":"x-amz-security-token:CANARY-token/+="})");
  expect_silent(Eks(with_canary("eks")).list_clusters(Deadline::never()));
}

TEST_F(Canary, KeysOfAReplyThatCannotBeUsedStayInside) {
  auto whole = assumed_role();
  whole.replace(whole.find("SECRET1"), 7, "CANARY");
  for (std::size_t cut = 0; cut < whole.size(); cut += 7) {
    test::FakeTransport one;
    one.answer(200, whole.substr(0, cut));
    auto to = with_canary("sts");
    Sts s({one, to.endpoint, to.credentials, clock});
    expect_silent(s.assume_role({"arn:aws:iam::222233334444:role/ops", "keks", {}, {}}, Deadline::never()));
  }
}

TEST_F(Canary, StaysInsideWhenTheTransportFails) {
  for (auto code : {Code::NameNotResolved, Code::TlsUntrusted, Code::ConnectionLost, Code::DeadlineExceeded}) {
    test::FakeTransport one;
    one.fails(code);
    auto to = with_canary("sts");
    expect_silent(Sts({one, to.endpoint, to.credentials, clock}).get_caller_identity(Deadline::never()));
  }
}

}  // namespace
}  // namespace keks::aws
