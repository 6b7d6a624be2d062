// Shared files of the AWS tools. The first byte says which of the two. No text may crash the reader, hide a section
// that follows it, or mean another thing with other line ends.
#include <keks/aws/shared_config.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace {

using keks::aws::ConfigSection;
using keks::aws::ConfigText;
using keks::aws::SharedConfig;

constexpr std::string_view kMark = "\xEF\xBB\xBF";
constexpr std::string_view kLast = "keks-last";

void require(bool holds) {
  if (!holds) std::abort();
}

SharedConfig parse(bool is_config, std::string text) {
  ConfigText file{"file", std::move(text)};
  return is_config ? SharedConfig::parse(file, {}) : SharedConfig::parse({}, file);
}

std::string with_crlf(std::string_view text) {
  std::string out;
  for (char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

bool same(SharedConfig const& a, SharedConfig const& b) {
  auto names = a.profile_names();
  return a.faults().size() == b.faults().size() && names == b.profile_names() &&
         std::ranges::all_of(names, [&](std::string const& name) {
           return a.profile(name)->values == b.profile(name)->values &&
                  a.profile(name)->nested == b.profile(name)->nested;
         });
}

void check_key(std::string_view key) {
  require(!key.empty());
  require(std::ranges::none_of(key, [](char c) { return c == '\n' || c == '\r' || (c >= 'A' && c <= 'Z'); }));
}

void check(ConfigSection const& section, std::size_t size) {
  std::size_t total = 0;
  for (auto const& [key, value] : section.values) {
    check_key(key);
    require(value.find('\r') == value.npos);
    total += key.size() + value.size();
  }
  for (auto const& [key, below] : section.nested) {
    require(section.values.contains(key));
    for (auto const& [name, value] : below) check_key(name), total += name.size() + value.size();
  }
  require(total <= size);
  require(section.check().has_value() == !section.fault);
}

void check(SharedConfig const& config, std::string_view text) {
  auto ends = static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return c == '\n' || c == '\r'; }));
  for (auto const& name : config.profile_names()) check(*config.profile(name), text.size());
  require(config.faults().size() <= 101);
  for (auto const& fault : config.faults())
    require(!fault.reason.empty() && (fault.harmless || (fault.line >= 1 && fault.line <= ends + 1)));
}

void check_section_after(bool is_config, std::string const& text) {
  auto head = "\n[" + std::string(is_config ? "profile " : "") + std::string(kLast) + "]\nKey: value # c\n";
  auto const config = parse(is_config, text + head);
  auto section = config.need_profile(kLast);
  require(section && (*section)->values == ConfigSection::Values{{"key", "value"}});
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  if (size == 0) return 0;
  bool is_config = data[0] % 2 == 0;
  std::string text(reinterpret_cast<char const*>(data) + 1, size - 1);
  auto config = parse(is_config, text);
  check(config, text);
  if (text.find('\r') == text.npos) require(same(config, parse(is_config, with_crlf(text))));
  if (!text.starts_with(kMark)) require(same(config, parse(is_config, std::string(kMark) + text)));
  if (text.find(kLast) == text.npos) check_section_after(is_config, text);
  return 0;
}
