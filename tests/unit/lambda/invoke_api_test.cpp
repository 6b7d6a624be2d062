#include <gtest/gtest.h>
#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>

#include <boost/json.hpp>

#include "sandbox/lambda_invoke.hpp"

namespace keks::sandbox {
namespace {

net::ServerRequest call(std::string function, net::Headers headers = {}, std::string body = "{}") {
  return {"POST", "/2015-03-31/functions/" + function + "/invocations", std::move(headers), std::move(body)};
}

TEST(FunctionName, IsFoundInEveryFormThatAwsTakes) {
  using Pair = std::pair<std::string, std::string>;
  EXPECT_EQ(split_function_name("f"), Pair("f", ""));
  EXPECT_EQ(split_function_name("f:PROD"), Pair("f", "PROD"));
  EXPECT_EQ(split_function_name("111122223333:function:f"), Pair("f", ""));
  EXPECT_EQ(split_function_name("arn:aws:lambda:eu-west-1:111122223333:function:f:7"), Pair("f", "7"));
}

TEST(InvokeApi, ReadsWhatTheAwsCliSends) {
  auto request = call("arn%3Aaws%3Alambda%3Aeu-west-1%3A111122223333%3Afunction%3Af",
                      {{"X-Amz-Log-Type", "Tail"}, {"X-Amz-Client-Context", base64("{\"a\":\n1}")}}, "{\"x\":1}");
  request.target += "?Qualifier=PROD";
  auto read = read_invoke(request);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->function, "f");
  EXPECT_EQ(read->input.qualifier, "PROD");
  EXPECT_EQ(read->input.client_context, "{\"a\":1}");
  EXPECT_EQ(read->input.body, "{\"x\":1}");
  EXPECT_TRUE(read->wants_log);
  EXPECT_EQ(read->type, InvokeRequest::Type::RequestResponse);
}

TEST(InvokeApi, SendsAnEmptyObjectForAnEmptyBody) { EXPECT_EQ(read_invoke(call("f", {}, ""))->input.body, "{}"); }

TEST(InvokeApi, RefusesAsAwsDoes) {
  struct Row {
    net::ServerRequest request;
    int status;
    std::string type;
  };
  auto get = call("f");
  get.method = "GET";
  auto async = [](std::size_t size) {
    return call("f", {{"X-Amz-Invocation-Type", "Event"}}, '"' + std::string(size - 2, 'x') + '"');
  };
  for (auto const& [request, status, type] : {
           Row{get, 404, "UnknownOperationException"},
           Row{call("%zz"), 400, "ValidationException"},
           Row{call(""), 400, "ValidationException"},
           Row{call("f", {{"X-Amz-Invocation-Type", "Maybe"}}), 400, "InvalidParameterValueException"},
           Row{call("f", {}, "pods"), 400, "InvalidRequestContentException"},
           Row{call("f", {{"X-Amz-Client-Context", "e30"}}), 400, "InvalidRequestContentException"},
           Row{call("f", {}, std::string(kMaxRequest + 1, ' ')), 413, "RequestTooLargeException"},
           Row{async(kMaxAsyncRequest + 1), 413, "RequestTooLargeException"},
       }) {
    auto read = read_invoke(request);
    ASSERT_FALSE(read) << type;
    EXPECT_EQ(read.error().status, status);
    EXPECT_EQ(read.error().type, type);
  }
  EXPECT_TRUE(read_invoke(async(kMaxAsyncRequest)));
}

TEST(InvokeApi, NamesTheExceptionWhereSdksLookForIt) {
  auto reply = reply_with(unknown_function("f", {"eu-west-1", "111122223333"}));
  EXPECT_EQ(reply.status, 404);
  EXPECT_EQ(reply.headers.get("x-amzn-ErrorType"), "ResourceNotFoundException");
  EXPECT_EQ(parse_json(reply.body)->at("Message"),
            "Function not found: arn:aws:lambda:eu-west-1:111122223333:function:f");
}

TEST(InvokeApi, PutsTheLogAndTheErrorIntoHeaders) {
  auto reply = reply_with(InvokeResult{"{}", "Unhandled", "START\n", "id"}, true);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.get("X-Amz-Function-Error"), "Unhandled");
  EXPECT_EQ(reply.headers.get("X-Amz-Executed-Version"), "$LATEST");
  EXPECT_EQ(reply.headers.get("X-Amzn-RequestId"), "id");
  EXPECT_EQ(base64_decode(reply.headers.get("X-Amz-Log-Result")), "START\n");
  auto quiet = reply_with(InvokeResult{"{}", "", "START\n", "id"}, false);
  EXPECT_FALSE(quiet.headers.has("X-Amz-Function-Error"));
  EXPECT_FALSE(quiet.headers.has("X-Amz-Log-Result"));
}

}  // namespace
}  // namespace keks::sandbox
