#include "sandbox/faults.hpp"

#include <gmock/gmock.h>

#include "tests/unit/sandbox/support.hpp"

namespace keks::sandbox {
namespace {

using test::Answer;
using test::Box;
using testing::HasSubstr;
using testing::StartsWith;

struct Faults : FaultList {
  Faults(std::initializer_list<char const*> texts) {
    std::vector<Fault> parsed;
    for (auto text : texts) parsed.push_back(*Fault::parse(text));
    set(std::move(parsed));
  }
};

TEST(FaultParse, ReadsPointActionAndOptions) {
  auto fault = Fault::parse("kube.list=429:retry-after=1:times=2:message=slow: down");
  ASSERT_TRUE(fault);
  EXPECT_EQ(fault->point, "kube.list");
  EXPECT_EQ(fault->action, "429");
  EXPECT_EQ(fault->options.at("retry-after"), "1");
  EXPECT_EQ(fault->options.at("times"), "2");
  EXPECT_EQ(fault->options.at("message"), "slow: down");
}

TEST(FaultParse, RefusesWhatDoesNotExistWithTheListOfWhatDoes) {
  EXPECT_THAT(Fault::parse("kube.lisst=429").error().message(), HasSubstr("kube.list, kube.get"));
  EXPECT_THAT(Fault::parse("kube.list").error().message(), HasSubstr("POINT="));
  EXPECT_THAT(Fault::parse("kube.list=explode").error().message(), HasSubstr("truncate, close, skew"));
  EXPECT_THAT(Fault::parse("kube.list=429:sometimes=1").error().message(), HasSubstr("times, after"));
  EXPECT_THAT(Fault::parse("kube.list=429:times=many").error().message(), HasSubstr("needs a number"));
  EXPECT_THAT(Fault::parse("kube.list=429:times").error().message(), HasSubstr("needs a value"));
}

TEST(FaultParse, RefusesAnActionWhereItDoesNothing) {
  for (auto text :
       {"kube.list=200", "kube.list=600", "kube.list=", "kube.get=expired", "kube.list=wrong-ca", "kube.tls=reset",
        "kube.tls=500", "sts.assume=bad-ca", "kube.list=status:value=CREATING", "", "=", "a=b=c"})
    EXPECT_FALSE(Fault::parse(text)) << text;
  for (auto text : {"kube.list=expired", "sts.assume=expired", "kube.tls=wrong-ca", "eks.describe=bad-ca",
                    "kube.*=stall", "aws.*=503"})
    EXPECT_TRUE(Fault::parse(text)) << text;
}

TEST(FaultList, PassesThenStrikesThenIsWell) {
  Faults list{"kube.list=500:after=1:times=2"};
  std::string seen;
  for (int i = 0; i < 5; ++i) seen += list.next("kube.list", false).fault ? 'x' : '.';
  EXPECT_EQ(seen, ".xx..");
  EXPECT_FALSE(list.next("kube.get", false).fault);
}

TEST(FaultList, StarsCoverOneSide) {
  Faults list{"aws.*=500"};
  EXPECT_TRUE(list.next("sts.assume", false).fault);
  EXPECT_TRUE(list.next("eks.describe", false).fault);
  EXPECT_FALSE(list.next("kube.list", false).fault);
}

TEST(FaultList, SkewAddsToAnotherFault) {
  Faults list{"kube.*=skew:seconds=-600", "kube.list=401"};
  auto plan = list.next("kube.list", false);
  EXPECT_EQ(plan.skew, std::chrono::seconds(-600));
  EXPECT_EQ(plan.status(), 401);
}

TEST(Fault, AStatusComesAsARealStatusWithRetryAfter) {
  Box box;
  box.fault("kube.list=429:retry-after=7:times=1");
  auto answer = box.kube("/api/v1/pods");
  EXPECT_EQ(answer.status, 429);
  EXPECT_EQ(answer.headers.get("retry-after"), "7");
  EXPECT_EQ(answer.text("/reason"), "TooManyRequests");
  EXPECT_EQ(answer.text("/details/retryAfterSeconds"), "7");
  EXPECT_EQ(box.kube("/api/v1/pods").status, 200);
}

TEST(Fault, DenyIsForbiddenAsRbacSaysIt) {
  Box box;
  box.fault("kube.get=deny");
  auto answer = box.kube("/api/v1/namespaces/default/pods/x");
  EXPECT_EQ(answer.status, 403);
  EXPECT_EQ(answer.text("/message"),
            "pods \"x\" is forbidden: User \"eksClient\" cannot get resource \"pods\" in API group \"\" in the "
            "namespace \"default\"");
}

TEST(Fault, ResetAndCloseLoseTheConnection) {
  for (auto text : {"kube.list=reset", "kube.list=close"}) {
    Box box;
    box.fault(text);
    auto answer = box.try_kube("/api/v1/pods");
    ASSERT_FALSE(answer) << text;
    EXPECT_EQ(answer.error().code(), Code::ConnectionLost) << answer.error().message();
  }
}

TEST(Fault, StallAnswersNothingAndDoesNotKeepTheSandboxFromStopping) {
  Box box;
  box.fault("kube.list=stall");
  auto response = box.client->send(box.kube_request("/api/v1/pods"), Deadline::after(std::chrono::seconds(2)));
  ASSERT_FALSE(response);
  EXPECT_EQ(response.error().code(), Code::DeadlineExceeded);
}

TEST(Fault, TruncateStopsInTheMiddleOfAnItem) {
  for (std::string target : {"/api/v1/pods", "/version"}) {
    Box box;
    box.fault("kube.*=truncate");
    auto response = box.client->send(box.kube_request(target), test::soon());
    ASSERT_TRUE(response);
    std::string got;
    for (;;) {
      auto part = response->body->read(test::soon());
      if (!part) {
        EXPECT_EQ(part.error().code(), Code::ReplyTruncated);
        break;
      }
      ASSERT_FALSE(part->empty()) << "the body ended well";
      got += *part;
    }
    EXPECT_THAT(got, StartsWith("{\""));
    EXPECT_FALSE(parse_json(got));
    EXPECT_GT(got.size(), target == "/version" ? 50u : 4'000u);
  }
}

TEST(Fault, SkewMovesDateAndJudgement) {
  Box box;
  box.fault("kube.*=skew:seconds=600");
  auto answer = box.kube("/api/v1/pods");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.get("date"), "Thu, 15 Jan 2026 12:10:00 GMT");
  box.fault("kube.*=skew");
  EXPECT_EQ(box.kube("/api/v1/pods").status, 401);
}

TEST(Fault, NotJsonAndWrongShapeAreWhatTheySay) {
  Box box;
  box.fault("kube.*=not-json");
  EXPECT_FALSE(parse_json(box.kube("/api/v1/pods").body));
  EXPECT_FALSE(parse_json(box.kube("/version").body));
  box.fault("kube.*=wrong-shape");
  EXPECT_EQ(box.kube("/api/v1/pods").text("/items/0"), "42");
  EXPECT_EQ(box.kube("/api/v1/pods").text("/items/1/metadata/namespace"), "default");
  auto table = box.kube("/api/v1/pods", {{"Accept", "application/json;as=Table;v=v1;g=meta.k8s.io"}});
  EXPECT_EQ(table.text("/rows/0"), "42");
}

TEST(Fault, ExpiredStrikesOnlyAContinuedList) {
  Box box;
  box.fault("kube.list=expired:times=1");
  auto first = box.kube("/api/v1/pods?limit=10");
  ASSERT_EQ(first.status, 200);
  auto next = "/api/v1/pods?limit=10&continue=" + first.text("/metadata/continue");
  auto expired = box.kube(next);
  EXPECT_EQ(expired.status, 410);
  EXPECT_EQ(expired.text("/reason"), "Expired");
  EXPECT_NE(expired.text("/metadata/continue"), "absent");
  EXPECT_EQ(box.kube(next).status, 200);
}

TEST(Fault, DelayComesBeforeTheAnswer) {
  Box box;
  box.fault("kube.version=slow:delay=50");
  auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(box.kube("/version").status, 200);
  EXPECT_GE(std::chrono::steady_clock::now() - before, std::chrono::milliseconds(50));
}

Error handshake_error(char const* fault) {
  Options options;
  options.faults.push_back(*Fault::parse(fault));
  Box box(std::move(options));
  auto answer = box.try_kube("/version");
  return answer ? Error(Code::Io, "the handshake went well") : answer.error();
}

TEST(Fault, CertificatesCanBeForAnotherNameOrOfAnotherAuthority) {
  EXPECT_EQ(handshake_error("kube.tls=wrong-name").code(), Code::TlsWrongName);
  EXPECT_EQ(handshake_error("kube.tls=wrong-ca").code(), Code::TlsUntrusted);
}

}  // namespace
}  // namespace keks::sandbox
