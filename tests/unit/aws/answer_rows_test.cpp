// Rows recorded from botocore 1.43 and the AWS SDK for Go v2: what each makes of a reply of STS or EKS.
#include <keks/base/encoding.hpp>

#include "fixture.hpp"
#include "support/rows.hpp"

namespace keks::aws {
namespace {

using namespace std::chrono;
using test::flag;
using test::Row;
using test::text;

/// keks refuses such a name before it sends anything; the SDKs put it into the path.
bool is_no_cluster_name(Row const& row) {
  auto name = text(row, "cluster");
  return text(row, "op") == "DescribeCluster" && (name.empty() || name == ".." || name.find(' ') != name.npos);
}

std::string with_date(std::string const& value, WallTime now) {
  constexpr std::string_view mark = "{{http_date";
  if (!value.starts_with(mark)) return value;
  return format_http_date(now + seconds(std::stol(value.substr(mark.size()))));
}

std::string body_of(Row const& response) {
  auto const* body = response.if_contains("body");
  if (!body || body->is_null()) return {};
  return body->is_string() ? std::string(body->get_string()) : boost::json::serialize(*body);
}

void add_step(test::FakeTransport& transport, Row const& response, WallTime now) {
  if (flag(response, "close")) {
    transport.fails(Code::ConnectionLost);
  } else if (flag(response, "stall")) {
    transport.fails(Code::DeadlineExceeded);
  } else if (response.contains("raw")) {
    transport.answer_cut(200, {}, text(response, "raw").substr(text(response, "raw").find("<Assume")));
  } else {
    net::Headers headers;
    if (auto const* fields = response.if_contains("headers"))
      for (auto const& f : fields->as_object())
        headers.add(f.key(), with_date(std::string(f.value().as_string()), now));
    auto status = int(response.at("status").as_int64());
    bool cut = response.contains("missing_bytes");
    cut ? transport.answer_cut(status, headers, body_of(response))
        : transport.answer(status, headers, body_of(response));
  }
}

/// What keks makes of a row, in the words of the rows.
struct Outcome {
  Row parsed;
  std::optional<Error> error;
  std::vector<net::Request> requests;
  std::vector<milliseconds> waits;
  WallTime begin;
};

void keep(Outcome& out, Result<Credentials> const& got) {
  if (!got) return void(out.error = got.error());
  out.parsed["access_key_id"] = got->access_key_id;
  out.parsed["secret_access_key"] = got->secret_access_key.reveal();
  out.parsed["session_token"] = got->session_token.reveal();
  out.parsed["expires"] = format_rfc3339_millis(*got->expiration);
}
void keep(Outcome& out, Result<CallerIdentity> const& got) {
  if (!got) return void(out.error = got.error());
  out.parsed = {{"account", got->account}, {"arn", got->arn}, {"user_id", got->user_id}};
}
void keep(Outcome& out, Result<Cluster> const& got) {
  if (!got) return void(out.error = got.error());
  out.parsed = {{"name", got->name},
                {"arn", got->arn},
                {"endpoint", got->endpoint},
                {"status", got->status},
                {"version", got->version},
                {"ca_data", base64(got->certificate_authority)},
                {"auth_mode", got->authentication_mode}};
}
void keep(Outcome& out, Result<std::vector<std::string>> const& got) {
  if (!got) return void(out.error = got.error());
  if (!got->empty()) out.parsed["clusters"] = boost::json::value_from(*got);
}

struct AnswerRows : AwsTest {
  Outcome play(Row const& row) {
    test::FakeTransport scripted;
    test::FakeClock still;
    Outcome out;
    out.begin = still.wall();
    for (auto const& response : row.at("responses").as_array()) add_step(scripted, response.as_object(), out.begin);
    auto to = [&](std::string_view service) {
      return ServiceOptions{scripted, *endpoint(service, {"us-east-1", false, false}), fixed_credentials(example_key()),
                            still};
    };
    auto op = text(row, "op");
    Sts sts(to("sts"));
    Eks eks(to("eks"));
    auto never = Deadline::never();
    if (op == "AssumeRole")
      keep(out, sts.assume_role({"arn:aws:iam::111122223333:role/R", "session", {}, {}}, never));
    else if (op == "AssumeRoleWithWebIdentity")
      keep(out,
           sts.assume_role_with_web_identity({"arn:aws:iam::111122223333:role/R", "session", Secret("jwt")}, never));
    else if (op == "GetCallerIdentity")
      keep(out, sts.get_caller_identity(never));
    else if (op == "DescribeCluster")
      keep(out, eks.describe_cluster(text(row, "cluster"), never));
    else
      keep(out, eks.list_clusters(never));
    out.requests = scripted.requests();
    out.waits = still.slept();
    return out;
  }
};

bool same_field(Row const& got, std::string_view name, std::string const& want) {
  if (name == "expires") return *parse_rfc3339(text(got, name)) == *parse_rfc3339(want);
  return text(got, name) == want;
}

/// Fields that keks does not hand out.
bool is_left_out(std::string_view name) {
  return name == "assumed_role_arn" || name == "created_at" || name == "next_token";
}

/// keks leaves out names that are null, which the SDKs hand on as null or as empty.
bool same_list(Row const& got, std::string_view name, boost::json::array want) {
  for (auto it = want.begin(); it != want.end();) it = it->is_null() || *it == "" ? want.erase(it) : it + 1;
  return got.contains(name) && got.at(name) == want;
}

bool same_result(Outcome const& got, Row const& want) {
  // Where the SDKs succeed with nothing, keks says that the reply lacks what was asked for.
  if (want.contains("cluster_missing") || want.contains("credentials_missing"))
    return got.error && got.error->code() == Code::ReplyWrongShape;
  if (got.error) return false;
  for (auto const& field : want) {
    if (is_left_out(field.key())) continue;
    bool same = field.value().is_array() ? same_list(got.parsed, field.key(), field.value().get_array())
                                         : same_field(got.parsed, field.key(), text(want, field.key()));
    if (!same) return false;
  }
  return true;
}

bool same_error(Outcome const& got, Row const& want) {
  if (!got.error) return false;
  if (!want.contains("code")) return true;
  auto code = text(want, "code");
  bool is_no_code = code.empty() || code == "UnknownError" || std::isdigit(static_cast<unsigned char>(code[0]));
  return got.error->aws_code() == (is_no_code ? "" : code) && got.error->http_status() == want.at("status").as_int64();
}

bool same_dates(Outcome const& got, Row const& want) {
  auto const* offsets = want.if_contains("amz_date_offset_s");
  for (std::size_t i = 0; i < got.requests.size(); ++i) {
    auto date = got.requests[i].headers.get("X-Amz-Date");
    if (date.empty()) continue;  // not signed
    auto sent = *parse_amz_date(date);
    auto offset = offsets ? offsets->as_array().at(i).as_int64() : 0;
    if (abs(sent - got.begin - seconds(offset)) > seconds(10)) return false;
  }
  return true;
}

bool same_waits(Outcome const& got, Row const& row) {
  auto upper = [&](std::string_view sdk, std::size_t i) {
    auto const& waits = row.at(sdk).as_object().at("waits_ms_upper").as_array();
    return i < waits.size() ? waits[i].as_int64() : 0;
  };
  for (std::size_t i = 0; i < got.waits.size(); ++i)
    if (got.waits[i].count() > std::max(upper("go", i), upper("botocore", i))) return false;
  return true;
}

bool fits(Outcome const& got, Row const& want) {
  bool same = want.contains("parsed") ? same_result(got, want.at("parsed").as_object())
                                      : same_error(got, want.at("error").as_object());
  return same && std::int64_t(got.requests.size()) == want.at("attempts").as_int64() && same_dates(got, want);
}

bool fits_row(Outcome const& got, Row const& row) {
  auto const& botocore = row.at("botocore").as_object();
  auto const& go = row.at("go").as_object();
  auto careful = text(row, "careful_outcome");
  if (careful == "either") return true;
  if (careful == "error") return got.error.has_value();
  if (careful == "like_go") return fits(got, go);
  if (careful == "like_botocore") return fits(got, botocore);
  return fits(got, botocore) || fits(got, go);
}

/// The one header that lengthens a wait beyond the back-off that the rows tell.
bool asks_to_wait(Row const& row) {
  return boost::json::serialize(row.at("responses")).find("x-amz-retry-after") != std::string::npos;
}

TEST_F(AnswerRows, AreAllAsRecorded) {
  int seen = 0, no_names = 0;
  for (auto const& row : test::rows("assume_rows.jsonl")) {
    no_names += is_no_cluster_name(row);
    if (is_no_cluster_name(row)) continue;
    ++seen;
    auto got = play(row);
    EXPECT_TRUE(fits_row(got, row)) << text(row, "name") << ": " << got.requests.size() << " attempts, "
                                    << (got.error ? got.error->message() : boost::json::serialize(got.parsed));
    EXPECT_TRUE(asks_to_wait(row) || same_waits(got, row)) << text(row, "name");
  }
  EXPECT_EQ(seen, 102);
  EXPECT_EQ(no_names, 3);
}

}  // namespace
}  // namespace keks::aws
