#pragma once

namespace keks::lambda {

enum class Call { Next, Response, Error, InitError };

enum class Reaction { GoOn, LogAndGoOn, Exit };

/// `status` of a call that brought no reply at all.
inline constexpr int kNoReply = 0;

/// `/next` may fail this often in a row; then the process exits, and Lambda starts a fresh one.
inline constexpr int kMaxNextFailures = 3;

/// What to do after a call of the Runtime API. For `Next`, everything but 200 is a failure: `LogAndGoOn` means to
/// ask again, at most `kMaxNextFailures` times in a row. After `InitError` the process exits whatever the reaction is.
/// Contract: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
Reaction react(Call call, int status);

}  // namespace keks::lambda
