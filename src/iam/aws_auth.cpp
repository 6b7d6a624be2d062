#include <keks/aws/endpoint.hpp>
#include <keks/iam/mapping.hpp>

#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "aws/iam_letters.hpp"
#include "base/ascii.hpp"
#include "base/format.hpp"
#include "base/try.hpp"
#include "base/yaml.hpp"

namespace keks::iam {
namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, 3> kSections{"mapRoles", "mapUsers", "mapAccounts"};

/// What people write to say that a section is empty.
bool is_blank(std::string_view text) {
  auto bare = trimmed(text);
  return bare.empty() || bare == "\"\"" || bare == "''" || bare == "``";
}

/// A section as a list; without elements when there is none.
Result<json::array> list_of(std::map<std::string, std::string, std::less<>> const& data, std::string_view section,
                            YamlRules rules) {
  auto found = data.find(section);
  if (found == data.end() || is_blank(found->second)) return json::array();
  auto value = yaml_to_json(found->second, rules);
  if (!value) return fail(Code::ConfigMalformed, value.error().message());
  if (value->is_null()) return json::array();
  if (!value->is_array()) return fail(Code::ConfigMalformed, "it is no list");
  return std::move(value->get_array());
}

/// The members of one entry by their names in small letters. Of two spellings the one that sorts last counts.
class Members {
 public:
  explicit Members(json::object const& object) {
    std::map<std::string_view, json::value const*> sorted;
    for (auto const& [name, value] : object) sorted[name] = &value;
    for (auto const& [name, value] : sorted)
      if (!value->is_null()) members_[lower(name)] = value;
  }

  json::value const* find(std::string_view name) const {
    auto found = members_.find(name);
    return found == members_.end() ? nullptr : found->second;
  }
  Result<std::string> text(std::string_view name) const {
    auto const* value = find(name);
    if (!value) return std::string();
    if (auto const* text = value->if_string()) return std::string(*text);
    return fail(Code::ConfigMalformed, format("its {} is no text: put it in quotes", name));
  }
  /// An element that is null is an empty text.
  Result<std::vector<std::string>> texts(std::string_view name) const {
    std::vector<std::string> out;
    auto const* value = find(name);
    if (!value) return out;
    if (!value->is_array()) return fail(Code::ConfigMalformed, format("its {} are no list", name));
    for (auto const& item : value->get_array()) {
      if (!item.is_string() && !item.is_null())
        return fail(Code::ConfigMalformed, format("one of its {} is no text: put it in quotes", name));
      out.emplace_back(item.is_string() ? std::string_view(item.get_string()) : std::string_view());
    }
    return out;
  }

 private:
  std::map<std::string, json::value const*, std::less<>> members_;
};

bool is_permission_set(std::string_view name) {
  return !name.empty() && name.size() <= 32 && std::ranges::all_of(name, aws::is_iam_letter);
}

Result<SsoRole> read_sso(json::value const& value) {
  if (!value.is_object()) return fail(Code::ConfigMalformed, "its sso is no mapping");
  Members members(value.get_object());
  SsoRole sso;
  KEKS_TRY(sso.permission_set, members.text("permissionsetname"));
  KEKS_TRY(sso.account, members.text("accountid"));
  KEKS_TRY(sso.partition, members.text("partition"));
  if (!aws::is_account(sso.account)) return fail(Code::ConfigMalformed, "its sso.accountID is not 12 digits in quotes");
  if (!is_permission_set(sso.permission_set))
    return fail(Code::ConfigMalformed, "its sso.permissionSetName is not 1 to 32 of letters, digits and _+=,.@-");
  if (!sso.partition.empty() && !aws::is_partition(sso.partition))
    return fail(Code::ConfigMalformed, "its sso.partition is no AWS partition");
  return sso;
}

/// `arn_key`: `rolearn` or `userarn`; only the former has an alternative in `sso`.
Result<Mapping> read_entry(json::value const& value, std::string_view arn_key) {
  if (!value.is_object()) return fail(Code::ConfigMalformed, "it is no mapping");
  Members members(value.get_object());
  Mapping entry;
  KEKS_TRY(entry.arn, members.text(arn_key));
  KEKS_TRY(entry.username, members.text("username"));
  KEKS_TRY(entry.groups, members.texts("groups"));
  KEKS_CHECK(members.text("userid"));
  auto const* sso = arn_key == "rolearn" ? members.find("sso") : nullptr;
  if (sso && !entry.arn.empty()) return fail(Code::ConfigMalformed, "it has both rolearn and sso");
  if (sso) {
    KEKS_TRY(entry.sso, read_sso(*sso));
  } else if (entry.arn.empty()) {
    return fail(Code::ConfigMalformed, format("it has no {}", arn_key));
  }
  return entry;
}

/// Collects one ConfigMap.
class Reader {
 public:
  explicit Reader(std::map<std::string, std::string, std::less<>> const& data) : data_(data) {}

  Mappings read() {
    out_.roles = entries("mapRoles", "rolearn");
    out_.users = entries("mapUsers", "userarn");
    read_accounts();
    for (auto const& [name, text] : data_)
      for (auto section : kSections)
        if (name != section && lower(name) == lower(section))
          out_.warnings.push_back(format("\"{}\" is ignored: the key is {}", name, section));
    return std::move(out_);
  }

 private:
  json::array section(std::string_view name, YamlRules rules) {
    auto list = list_of(data_, name, rules);
    if (list) return *std::move(list);
    out_.problems.push_back(format("{} is ignored as a whole: {}", name, list.error().message()));
    return {};
  }

  std::vector<Mapping> entries(std::string_view name, std::string_view arn_key) {
    std::vector<Mapping> out;
    auto list = section(name, {.last_key_wins = true});
    for (std::size_t i = 0; i < list.size(); ++i) {
      auto place = format("{}[{}]", name, i);
      auto entry = read_entry(list[i], arn_key);
      if (!entry) {
        out_.problems.push_back(format("{} is ignored: {}", place, entry.error().message()));
        continue;
      }
      entry->place = std::move(place);
      warn(*entry);
      out.push_back(*std::move(entry));
    }
    return out;
  }

  void warn(Mapping const& entry) {
    for (auto const& group : entry.groups)
      if (group.find(' ') != std::string::npos)
        out_.warnings.push_back(format("{} has a group with a blank in it, \"{}\": is a line indented too far?",
                                       entry.place, group.substr(0, 80)));
  }

  /// Ids keep their digits whether they are in quotes or not.
  void read_accounts() {
    auto list = section("mapAccounts", {.plain_is_text = true, .last_key_wins = true});
    for (std::size_t i = 0; i < list.size(); ++i) {
      if (list[i].is_string() || list[i].is_null())
        out_.accounts.emplace_back(list[i].is_string() ? std::string_view(list[i].get_string()) : std::string_view());
      else
        out_.problems.push_back(format("mapAccounts[{}] is ignored: it is no text", i));
    }
  }

  std::map<std::string, std::string, std::less<>> const& data_;
  Mappings out_;
};

}  // namespace

Mappings parse_aws_auth(std::map<std::string, std::string, std::less<>> const& data) { return Reader(data).read(); }

}  // namespace keks::iam
