#include "kube/pager.hpp"

namespace keks::kube {

Result<bool> Pager::turn(std::string continue_token) {
  if (continue_token.empty()) return false;
  if (continue_token == marked_)
    return fail(Code::ReplyWrongShape,
                "the server sends a continue token that it sent before, so the list would never end");
  if (++turns_ == mark_at_) {
    marked_ = continue_token;
    mark_at_ *= 2;
  }
  // The server refuses a version beside a token, which holds one itself.
  next_.resource_version.clear();
  next_.resource_version_match.clear();
  next_.continue_token = std::move(continue_token);
  return true;
}

bool Pager::restart() {
  // The caller's own token: items that he already has would come again.
  if (restarted_ || turns_ == 0) return false;
  restarted_ = true;
  next_ = first_;
  next_.limit = 0;
  next_.continue_token.clear();
  marked_.clear();
  return true;
}

}  // namespace keks::kube
