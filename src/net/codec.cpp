#include "net/codec.hpp"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/status.hpp>

#include "base/format.hpp"

namespace keks::net {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using View = boost::beast::string_view;

/// Chunk headers and trailers: what may lie unread once the head is in.
constexpr std::size_t kMaxFraming = 16 * 1024;
constexpr std::size_t kMaxPiece = 64 * 1024;
constexpr int kMaxInterim = 32;

/// Beast's parser, with the fields going straight into a `Head` and the body handed out where it lies.
template <bool isRequest>
class Parser final : public http::basic_parser<isRequest> {
 public:
  Parser(Head& head, std::string_view& piece, HeadLimits limits) : head_(head), piece_(piece), limits_(limits) {
    this->header_limit(static_cast<std::uint32_t>(limits.bytes));
    this->body_limit(boost::none);
    this->eager(false);
  }

 private:
  void on_request_impl(http::verb, View method, View target, int version, error_code&) override {
    head_.method = std::string(method);
    head_.target = std::string(target);
    head_.version = version;
  }
  void on_response_impl(int code, View, int version, error_code& error) override {
    if (code < 100) error = http::error::bad_status;
    head_.status = code;
    head_.version = version;
  }
  void on_field_impl(http::field id, View name, View value, error_code& error) override {
    // Trailers come here too; none that we know means anything.
    if (this->is_header_done()) return;
    if (head_.headers.size() >= limits_.fields) error = http::error::header_limit;
    // Any other coding would leave the body's end to guesswork.
    if (id == http::field::transfer_encoding && !iequals(std::string_view(value), "chunked"))
      error = http::error::bad_transfer_encoding;
    head_.headers.add(std::string(name), std::string(value));
  }
  void on_header_impl(error_code&) override {}
  void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
  std::size_t on_body_impl(View body, error_code&) override { return hand_out(body); }
  void on_chunk_header_impl(std::uint64_t, View, error_code&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, View body, error_code&) override { return hand_out(body); }
  void on_finish_impl(error_code&) override {}

  std::size_t hand_out(View body) {
    piece_ = std::string_view(body).substr(0, kMaxPiece);
    return piece_.size();
  }

  Head& head_;
  std::string_view& piece_;
  HeadLimits limits_;
};

std::unexpected<Fault> fault(error_code const& error) {
  auto kind = error == http::error::header_limit      ? Fault::HeadTooLarge
              : error == http::error::partial_message ? Fault::Truncated
                                                      : Fault::Malformed;
  return std::unexpected(Fault{kind, error.message()});
}

/// Beast waits for a whole status line; another protocol may never send one.
bool may_be_http(std::string_view bytes) {
  std::string_view start = "HTTP/1.";
  return start.starts_with(bytes.substr(0, start.size()));
}

template <bool isRequest>
class Reader final : public MessageReader {
 public:
  Reader(bool no_body, HeadLimits limits) : no_body_(no_body), limits_(limits) { restart(); }

  std::expected<std::size_t, Fault> feed(std::string_view bytes) override {
    piece_ = {};
    if (!isRequest && head_.status == 0 && !may_be_http(bytes))
      return std::unexpected(Fault{Fault::Malformed, "it does not begin with HTTP/1"});
    error_code error;
    std::size_t used = parser_->put(boost::asio::const_buffer(bytes.data(), bytes.size()), error);
    bool starved = error == http::error::need_more;
    if (error && !starved) return fault(error);
    if (starved && has_head() && bytes.size() - used > kMaxFraming)
      return std::unexpected(Fault{Fault::Malformed, "a chunk header or trailer that does not end"});
    if (is_interim() && ++interim_ > kMaxInterim)
      return std::unexpected(Fault{Fault::Malformed, "interim replies without end"});
    if (is_interim()) restart();
    return used;
  }

  std::expected<void, Fault> end() override {
    error_code error = http::error::partial_message;
    if (parser_->got_some()) parser_->put_eof(error);
    if (error) return fault(error);
    return {};
  }

  bool has_head() const override { return parser_->is_header_done(); }
  bool done() const override { return parser_->is_done(); }
  bool keep_alive() const override { return parser_->keep_alive() && head_.status != 101; }

 private:
  bool is_interim() const {
    return !isRequest && has_head() && head_.status >= 100 && head_.status < 200 && head_.status != 101;
  }
  void restart() {
    head_ = {};
    parser_.emplace(head_, piece_, limits_);
    parser_->skip(no_body_);
  }

  bool no_body_;
  HeadLimits limits_;
  int interim_ = 0;
  std::optional<Parser<isRequest>> parser_;
};

}  // namespace

std::unique_ptr<MessageReader> reply_reader(bool to_head, HeadLimits limits) {
  return std::make_unique<Reader<false>>(to_head, limits);
}

std::unique_ptr<MessageReader> request_reader(HeadLimits limits) {
  return std::make_unique<Reader<true>>(false, limits);
}

std::string_view status_text(int status) {
  return http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
}

}  // namespace keks::net
