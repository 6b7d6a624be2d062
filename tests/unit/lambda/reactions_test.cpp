#include "lambda/reactions.hpp"

#include <gtest/gtest.h>

namespace keks::lambda {
namespace {

using enum Reaction;

TEST(Reactions, FollowTheTableOfTheRuntimeApi) {
  struct Row {
    Call call;
    int status;
    Reaction reaction;
  };
  for (auto [call, status, reaction] : {
           Row{Call::Next, 200, GoOn},           Row{Call::Next, kNoReply, LogAndGoOn},
           Row{Call::Next, 403, LogAndGoOn},     Row{Call::Next, 202, LogAndGoOn},
           Row{Call::Next, 500, Exit},           Row{Call::Next, 503, Exit},
           Row{Call::Response, 202, GoOn},       Row{Call::Response, 400, GoOn},
           Row{Call::Response, 410, GoOn},       Row{Call::Response, 403, LogAndGoOn},
           Row{Call::Response, 413, LogAndGoOn}, Row{Call::Response, 500, Exit},
           Row{Call::Response, kNoReply, Exit},  Row{Call::Response, 302, LogAndGoOn},
           Row{Call::Error, 202, GoOn},          Row{Call::Error, 400, GoOn},
           Row{Call::Error, 403, LogAndGoOn},    Row{Call::Error, 413, LogAndGoOn},
           Row{Call::Error, 500, Exit},          Row{Call::Error, kNoReply, Exit},
           Row{Call::InitError, 202, GoOn},      Row{Call::InitError, 403, Exit},
           Row{Call::InitError, kNoReply, Exit},
       })
    EXPECT_EQ(react(call, status), reaction) << int(call) << " " << status;
}

}  // namespace
}  // namespace keks::lambda
