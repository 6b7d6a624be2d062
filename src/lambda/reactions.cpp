#include "lambda/reactions.hpp"

namespace keks::lambda {
namespace {

Reaction after_next(int status) {
  if (status == 200) return Reaction::GoOn;
  return status >= 500 ? Reaction::Exit : Reaction::LogAndGoOn;
}

Reaction after_reply(int status) {
  // Nobody knows whether the reply arrived. Asking `/next` might bring the same event again and do its work twice.
  if (status == kNoReply || status >= 500) return Reaction::Exit;
  if (status >= 200 && status < 300) return Reaction::GoOn;
  // The invocation is over already: its caller has had another answer.
  if (status == 400 || status == 410) return Reaction::GoOn;
  return Reaction::LogAndGoOn;
}

}  // namespace

Reaction react(Call call, int status) {
  switch (call) {
    case Call::Next:
      return after_next(status);
    case Call::Response:
    case Call::Error:
      return after_reply(status);
    case Call::InitError:
      return status >= 200 && status < 300 ? Reaction::GoOn : Reaction::Exit;
  }
  return Reaction::Exit;
}

}  // namespace keks::lambda
