// Rows recorded from botocore 1.43 and the AWS SDK for Go v2: what each makes of a shared file.
#include <keks/aws/shared_config.hpp>
#include <keks/base/encoding.hpp>

#include "support/rows.hpp"

namespace keks::aws {
namespace {

using test::flag;
using test::Row;
using test::text;

/// The values of a section; `s3.max` is the sub-key `max` of `s3`. None where there is no such section.
using Values = std::map<std::string, std::string>;
using Sections = std::map<std::string, std::optional<Values>>;

/// Both SDKs are hindered by a byte order mark; keks is not (SharedConfig.BeginsAfterAByteOrderMark).
bool begins_with_a_mark(std::string const& file) { return file.starts_with("\xEF\xBB\xBF"); }

std::string file_of(Row const& row) {
  if (auto const* repeat = row.if_contains("text_repeat")) {
    auto const& r = repeat->as_object();
    std::string out = text(r, "prefix");
    for (auto n = r.at("count").as_int64(); n > 0; --n) out += text(r, "unit");
    return out + text(r, "suffix");
  }
  if (row.contains("text_base64")) {
    auto bytes = base64_decode(text(row, "text_base64"));
    EXPECT_TRUE(bytes);
    return std::string(bytes->begin(), bytes->end());
  }
  return text(row, "text");
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::string value_of(std::string const& value) {
  return value.size() > 3000 ? "length " + std::to_string(value.size()) : value;
}

void flatten(Values& out, std::string const& prefix, Row const& section) {
  for (auto const& [name, value] : section) {
    auto key = prefix + lower(name);
    if (value.is_string())
      out[key] = std::string(value.get_string());
    else if (value.as_object().contains("sha256"))
      out[key] = "length " + std::to_string(value.as_object().at("length").as_int64());
    else
      flatten(out, key + ".", value.as_object());
  }
}

std::optional<Values> values_in(Row const& sections, std::string const& name) {
  auto const* all = sections.contains("sample") ? &sections.at("sample").as_object() : &sections;
  auto const* section = all->if_contains(name);
  if (!section) return std::nullopt;
  Values out;
  flatten(out, "", section->as_object());
  return out;
}

std::vector<std::string> names(Row const& row) {
  std::vector<std::string> out;
  for (auto const& name : row.at("profiles").as_array()) out.emplace_back(name.as_string());
  return out;
}

bool is_config(Row const& row) { return text(row, "kind") == "config"; }

/// None where it refuses the file.
std::optional<Sections> botocore(Row const& row) {
  auto const& outcome = row.at("botocore").as_object();
  if (outcome.contains("error")) return std::nullopt;
  Sections out;
  for (auto const& name : names(row)) out["profile " + name] = values_in(outcome.at("profiles").as_object(), name);
  for (auto kind : {"sso_sessions", "services"})
    if (auto const* sections = outcome.if_contains(kind))
      for (auto const& section : sections->as_object())
        out[(kind[1] == 's' ? "sso-session " : "services ") + std::string(section.key())] =
            values_in(sections->as_object(), section.key());
  return out;
}

std::optional<Sections> go(Row const& row) {
  auto const& sections = row.at("go").as_object().at("sections").as_object();
  Sections out;
  for (auto const& name : names(row)) {
    bool whole_head = !is_config(row);
    auto found = values_in(sections, whole_head ? name : "profile " + name);
    if (!found && name == "default") found = values_in(sections, name);
    if (found) found->erase("");  // its loader asks for no such key
    out["profile " + name] = std::move(found);
  }
  if (is_config(row))
    for (auto const& section : sections)
      if (section.key().starts_with("sso-session ") || section.key().starts_with("services "))
        out[std::string(section.key())] = values_in(sections, section.key());
  return out;
}

std::optional<Values> values_of(ConfigSection const* section) {
  if (!section) return std::nullopt;
  Values out;
  for (auto const& [key, value] : section->values)
    if (!section->nested.contains(key)) out[key] = value_of(value);
  for (auto const& [key, below] : section->nested)
    for (auto const& [name, value] : below) out[key + "." + name] = value;
  return out;
}

/// What keks finds of the sections that `expected` names.
Sections keks(SharedConfig const& config, Sections const& expected) {
  Sections out;
  for (auto const& [head, values] : expected) {
    auto kind = head.substr(0, head.find(' ')), name = head.substr(head.find(' ') + 1);
    out[head] = values_of(kind == "profile"       ? config.profile(name)
                          : kind == "sso-session" ? config.sso_session(name)
                                                  : config.services(name));
  }
  return out;
}

/// The outcomes that keks may have.
std::vector<Sections> expected(Row const& row) {
  auto careful = text(row, "careful_outcome");
  std::vector<Sections> out;
  bool any = careful == "either" || (careful.empty() && !flag(row, "agree"));
  if (auto like = botocore(row); like && careful != "like_go") out.push_back(*like);
  if (auto like = go(row); like && (careful == "like_go" || any)) out.push_back(*like);
  return out;
}

TEST(IniRows, SectionsAreReadAsTheSdksDo) {
  int matched = 0;
  for (auto const& row : test::rows("ini_rows.jsonl")) {
    SCOPED_TRACE(text(row, "name"));
    auto file = file_of(row);
    if (begins_with_a_mark(file)) continue;
    std::optional<ConfigText> config, credentials;
    (is_config(row) ? config : credentials) = ConfigText{"file", file};
    auto parsed = SharedConfig::parse(config, credentials);
    auto wanted = expected(row);
    bool found = std::ranges::any_of(wanted, [&](auto const& one) { return keks(parsed, one) == one; });
    EXPECT_TRUE(found) << testing::PrintToString(keks(parsed, wanted.at(0))) << " instead of "
                       << testing::PrintToString(wanted);
    matched += found;
  }
  EXPECT_GE(matched, 84);
}

}  // namespace
}  // namespace keks::aws
