#include <gmock/gmock.h>

#include "net/codec.hpp"
#include "support.hpp"

namespace keks::net::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

/// What a reader made of some bytes: `200 [Name: value] body`, or the fault.
std::string summary(MessageReader const& reader, std::string const& body) {
  auto const& head = reader.head();
  std::string text = head.status ? std::to_string(head.status) : head.method + " " + head.target;
  for (auto const& [name, value] : head.headers) text += " [" + name + ": " + value + "]";
  return text + " {" + body + "}" + (reader.keep_alive() ? "" : " close");
}

std::string name_of(Fault const& fault) {
  switch (fault.kind) {
    case Fault::Malformed:
      return "malformed: " + fault.why;
    case Fault::HeadTooLarge:
      return "head too large";
    case Fault::Truncated:
      return "truncated";
  }
  return "?";
}

/// Feeds `pieces` as a connection would: what was not used comes again, before what comes next.
std::string read(MessageReader& reader, std::vector<std::string> const& pieces) {
  std::string pending, body;
  for (auto const& piece : pieces) {
    pending += piece;
    while (!pending.empty() && !reader.done()) {
      auto used = reader.feed(pending);
      if (!used) return name_of(used.error());
      body += reader.piece();
      pending.erase(0, *used);
      if (*used == 0) break;
    }
  }
  if (!reader.done())
    if (auto end = reader.end(); !end) return name_of(end.error());
  return summary(reader, body) + (pending.empty() ? "" : " rest: " + pending);
}

std::string read_reply(std::vector<std::string> const& pieces, bool to_head = false, HeadLimits limits = {}) {
  return read(*reply_reader(to_head, limits), pieces);
}
std::string read_request(std::vector<std::string> const& pieces, HeadLimits limits = {}) {
  return read(*request_reader(limits), pieces);
}

struct Row {
  char const *bytes, *expected;
};

class Replies : public testing::TestWithParam<Row> {};

TEST_P(Replies, ReadTheSameHoweverTheBytesAreSplit) {
  std::string bytes = GetParam().bytes;
  EXPECT_EQ(read_reply({bytes}), GetParam().expected);
  for (std::size_t at = 1; at < bytes.size(); ++at)
    EXPECT_EQ(read_reply({bytes.substr(0, at), bytes.substr(at)}), GetParam().expected) << "split at " << at;
  std::vector<std::string> single;
  for (char c : bytes) single.emplace_back(1, c);
  EXPECT_EQ(read_reply(single), GetParam().expected) << "byte by byte";
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Replies,
    testing::Values(
        Row{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "200 [Content-Length: 5] {hello}"},
        Row{"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", "200 [Content-Length: 0] {}"},
        Row{"HTTP/1.1 204 No Content\r\n\r\n", "204 {}"},
        Row{"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", "304 [Content-Length: 9] {}"},
        Row{"HTTP/1.1 200 OK\r\n\r\nto the end", "200 {to the end} close"},
        Row{"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", "200 [Content-Length: 2] {hi} close"},
        Row{"HTTP/1.1 200 \r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
            "200 [Connection: close] [Content-Length: 1] {x} close"},
        Row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
            "200 [Transfer-Encoding: chunked] {abc0123456789}"},
        Row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n1\r\nx\r\n0\r\nTrailer: t\r\n\r\n",
            "200 [Transfer-Encoding: Chunked] {x}"},
        Row{"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
            "HTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\n1",
            "201 [Content-Length: 1] {1}"},
        Row{"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "101 [Upgrade: x] {} close"}));

class BadReplies : public testing::TestWithParam<Row> {};

TEST_P(BadReplies, AreFaults) { EXPECT_THAT(read_reply({GetParam().bytes}), StartsWith(GetParam().expected)); }

INSTANTIATE_TEST_SUITE_P(
    Rows, BadReplies,
    testing::Values(Row{"SSH-2.0-OpenSSH_9.2\r\n", "malformed"}, Row{"\x15\x03\x03\x00\x02\x02\x46", "malformed"},
                    Row{"HTTP/2.0 200 OK\r\n\r\n", "malformed"}, Row{"HTTP/1.1 20 OK\r\n\r\n", "malformed"},
                    Row{"HTTP/1.1 099 X\r\n\r\n", "malformed"}, Row{"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "malformed"},
                    Row{"HTTP/1.1 200 OK\r\nA : b\r\n\r\n", "malformed"}, Row{"HTTP/1.1 200 OK\nA: b\n\n", "malformed"},
                    Row{"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "malformed"},
                    Row{"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "malformed"},
                    Row{"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "malformed"},
                    Row{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                        "malformed"},
                    Row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nx", "malformed"},
                    Row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "malformed"},
                    Row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "malformed"},
                    Row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", "malformed"},
                    Row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", "malformed"},
                    Row{"", "truncated"}, Row{"HTTP/1.1 200 OK\r\nA: b\r\n", "truncated"},
                    Row{"HTTP/1.1 2", "truncated"},
                    Row{"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell", "truncated"},
                    Row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", "truncated"},
                    Row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "truncated"},
                    Row{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", "truncated"},
                    Row{"HTTP/1.1 100 Continue\r\n\r\n", "truncated"}));

TEST(ReplyReader, ReadsNoBodyAfterHead) {
  EXPECT_EQ(read_reply({"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"}, true), "200 [Content-Length: 5] {}");
  EXPECT_EQ(read_reply({"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"}, true),
            "200 [Transfer-Encoding: chunked] {}");
}

TEST(ReplyReader, LeavesWhatFollowsTheReply) {
  EXPECT_EQ(read_reply({"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1"}),
            "200 [Content-Length: 1] {x} rest: HTTP/1.1");
}

TEST(ReplyReader, BoundsTheHead) {
  std::string large = "HTTP/1.1 200 OK\r\nA: " + std::string(5000, 'a') + "\r\nContent-Length: 0\r\n\r\n";
  EXPECT_THAT(read_reply({large}, false, {.bytes = 8192}), StartsWith("200"));
  EXPECT_EQ(read_reply({large}, false, {.bytes = 4096}), "head too large");
  EXPECT_EQ(read_reply({"HTTP/1.1 200 " + std::string(5000, 'x')}, false, {.bytes = 4096}), "head too large");
}

TEST(ReplyReader, BoundsTheNumberOfFields) {
  std::string head = "HTTP/1.1 204 No Content\r\n";
  for (int i = 0; i < 10; ++i) head += "F: " + std::to_string(i) + "\r\n";
  head += "\r\n";
  EXPECT_THAT(read_reply({head}, false, {.fields = 10}), StartsWith("204"));
  EXPECT_EQ(read_reply({head}, false, {.fields = 9}), "head too large");
}

TEST(ReplyReader, BoundsChunkHeadersAndTrailers) {
  std::string head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(read_reply({head + "1;" + std::string(20'000, 'x')}), StartsWith("malformed"));
  EXPECT_THAT(read_reply({head + "0\r\nT: " + std::string(20'000, 'x')}), StartsWith("malformed"));
}

TEST(ReplyReader, BoundsInterimReplies) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "HTTP/1.1 100 Continue\r\n\r\n";
  EXPECT_THAT(read_reply({many}), HasSubstr("interim"));
}

TEST(ReplyReader, HandsOutPiecesOfBoundedSize) {
  auto reader = reply_reader(false, {});
  std::string bytes = "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + std::string(200'000, 'x');
  std::size_t total = 0;
  while (!reader->done()) {
    auto used = reader->feed(bytes);
    ASSERT_TRUE(used);
    EXPECT_LE(reader->piece().size(), 64u * 1024);
    total += reader->piece().size();
    bytes.erase(0, *used);
  }
  EXPECT_EQ(total, 200'000u);
}

TEST(RequestReader, ReadsWhatClientsSend) {
  EXPECT_EQ(read_request({"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\n"}), "GET /a?b [Host: x] {}");
  EXPECT_EQ(read_request({"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"}), "POST / [Content-Length: 2] {hi}");
  EXPECT_EQ(read_request({"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"}),
            "POST / [Transfer-Encoding: chunked] {hi}");
  EXPECT_EQ(read_request({"GET / HTTP/1.0\r\n\r\n"}), "GET / {} close");
}

TEST(RequestReader, RefusesWhatCouldBeSmuggled) {
  EXPECT_THAT(read_request({"POST / HTTP/1.1\r\nTransfer-Encoding: x\r\n\r\n"}), StartsWith("malformed"));
  EXPECT_THAT(read_request({"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"}),
              StartsWith("malformed"));
  EXPECT_THAT(read_request({"GET / HTTP/1.1\r\nHost : x\r\n\r\n"}), StartsWith("malformed"));
  EXPECT_THAT(read_request({"GET / /b HTTP/1.1\r\n\r\n"}), StartsWith("malformed"));
}

}  // namespace
}  // namespace keks::net::test
