// A process at its limit of open files.
#include <gmock/gmock.h>
#include <sys/resource.h>

#include <thread>

#include "net/socket.hpp"
#include "support.hpp"

namespace keks::net::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

#if defined(__has_feature)
#if __has_feature(undefined_behavior_sanitizer)
#define KEKS_UNDER_UBSAN
#endif
#endif

struct Descriptors : testing::Test {
  void SetUp() override {
#ifdef KEKS_UNDER_UBSAN
    GTEST_SKIP() << "UBSan opens a pipe to look at an object's type, and takes it for a wrong one when it gets none";
#endif
  }
};

/// While it lives, the process can open `more` descriptors and no further ones.
class FewDescriptors {
 public:
  explicit FewDescriptors(int more) {
    getrlimit(RLIMIT_NOFILE, &usual_);
    auto few = usual_;
    few.rlim_cur = static_cast<rlim_t>(Fd(dup(0)).get() + more);
    setrlimit(RLIMIT_NOFILE, &few);
  }
  FewDescriptors(FewDescriptors const&) = delete;
  FewDescriptors& operator=(FewDescriptors const&) = delete;
  ~FewDescriptors() { setrlimit(RLIMIT_NOFILE, &usual_); }

 private:
  rlimit usual_{};
};

TEST_F(Descriptors, AServerThatLacksOneSaysWhichLimitToRaise) {
  for (int left : {0, 1, 2}) {
    FewDescriptors few(left);
    EXPECT_THAT(failure(Server::start({}, [](Exchange&) {})),
                AllOf(StartsWith("Io: cannot listen on "), HasSubstr("Too many open files"), HasSubstr("ulimit -n")))
        << left;
  }
}

TEST_F(Descriptors, AStopEndsAWaitThatHasNoneToBeWokenBy) {
  Event never;
  std::stop_source source;
  FewDescriptors none(0);
  std::jthread other([&] { source.request_stop(); });
  auto deadline = Deadline::after(std::chrono::hours(1)).with_stop(source.get_token());
  EXPECT_THAT(failure(wait_for(never.fd(), POLLIN, deadline, {"nothing", ""})), StartsWith("Cancelled"));
}

}  // namespace
}  // namespace keks::net::test
