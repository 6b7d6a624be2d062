#pragma once

#include <string>

#include "sandbox/reply.hpp"

namespace keks::sandbox {

/// An error as AWS has it: the status, the code, and the sentence.
struct AwsRefusal {
  int status = 400;
  std::string code, message;
};

std::string xml_escape(std::string_view text);

/// The query protocol of STS: XML, or JSON for whoever accepts that.
Reply query_reply(std::string_view action, std::string const& xml_result, std::string const& json_result, bool json);
Reply query_refusal(AwsRefusal const& refusal, bool json);
/// The REST-JSON protocol of EKS.
Reply rest_reply(std::string body);
Reply rest_refusal(AwsRefusal const& refusal);

}  // namespace keks::sandbox
