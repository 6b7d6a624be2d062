#include "sandbox/aws_reply.hpp"

#include <keks/base/json.hpp>

#include "base/format.hpp"
#include "sandbox/crypto.hpp"

namespace keks::sandbox {
namespace {

constexpr std::string_view kNamespace = "https://sts.amazonaws.com/doc/2011-06-15/";

Reply query_form(int status, std::string const& request_id, std::string body, bool json) {
  return {.status = status,
          .headers = {{"x-amzn-RequestId", request_id}, {"Content-Type", json ? "application/json" : "text/xml"}},
          .body = std::move(body),
          .stream = {}};
}

}  // namespace

std::string xml_escape(std::string_view text) {
  std::string out;
  for (char c : text) switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        // XML 1.0 has no way to write the other control characters.
        out += static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t' ? '?' : c;
    }
  return out;
}

Reply query_reply(std::string_view action, std::string const& xml_result, std::string const& json_result, bool json) {
  auto id = random_uuid();
  if (json)
    return query_form(200, id,
                      format(R"({{"{0}Response":{{"{0}Result":{1},"ResponseMetadata":{{"RequestId":"{2}"}}}}}})",
                             action, json_result, id),
                      json);
  return query_form(200, id,
                    format("<{0}Response xmlns=\"{1}\">\n  <{0}Result>\n{2}  </{0}Result>\n  <ResponseMetadata>\n"
                           "    <RequestId>{3}</RequestId>\n  </ResponseMetadata>\n</{0}Response>\n",
                           action, kNamespace, xml_result, id),
                    json);
}

Reply query_refusal(AwsRefusal const& refusal, bool json) {
  auto id = random_uuid();
  auto type = refusal.status < 500 ? "Sender" : "Receiver";
  if (json)
    return query_form(refusal.status, id,
                      format(R"({{"Error":{{"Code":{},"Message":{},"Type":"{}"}},"RequestId":"{}"}})",
                             json_quote(refusal.code), json_quote(refusal.message), type, id),
                      json);
  return query_form(refusal.status, id,
                    format("<ErrorResponse xmlns=\"{}\">\n  <Error>\n    <Type>{}</Type>\n    <Code>{}</Code>\n"
                           "    <Message>{}</Message>\n  </Error>\n  <RequestId>{}</RequestId>\n</ErrorResponse>\n",
                           kNamespace, type, xml_escape(refusal.code), xml_escape(refusal.message), id),
                    json);
}

Reply rest_reply(std::string body) {
  return {.status = 200,
          .headers = {{"x-amzn-RequestId", random_uuid()}, {"Content-Type", "application/json"}},
          .body = std::move(body),
          .stream = {}};
}

Reply rest_refusal(AwsRefusal const& refusal) {
  auto reply = rest_reply(format(R"({{"message":{}}})", json_quote(refusal.message)));
  reply.status = refusal.status;
  reply.headers.add("x-amzn-ErrorType", refusal.code);
  return reply;
}

}  // namespace keks::sandbox
