#include "base/redact.hpp"

#include <gtest/gtest.h>

namespace keks {
namespace {

TEST(Without, StarsOutTheSecretWhereverItStands) {
  EXPECT_EQ(without("key", "key, keykey and ke"), "***, ****** and ke");
  EXPECT_EQ(without("key", ""), "");
}

TEST(Without, LeavesTheTextAloneWhenThereIsNoSecret) { EXPECT_EQ(without("", "text"), "text"); }

}  // namespace
}  // namespace keks
