#include <keks/net/message.hpp>

#include <algorithm>

#include "base/ascii.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::net {
namespace {

class TextBody final : public Body {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}

  Result<std::string_view> read(Deadline const&) override {
    constexpr std::size_t most = 64 * 1024;
    auto piece = std::string_view(text_).substr(read_, most);
    read_ += piece.size();
    return piece;
  }

 private:
  std::string text_;
  std::size_t read_ = 0;
};

}  // namespace

bool iequals(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::string_view Headers::get(std::string_view name) const {
  for (auto const& [key, value] : fields_)
    if (iequals(key, name)) return value;
  return {};
}

bool Headers::has(std::string_view name) const {
  return std::any_of(fields_.begin(), fields_.end(), [&](Field const& f) { return iequals(f.first, name); });
}

void Headers::set(std::string name, std::string value) {
  remove(name);
  add(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](Field const& f) { return iequals(f.first, name); });
}

Result<std::string> collect(Response& response, std::size_t limit, Deadline const& deadline) {
  std::string all;
  while (response.body) {
    KEKS_TRY(auto piece, response.body->read(deadline));
    if (piece.empty()) break;
    if (piece.size() > limit - all.size())
      return fail(Error(Code::ReplyTooLarge, format("the reply's body passes the limit of {} bytes", limit))
                      .with_http_status(response.status));
    all += piece;
  }
  return all;
}

Response make_response(int status, Headers headers, std::string body) {
  return {status, std::move(headers), std::make_unique<TextBody>(std::move(body))};
}

}  // namespace keks::net
