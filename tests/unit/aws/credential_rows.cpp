#include "credential_rows.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/time.hpp>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace keks::aws {
namespace {

using namespace std::chrono;
using test::Row;
using test::SeenRequest;
namespace fs = std::filesystem;
namespace json = boost::json;

// Made for these tests with `openssl ecparam -name prime256v1 -genkey`.
constexpr std::string_view kDpopKey =
    "-----BEGIN EC PRIVATE KEY-----\n"
    "MHcCAQEEIDRCWiiGEnmji+m5mZGgVEVHIJgIcuBnWDXxiKBrJ0xtoAoGCCqGSM49\n"
    "AwEHoUQDQgAE/9zQCjY1VeU1M77ftgz9tykQfRB/jGVocHV23V+jDTaYSWwhrZRE\n"
    "oWAATmrIlGad0S9UwR31oqlQtBx7yy4kug==\n"
    "-----END EC PRIVATE KEY-----\n";

// Between the words of one run, and between runs: no row has them in an argument.
constexpr char kWordEnd = '\x1f', kRunEnd = '\x1e';

/// Replaces `{{mark...}}` by what `fill` makes of the text after `mark`.
template <class F>
std::string with(std::string text, std::string_view mark, F&& fill) {
  auto head = "{{" + std::string(mark);
  for (auto at = text.find(head); at != text.npos; at = text.find(head, at)) {
    auto end = text.find("}}", at);
    auto filled = fill(text.substr(at + head.size(), end - at - head.size()));
    text.replace(at, end + 2 - at, filled);
    at += filled.size();
  }
  return text;
}

seconds offset(std::string const& text) { return seconds(text.empty() ? 0 : std::stol(text)); }

std::string filled(std::string text, std::string const& folder, WallTime now) {
  text = with(std::move(text), "dir", [&](std::string const&) { return folder; });
  text = with(std::move(text), "now", [&](std::string const& s) { return format_rfc3339(now + offset(s)); });
  text = with(std::move(text), "http_date", [&](std::string const& s) { return format_http_date(now + offset(s)); });
  return with(std::move(text), "dpop_key_pem", [](std::string const&) {
    auto quoted = json_quote(kDpopKey);
    return quoted.substr(1, quoted.size() - 2);
  });
}

json::value filled(json::value const& value, std::string const& folder, WallTime now) {
  if (value.is_string()) return json::value(filled(std::string(value.get_string()), folder, now));
  if (value.is_array()) {
    json::array out;
    for (auto const& element : value.get_array()) out.push_back(filled(element, folder, now));
    return out;
  }
  if (!value.is_object()) return value;
  json::object out;
  for (auto const& member : value.get_object()) out[member.key()] = filled(member.value(), folder, now);
  return out;
}

json::object const& object_of(Row const& row, std::string_view name) {
  static json::object const none;
  auto const* value = row.if_contains(name);
  return value && value->is_object() ? value->get_object() : none;
}

json::array const& array_of(Row const& row, std::string_view name) {
  static json::array const none;
  auto const* value = row.if_contains(name);
  return value && value->is_array() ? value->get_array() : none;
}

std::vector<std::string> split(std::string_view text, char end) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    auto stop = std::min(text.find(end, at), text.size());
    out.emplace_back(text.substr(at, stop - at));
    at = stop + 1;
  }
  return out;
}

}  // namespace

RowFolder::RowFolder(Row const& row) {
  fs::create_directories(folder_ / "home");
  fs::create_directories(folder_ / "bin");
  auto now = system_clock::now();
  for (auto const& file : object_of(row, "files"))
    write(file.key(), filled(std::string(file.value().as_string()), path(), now));
  for (auto const& program : object_of(row, "process"))
    add_program(program.key(), filled(program.value(), path(), now).as_object());
}

void RowFolder::write(std::string const& relative, std::string_view text, bool executable) const {
  folder_.write(relative, text);
  if (executable) fs::permissions(folder_ / relative, fs::perms::owner_all);
}

void RowFolder::add_program(std::string const& name, Row const& program) const {
  auto out = name + ".out", err = name + ".err";
  auto here = folder_ / "bin/", runs = folder_ / "runs";
  write("bin/" + out, test::text(program, "stdout"));
  write("bin/" + err, test::text(program, "stderr"));
  auto exit = program.contains("exit") ? program.at("exit").as_int64() : 0;
  write("bin/" + name,
        "#!/bin/sh\nprintf '%s\\037' \"$0\" \"$@\" >> '" + runs + "'\nprintf '\\036' >> '" + runs + "'\n" + "cat '" +
            here + err + "' >&2\ncat '" + here + out + "'\nexit " + std::to_string(exit) + "\n",
        true);
}

std::vector<std::vector<std::string>> RowFolder::process_runs() const {
  std::vector<std::vector<std::string>> runs;
  for (auto const& run : split(text("runs"), kRunEnd)) runs.push_back(split(run, kWordEnd));
  return runs;
}

std::string RowFolder::text(std::string const& relative) const { return folder_.read(relative); }

RowStage::RowStage(Row const& row) : clock_(system_clock::now()), folder_(std::make_unique<RowFolder>(row)) {
  auto const here = folder_->path();
  row_ = filled(row, here, clock_.wall()).as_object();
  Environment::Map variables{{"HOME", here + "/home"}, {"PATH", here + "/bin:/usr/bin:/bin"}, {"TZ", "UTC"}};
  for (auto const& variable : object_of(row_, "env"))
    variables[variable.key()] = std::string(variable.value().as_string());
  environment_ = Environment(std::move(variables));
  server_ = std::make_unique<test::ScriptedServer>(object_of(row_, "server"));
}

ChainOptions RowStage::chain_options(Settings settings) const {
  return {.settings = std::move(settings), .transport = server_->transport()};
}

RowOutcome play(Row const& row) {
  RowStage stage(row);
  fs::current_path(stage.folder().path());
  RowOutcome out{.credentials = fail(Code::NoCredentials, "not played"),
                 .requests = {},
                 .process_runs = {},
                 .files = {},
                 .begin = stage.clock().wall(),
                 .folder = stage.folder().path()};
  auto settings = stage.settings();
  if (settings) {
    auto chain = Chain::make(stage.chain_options(*settings), stage.clock());
    out.credentials = chain->get(Deadline::after(seconds(60)));
  } else {
    out.credentials = fail(settings.error());
  }
  fs::current_path("/");
  out.requests = stage.server().requests();
  out.process_runs = stage.folder().process_runs();
  for (auto sdk : {"botocore", "go"})
    for (auto const& file : object_of(object_of(row, sdk), "files_written"))
      out.files[file.key()] = stage.folder().text(file.key());
  return out;
}

namespace {

bool near(WallTime a, WallTime b) { return abs(a - b) <= seconds(30); }

/// The times that an outcome may stand for: the SDK for Go takes five minutes off those of containers, and looks at
/// most an hour ahead at those of instance metadata.
bool same_expiry(RowOutcome const& got, Row const& want) {
  auto text = filled(test::text(want, "expires"), got.folder, got.begin);
  auto const& expiration = got.credentials->expiration;
  if (text.empty()) return !expiration;
  auto wanted = parse_rfc3339(text);
  if (!expiration || !wanted) return false;
  auto source = test::text(want, "source");
  bool early = source == "CredentialsEndpointProvider" && near(*expiration - minutes(5), *wanted);
  bool ahead = source == "EC2RoleProvider" && *expiration > got.begin + hours(1) && near(got.begin + hours(1), *wanted);
  return near(*expiration, *wanted) || early || ahead;
}

bool same_account(Credentials const& got, Row const& want) {
  auto account = test::text(want, "account_id");
  return account.empty() || got.account_id == account;
}

bool same_credentials(RowOutcome const& got, Row const& want) {
  if (!got.credentials) return false;
  auto const& keys = *got.credentials;
  return keys.access_key_id == test::text(want, "access_key_id") &&
         keys.secret_access_key.reveal() == test::text(want, "secret_access_key") &&
         keys.session_token.reveal() == test::text(want, "session_token") && same_account(keys, want) &&
         same_expiry(got, want);
}

/// The key and the scope of a signature, with the day left out.
std::string scope_of(std::string_view authorization) {
  constexpr std::string_view scheme = "AWS4-HMAC-SHA256 ";
  if (!authorization.starts_with(scheme)) return std::string(authorization);
  auto scope = authorization.substr(0, authorization.find(','));
  auto slash = scope.find('/');
  auto rest = scope.substr(std::min(scope.find('/', slash + 1), scope.size()));
  return std::string(scope.substr(0, slash)) + "/{{date}}" + std::string(rest);
}

// `accept` and the charset of a form say nothing about identity, and the two SDKs differ in them.
constexpr std::array<std::string_view, 4> kSecretHeaders{"authorization", "x-amz-security-token",
                                                         "x-amz-sso_bearer_token", "x-aws-ec2-metadata-token"};

bool same_headers(SeenRequest const& got, Row const& want) {
  for (auto name : kSecretHeaders)
    if (scope_of(got.headers.get(name)) != test::text(want, name)) return false;
  auto ttl = test::text(want, "x-aws-ec2-metadata-token-ttl-seconds");
  // keks asks for the six hours of botocore; the SDK for Go for five minutes.
  return got.headers.has("x-aws-ec2-metadata-token-ttl-seconds") == !ttl.empty();
}

bool same_form(std::map<std::string, std::string> got, Row const& want, RowOutcome const& outcome) {
  for (auto const& field : want) {
    auto text = filled(std::string(field.value().as_string()), outcome.folder, outcome.begin);
    auto found = got.find(field.key());
    // The SDK for Go asks for its own default; keks and botocore leave it to STS.
    if (found == got.end() && field.key() == "DurationSeconds" && text == "900") continue;
    if (found == got.end() || (text.find("{{") == text.npos && found->second != text)) return false;
    got.erase(found);
  }
  return got.empty();
}

bool same_json(std::string const& got, Row const& want) {
  boost::system::error_code error;
  auto value = json::parse(got, error);
  return !error && value == json::value(want);
}

bool same_url(net::Url const& got, std::string const& text) {
  auto want = net::Url::parse(text);
  return want && got.origin() == want->origin() && got.path == want->path &&
         test::form_fields(got.query) == test::form_fields(want->query);
}

bool same_request(SeenRequest const& got, Row const& want, RowOutcome const& outcome) {
  if (got.method != test::text(want, "method") || !same_url(got.url, test::text(want, "url"))) return false;
  if (!same_headers(got, object_of(want, "headers"))) return false;
  if (want.contains("form") && !same_form(test::form_fields(got.body), object_of(want, "form"), outcome)) return false;
  return !want.contains("json") || same_json(got.body, object_of(want, "json"));
}

bool same_requests(RowOutcome const& got, Row const& want) {
  json::array answered;
  for (auto const& request : array_of(want, "requests"))
    if (!request.as_object().contains("refused")) answered.push_back(request);
  if (answered.size() != got.requests.size()) return false;
  for (std::size_t i = 0; i < answered.size(); ++i)
    if (!same_request(got.requests[i], answered[i].as_object(), got)) return false;
  return true;
}

bool same_runs(RowOutcome const& got, Row const& want) {
  auto const& runs = array_of(want, "process_runs");
  if (runs.size() != got.process_runs.size()) return false;
  for (std::size_t i = 0; i < runs.size(); ++i)
    if (filled(runs[i], got.folder, got.begin) != json::value_from(got.process_runs[i])) return false;
  return true;
}

bool same_member(json::value const& got, json::value const& want);

bool has_members(json::value const& got, json::object const& want) {
  return got.is_object() && std::ranges::all_of(want, [&](auto const& member) {
           auto const* found = got.get_object().if_contains(member.key());
           return found && same_member(*found, member.value());
         });
}

bool same_member(json::value const& got, json::value const& want) {
  if (want.is_object()) return has_members(got, want.get_object());
  if (!want.is_string() || !got.is_string()) return got == want;
  auto a = parse_rfc3339(std::string(got.get_string())), b = parse_rfc3339(std::string(want.get_string()));
  return a && b ? near(*a, *b) : got == want;
}

/// keks keeps members that the SDKs drop: what is told must be there.
bool same_files(RowOutcome const& got, Row const& want) {
  auto const& files = object_of(want, "files_written");
  return std::ranges::all_of(files, [&](auto const& file) {
    boost::system::error_code error;
    auto now = json::parse(got.files.at(file.key()), error);
    return !error && has_members(now, filled(file.value(), got.folder, got.begin).as_object());
  });
}

}  // namespace

bool fits_sdk(RowOutcome const& got, Row const& want) {
  bool same = test::text(want, "result") == "credentials" ? same_credentials(got, want) : !got.credentials;
  return same && same_requests(got, want) && same_runs(got, want) && same_files(got, want);
}

bool fits(RowOutcome const& got, Row const& row) {
  auto careful = test::text(row, "careful_outcome");
  if (careful == "either") return true;
  if (careful == "error") return !got.credentials;
  if (careful == "credentials") return got.credentials.has_value();
  if (careful == "like_go") return fits_sdk(got, object_of(row, "go"));
  if (careful == "like_botocore") return fits_sdk(got, object_of(row, "botocore"));
  return fits_sdk(got, object_of(row, "botocore")) || fits_sdk(got, object_of(row, "go"));
}

std::string told(RowOutcome const& got) {
  std::string out;
  if (got.credentials)
    out = got.credentials->access_key_id + " of " + got.credentials->source +
          (got.credentials->expiration ? " until " + format_rfc3339(*got.credentials->expiration) : "");
  else
    out = std::string(to_string(got.credentials.error().code())) + ": " + got.credentials.error().message();
  for (auto const& request : got.requests) out += "\n  " + request.method + " " + request.url.text();
  for (auto const& [name, text] : got.files) out += "\n  " + name + ": " + text;
  for (auto const& run : got.process_runs) out += "\n  ran " + json::serialize(json::value_from(run));
  return out;
}

}  // namespace keks::aws
