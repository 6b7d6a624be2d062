// Rows recorded from botocore 1.43 and the AWS SDK for Go v2: profile, region and endpoint by environment and files.
#include <keks/aws/settings.hpp>

#include "support/rows.hpp"
#include "support/temporary_folder.hpp"

namespace keks::aws {
namespace {

using test::flag;
using test::Row;
using test::text;

/// What a row is about, as far as settings decide it: an error, or the region, the URL and the region to sign with.
struct Outcome {
  bool is_error = false;
  std::string region, url, signing_region;
  bool operator==(Outcome const&) const = default;
};

void PrintTo(Outcome const& o, std::ostream* out) {
  *out << (o.is_error ? "an error" : o.region + ", " + o.url + " signed for " + o.signing_region);
}

std::string in_folder(std::string text, test::TemporaryFolder const& folder) {
  constexpr std::string_view mark = "{{dir}}";
  for (auto at = text.find(mark); at != text.npos; at = text.find(mark)) text.replace(at, mark.size(), folder.path());
  return text;
}

Environment environment_of(Row const& row, test::TemporaryFolder const& folder) {
  Environment::Map out{{"HOME", folder / "home"}};
  for (auto const& v : row.at("env").as_object())
    out[std::string(v.key())] = in_folder(std::string(v.value().as_string()), folder);
  return Environment(out);
}

Result<Settings> load(Row const& row, test::TemporaryFolder const& folder) {
  for (auto const& file : row.at("files").as_object())
    folder.write(std::string(file.key()), in_folder(std::string(file.value().as_string()), folder));
  return Settings::load(environment_of(row, folder), text(row, "profile"));
}

bool is_call(Row const& row) { return row.contains("call"); }
std::string_view service_of(Row const& row) { return text(row, "call").starts_with("eks") ? "eks" : "sts"; }

/// EKS appends the path of its call to the endpoint's.
std::string without_call(std::string url) {
  constexpr std::string_view call = "clusters";
  return url.ends_with(call) ? url.substr(0, url.size() - call.size()) : url;
}

/// `AWS4-HMAC-SHA256 Credential=ID/{{date}}/REGION/sts/aws4_request`.
std::string region_in(std::string_view scope) {
  auto begin = scope.find("}}/") + 3;
  return std::string(scope.substr(begin, scope.find('/', begin) - begin));
}

Outcome sdk(Row const& row, std::string_view name) {
  auto const& outcome = row.at(name).as_object();
  auto const* call = outcome.if_contains("call");
  if (!call || !flag(call->as_object(), "ok")) return {true, {}, {}, {}};
  auto const& request = outcome.at("requests").as_array().back().as_object();
  return {false, text(outcome, "region"), without_call(text(request, "url")),
          region_in(text(request.at("headers").as_object(), "authorization"))};
}

Result<Outcome> call(Row const& row, Settings const& settings) {
  auto options = settings.endpoint_options();
  if (!options) return fail(options.error());
  auto endpoint = settings.call_endpoint(service_of(row), *options);
  if (!endpoint) return fail(endpoint.error());
  return Outcome{false, options->region, endpoint->url.text(), endpoint->signing_region};
}

Outcome keks(Row const& row) {
  test::TemporaryFolder folder;
  auto settings = load(row, folder);
  auto outcome = settings ? call(row, *settings) : fail(settings.error());
  if (outcome) return *outcome;
  EXPECT_FALSE(outcome.error().message().empty());
  return {true, {}, {}, {}};
}

std::vector<Outcome> expected(Row const& row) {
  auto careful = text(row, "careful_outcome");
  if (careful == "error") return {{true, {}, {}, {}}};
  std::vector<Outcome> out;
  if (careful != "like_go") out.push_back(sdk(row, "botocore"));
  if (careful != "like_botocore" && !(careful.empty() && flag(row, "agree"))) out.push_back(sdk(row, "go"));
  return out;
}

TEST(SettingsRows, CallsGoWhereTheSdksSendThem) {
  int matched = 0;
  for (auto const& row : test::rows("credential_rows.jsonl")) {
    if (!is_call(row)) continue;
    SCOPED_TRACE(text(row, "name"));
    auto wanted = expected(row);
    auto got = keks(row);
    bool found = std::ranges::find(wanted, got) != wanted.end();
    EXPECT_TRUE(found) << testing::PrintToString(got) << " instead of " << testing::PrintToString(wanted);
    matched += found;
  }
  EXPECT_GE(matched, 44);
}

bool gives(Row const& row, std::string_view sdk, std::string_view result) {
  return text(row.at(sdk).as_object(), "result") == result;
}

bool misses_profile(Row const& row) {
  auto const* error = row.at("go").as_object().if_contains("error");
  return error && text(error->as_object(), "message").starts_with("failed to get shared config profile");
}

/// Files and profile must not hinder where one of the SDKs finds credentials and no careful outcome says otherwise.
bool has_to_load(Row const& row) {
  auto careful = text(row, "careful_outcome");
  if (careful == "error" || careful == "like_botocore") return false;
  return gives(row, "go", "credentials") || (careful.empty() && gives(row, "botocore", "credentials"));
}

/// keks refuses what Go refuses; botocore reads a folder as an empty file.
bool names_a_folder(Row const& row) { return text(row, "name").ends_with("-is-directory"); }

TEST(SettingsRows, ProfileAndRegionAreFoundWhereTheSdksFindThem) {
  int loaded = 0, missed = 0;
  for (auto const& row : test::rows("credential_rows.jsonl")) {
    SCOPED_TRACE(text(row, "name"));
    test::TemporaryFolder folder;
    auto settings = load(row, folder);
    if (misses_profile(row) && flag(row, "agree")) {
      ASSERT_FALSE(settings);
      EXPECT_EQ(settings.error().code(), Code::ProfileNotFound);
      ++missed;
    } else if (has_to_load(row) && !is_call(row) && !names_a_folder(row)) {
      ASSERT_TRUE(settings) << settings.error().message();
      auto region = text(row.at("go").as_object(), "region");
      EXPECT_EQ(settings->region(), region.empty() ? settings->region() : region);
      ++loaded;
    }
  }
  EXPECT_GE(loaded, 100);
  EXPECT_GE(missed, 4);
}

}  // namespace
}  // namespace keks::aws
