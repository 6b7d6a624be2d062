#include <keks/aws/shared_config.hpp>
#include <keks/base/encoding.hpp>

#include <algorithm>
#include <array>

#include "aws/sha256.hpp"
#include "base/ascii.hpp"
#include "base/format.hpp"
#include "base/try.hpp"

namespace keks::aws {
namespace {

using Sections = std::map<std::string, ConfigSection, std::less<>>;
using Values = ConfigSection::Values;

// Whoever pastes from a web page gets blanks that are none in ASCII.
constexpr std::array<std::string_view, 19> kWideBlanks{
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82", "\xE2\x80\x83",
    "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88", "\xE2\x80\x89", "\xE2\x80\x8A",
    "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F", "\xE3\x80\x80"};

bool is_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool is_quote(char c) { return c == '"' || c == '\''; }
bool is_mark(char c) { return c == '#' || c == ';'; }

std::string_view trim_front(std::string_view text) {
  while (!text.empty()) {
    auto wide = std::ranges::find_if(kWideBlanks, [&](auto blank) { return text.starts_with(blank); });
    if (!is_blank(text.front()) && wide == kWideBlanks.end()) break;
    text.remove_prefix(wide == kWideBlanks.end() ? 1 : wide->size());
  }
  return text;
}

std::string_view trim_back(std::string_view text) {
  while (!text.empty()) {
    auto wide = std::ranges::find_if(kWideBlanks, [&](auto blank) { return text.ends_with(blank); });
    if (!is_blank(text.back()) && wide == kWideBlanks.end()) break;
    text.remove_suffix(wide == kWideBlanks.end() ? 1 : wide->size());
  }
  return text;
}

std::string_view trim(std::string_view text) { return trim_back(trim_front(text)); }

/// The first place outside closed quotes for which `wanted(text, place)` holds.
template <class Wanted>
std::size_t find_unquoted(std::string_view text, Wanted wanted) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (wanted(text, i)) return i;
    if (!is_quote(text[i])) continue;
    if (auto close = text.find(text[i], i + 1); close != std::string_view::npos) i = close;
  }
  return std::string_view::npos;
}

std::string_view without_comment(std::string_view text) {
  return text.substr(0, find_unquoted(text, [](std::string_view t, std::size_t i) {
                       return i > 0 && is_mark(t[i]) && is_blank(t[i - 1]);
                     }));
}

/// A command line needs its quotes; around any other value they are decoration.
std::string_view without_quotes(std::string_view key, std::string_view value) {
  bool quoted = value.size() >= 2 && is_quote(value.front()) && value.find(value.front(), 1) == value.size() - 1;
  return quoted && key != "credential_process" ? value.substr(1, value.size() - 2) : value;
}

struct Pair {
  std::string key;
  std::string_view value;
};

std::optional<Pair> split(std::string_view text) {
  auto mark = text.find_first_of("=:");
  if (mark == std::string_view::npos) return std::nullopt;
  return Pair{lower(trim(text.substr(0, mark))), trim(text.substr(mark + 1))};
}

std::size_t closing_bracket(std::string_view line) {
  auto unquoted = find_unquoted(line, [](std::string_view t, std::size_t i) { return t[i] == ']'; });
  return unquoted != std::string_view::npos ? unquoted : line.find(']');
}

/// What stands between the quote at the front of `text` and the one that closes it, which are taken off as well.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string out;
  char quote = text.front();
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == quote) {
      text.remove_prefix(i + 1);
      return out;
    }
    bool escape = quote == '"' && text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
    out += text[escape ? ++i : i];
  }
  return std::nullopt;
}

/// One word of a shell without its quotes; several words as they stand. None for a quote that is not closed.
std::optional<std::string> section_name(std::string_view text) {
  std::string out;
  bool one_word = true;
  for (auto rest = text; !rest.empty();) {
    if (is_quote(rest.front())) {
      auto part = take_quoted(rest);
      if (!part) return std::nullopt;
      out += *part;
      continue;
    }
    one_word = one_word && !is_blank(rest.front());
    out += rest.front();
    rest.remove_prefix(1);
  }
  return one_word ? out : std::string(text);
}

constexpr std::size_t kMostFaults = 100;
constexpr std::size_t kLongestName = 80;  // in a message

/// One file, line by line.
class Reader {
 public:
  Reader(bool is_config, std::string const& file) : is_config_(is_config), file_(file) {}

  void read(std::string_view text);

  Sections profiles, sso_sessions, services;
  std::vector<ConfigFault> faults;
  std::optional<ConfigFault> broken_head;
  std::map<std::string, std::string, std::less<>> misplaced;

 private:
  void take(std::string_view line);
  void take_head(std::string_view line);
  void take_config_head(std::string_view name);
  void overlook(std::string_view name, std::string_view why);
  void take_key(std::string_view line);
  void take_indented(std::string_view line);
  void set(Pair const& pair);
  void continue_value(std::string_view text);
  bool expects_sub_keys() const;
  void open(Sections& sections, std::string const& name);
  void fault(std::string_view reason, bool harmless = false);
  void break_line(std::string_view line, std::string_view reason);
  void break_head(std::string_view reason);
  void choose_default();

  bool is_config_;
  std::string const& file_;
  std::size_t line_ = 0;
  bool before_heads_ = true;
  Sections plain_default_;
  ConfigSection* section_ = nullptr;  // null: what follows belongs to nobody
  std::string key_;                   // the last one in that section
};

void Reader::read(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    auto end = std::min(text.find_first_of("\r\n"), text.size());
    ++line_;
    take(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(text.starts_with("\r\n") ? 2 : std::min<std::size_t>(text.size(), 1));
  }
  choose_default();
}

void Reader::take(std::string_view line) {
  auto text = trim(line);
  if (text.empty() || is_mark(text.front())) return;
  if (text.front() == '[') return take_head(text);
  if (before_heads_) return fault("this stands before the first section head");
  if (!section_) return;
  bool indented = trim_front(line).size() != line.size();
  indented ? take_indented(text) : take_key(text);
}

void Reader::take_head(std::string_view line) {
  before_heads_ = false;
  section_ = nullptr;
  auto close = closing_bracket(line);
  if (close == std::string_view::npos) return break_head("the section head lacks its closing bracket");
  auto rest = trim(line.substr(close + 1));
  if (!rest.empty() && !is_mark(rest.front())) return break_head("something follows the section head");
  auto name = trim(line.substr(1, close - 1));
  if (name.empty()) return break_head("the section head has no name");
  if (is_config_) return take_config_head(name);
  open(profiles, std::string(name));
  auto words = std::min(name.find_first_of(" \t"), name.size());
  auto meant = trim(name.substr(words));
  if (name.substr(0, words) == "profile")
    overlook(meant, format("[profile {0}], and the credentials file wants [{0}]", meant));
}

/// Remembers a head that names no profile here, but would in the other file.
void Reader::overlook(std::string_view name, std::string_view why) {
  if (name.size() <= kLongestName && misplaced.size() < kMostFaults)
    misplaced.try_emplace(std::string(name), format("{}, line {} has {}", file_, line_, why));
}

void Reader::take_config_head(std::string_view head) {
  if (head == "default") return open(plain_default_, "default");
  auto blank = std::min(head.find_first_of(" \t"), head.size());
  auto kind = head.substr(0, blank), rest = trim(head.substr(blank));
  auto* sections = kind == "profile"       ? &profiles
                   : kind == "sso-session" ? &sso_sessions
                   : kind == "services"    ? &services
                                           : nullptr;
  // Other programs keep sections of their own in this file.
  if (!sections || rest.empty()) return overlook(head, format("[{0}], and the config file wants [profile {0}]", head));
  auto name = section_name(rest);
  if (!name || name->empty()) return break_head("the name in the section head is empty, or lacks its closing quote");
  open(*sections, *name);
}

void Reader::open(Sections& sections, std::string const& name) {
  auto [place, is_new] = sections.try_emplace(name);
  section_ = &place->second;
  key_.clear();
  if (is_new) section_->where = format("{}, line {}", file_, line_);
}

void Reader::take_key(std::string_view line) {
  auto pair = split(without_comment(line));
  if (!pair) return break_line(line, "this is no key with a value (`key = value`)");
  set(*pair);
}

/// A sub-key of the key above, if that has no value; else a key like any other, or more of the value above.
void Reader::take_indented(std::string_view line) {
  auto pair = split(line);
  if (!pair) return continue_value(line);
  if (!expects_sub_keys()) return take_key(line);
  if (pair->key.empty()) return fault("this value has no key");
  section_->nested[key_].insert_or_assign(pair->key, without_quotes(pair->key, pair->value));
}

bool Reader::expects_sub_keys() const { return !key_.empty() && section_->values.at(key_).empty(); }

void Reader::continue_value(std::string_view text) {
  if (key_.empty() || expects_sub_keys()) return break_line(text, "this continues no value");
  section_->values.at(key_).append("\n").append(text);
}

void Reader::set(Pair const& pair) {
  if (pair.key.empty()) return fault("this value has no key");
  auto [place, is_new] = section_->values.insert_or_assign(pair.key, without_quotes(pair.key, pair.value));
  key_ = pair.key;
  if (!is_new) fault("this key stood here before, and this value wins", true);
}

/// What the line was to set is most often its first word.
void Reader::break_line(std::string_view line, std::string_view reason) {
  fault(reason);
  auto word = line.substr(0, static_cast<std::size_t>(std::ranges::find_if(line, is_blank) - line.begin()));
  if (section_->broken.size() < kMostFaults)
    section_->broken.try_emplace(lower(word), ConfigFault{file_, line_, std::string(reason)});
}

void Reader::fault(std::string_view reason, bool harmless) {
  ConfigFault fault{file_, line_, std::string(reason), harmless};
  if (section_ && !harmless && !section_->fault) section_->fault = fault;
  if (faults.size() < kMostFaults) faults.push_back(std::move(fault));
}

void Reader::break_head(std::string_view reason) {
  fault(reason);
  if (!broken_head) broken_head = ConfigFault{file_, line_, std::string(reason)};
}

/// `[profile default]` hides `[default]`, wherever the two stand.
void Reader::choose_default() {
  section_ = nullptr;
  if (!plain_default_.empty() && profiles.contains("default"))
    fault("[default] is passed over, because there is [profile default]", true);
  profiles.merge(plain_default_);
}

constexpr std::array<std::string_view, 4> kKeyNames{"aws_access_key_id", "aws_secret_access_key", "aws_session_token",
                                                    "aws_account_id"};

/// Leaves keys in one of the two: a session token from the other file would not fit them.
void keep_keys_together(Values& config, Values& credentials) {
  bool has_keys = credentials.contains("aws_access_key_id") || credentials.contains("aws_secret_access_key");
  bool has_others = config.contains("aws_access_key_id") || config.contains("aws_secret_access_key");
  if (!has_keys && !has_others) return;
  for (auto name : kKeyNames)
    if (auto& loser = has_keys ? config : credentials; loser.contains(name)) loser.erase(loser.find(name));
}

void merge(ConfigSection& into, ConfigSection from) {
  keep_keys_together(into.values, from.values);
  for (auto& [key, value] : from.values) {
    into.nested.erase(key);
    into.values.insert_or_assign(key, std::move(value));
  }
  for (auto& [key, values] : from.nested) into.nested.insert_or_assign(key, std::move(values));
  into.where += into.where.empty() ? from.where : " and " + from.where;
  if (!into.fault) into.fault = std::move(from.fault);
  into.broken.merge(from.broken);
}

ConfigSection const* find(Sections const& sections, std::string_view name) {
  auto found = sections.find(name);
  return found == sections.end() ? nullptr : &found->second;
}

std::string digest_of(std::optional<ConfigText> const& config, std::optional<ConfigText> const& credentials) {
  Sha256 both;
  for (auto const* file : {&config, &credentials}) {
    std::string_view text = *file ? std::string_view((*file)->text) : std::string_view();
    both.add(std::to_string(text.size())).add(":").add(text);
  }
  return hex(both.finish());
}

Error malformed(ConfigFault const& fault) { return {Code::ConfigMalformed, fault.text() + ". Correct it."}; }

}  // namespace

std::optional<std::string> ConfigSection::get(std::string_view key) const {
  auto found = values.find(key);
  if (found == values.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

Result<std::optional<std::string>> ConfigSection::read(std::string_view key) const {
  if (auto line = broken.find(key); line != broken.end()) return fail(malformed(line->second));
  return get(key);
}

Result<void> ConfigSection::check() const {
  if (fault) return fail(malformed(*fault));
  return {};
}

std::string ConfigFault::text() const { return format("{}, line {}: {}", file, line, reason); }

SharedConfig SharedConfig::parse(std::optional<ConfigText> const& config,
                                 std::optional<ConfigText> const& credentials) {
  SharedConfig out;
  auto read = [&](ConfigText const& file, bool is_config) {
    Reader reader(is_config, file.name);
    reader.read(file.text);
    for (auto& [name, section] : reader.profiles) merge(out.profiles_[name], std::move(section));
    out.sso_sessions_.merge(reader.sso_sessions);
    out.services_.merge(reader.services);
    out.faults_.insert(out.faults_.end(), reader.faults.begin(), reader.faults.end());
    if (!out.broken_head_) out.broken_head_ = std::move(reader.broken_head);
    out.misplaced_.merge(reader.misplaced);
  };
  if (config) read(*config, true);
  if (credentials) read(*credentials, false);
  out.digest_ = digest_of(config, credentials);
  return out;
}

ConfigSection const* SharedConfig::profile(std::string_view name) const { return find(profiles_, name); }
ConfigSection const* SharedConfig::sso_session(std::string_view name) const { return find(sso_sessions_, name); }
ConfigSection const* SharedConfig::services(std::string_view name) const { return find(services_, name); }

Result<ConfigSection const*> SharedConfig::need_profile(std::string_view name) const {
  return need(profile(name), "profile", name);
}
Result<ConfigSection const*> SharedConfig::need_sso_session(std::string_view name) const {
  return need(sso_session(name), "sso-session", name);
}
Result<ConfigSection const*> SharedConfig::need_services(std::string_view name) const {
  return need(services(name), "services", name);
}

Result<ConfigSection const*> SharedConfig::need(ConfigSection const* section, std::string_view kind,
                                                std::string_view name) const {
  if (section) {
    KEKS_CHECK(section->check());
    return section;
  }
  auto text = format("There is no {} \"{}\" in the shared AWS files", kind, name.substr(0, kLongestName));
  if (broken_head_)
    return fail(Code::ConfigMalformed,
                format("{}, but a section head that cannot be read: {}. Correct it.", text, broken_head_->text()));
  if (auto head = misplaced_.find(name); kind == "profile" && head != misplaced_.end())
    return fail(Code::ProfileNotFound, format("{}, but {}. Correct the head.", text, head->second));
  return fail(
      kind == "profile" ? Code::ProfileNotFound : Code::ConfigMalformed,
      format("{}. Correct the name, or add [{} {}] to the config file.", text, kind, name.substr(0, kLongestName)));
}

std::vector<std::string> SharedConfig::profile_names() const {
  std::vector<std::string> out;
  out.reserve(profiles_.size());
  for (auto const& [name, section] : profiles_) out.push_back(name);
  return out;
}

}  // namespace keks::aws
