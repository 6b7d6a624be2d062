#include "aws/xml.hpp"

#include <expat.h>

#include <memory>
#include <vector>

#include "base/format.hpp"

namespace keks::aws {

class XmlReader {
 public:
  XmlReader() : parser_(XML_ParserCreate(nullptr), XML_ParserFree) {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(
        parser_.get(), [](void* self, char const* name, char const**) { of(self).begin(name); },
        [](void* self, char const*) { of(self).end(); });
    XML_SetCharacterDataHandler(parser_.get(), [](void* self, char const* text, int size) {
      of(self).text_.append(text, static_cast<std::size_t>(size));
    });
    XML_SetStartDoctypeDeclHandler(parser_.get(), [](void* self, char const*, char const*, char const*, int) {
      of(self).stop("it has a DOCTYPE");
    });
  }

  Result<XmlLeaves> read(std::string_view document) {
    auto status = XML_Parse(parser_.get(), document.data(), static_cast<int>(document.size()), XML_TRUE);
    if (status == XML_STATUS_OK) return std::move(leaves_);
    auto reason = reason_ ? reason_ : XML_ErrorString(XML_GetErrorCode(parser_.get()));
    return fail(Code::ReplyWrongShape,
                format("the XML cannot be read: {} (line {})", reason, XML_GetCurrentLineNumber(parser_.get())));
  }

  ~XmlReader() { Secret wiped(std::move(text_)); }
  XmlReader(XmlReader const&) = delete;
  XmlReader& operator=(XmlReader const&) = delete;

 private:
  static constexpr std::size_t kMaxDepth = 16, kMaxElements = 256, kMaxName = 128;

  static XmlReader& of(void* self) { return *static_cast<XmlReader*>(self); }

  void begin(std::string_view name) {
    if (auto colon = name.rfind(':'); colon != std::string_view::npos) name.remove_prefix(colon + 1);
    if (++elements_ > kMaxElements) return stop("it has too many elements");
    if (name.size() > kMaxName) return stop("an element's name is too long");
    if (starts_.size() == kMaxDepth) return stop("it nests too deep");
    starts_.push_back(path_.size());
    if (!path_.empty()) path_ += '/';
    path_ += name;
    text_.clear();
    is_leaf_ = true;
  }

  void end() {
    if (starts_.empty()) return;
    if (is_leaf_) leaves_.leaves_.try_emplace(path_, Secret(trimmed()));
    path_.resize(starts_.back());
    starts_.pop_back();
    is_leaf_ = false;
  }

  std::string trimmed() const {
    constexpr auto blanks = " \t\r\n";
    auto first = text_.find_first_not_of(blanks);
    if (first == std::string::npos) return {};
    return text_.substr(first, text_.find_last_not_of(blanks) - first + 1);
  }

  void stop(char const* reason) {
    reason_ = reason;
    XML_StopParser(parser_.get(), XML_FALSE);
  }

  std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser_;
  XmlLeaves leaves_;
  std::string path_, text_;
  std::vector<std::size_t> starts_;  // where each open element's name begins in path_
  std::size_t elements_ = 0;
  bool is_leaf_ = false;
  char const* reason_ = nullptr;
};

Result<XmlLeaves> XmlLeaves::read(std::string_view document) { return XmlReader().read(document); }

std::string_view XmlLeaves::get(std::string_view path) const {
  auto found = leaves_.find(path);
  return found == leaves_.end() ? std::string_view() : found->second.reveal();
}

}  // namespace keks::aws
