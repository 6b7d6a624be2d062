#include "apps/keks/doctor/report.hpp"

#include <keks/base/encoding.hpp>
#include <keks/base/json.hpp>

#include <algorithm>

#include "apps/keks/doctor/findings.hpp"
#include "base/format.hpp"

namespace keks::cli::doctor {
namespace {

/// What advice is filled with.
std::map<std::string_view, std::string> values_of(Facts const& facts) {
  std::map<std::string_view, std::string> values{{"cluster", facts.cluster}};
  if (auto const* local = known(facts.local)) {
    values["region"] = local->region;
    values["profile"] = local->profile;
  }
  if (auto const* caller = known(facts.caller())) {
    auto identity = iam::identity_of(*caller);
    values["principal"] = identity ? identity->canonical_arn : caller->arn;
  }
  auto const* user = known(facts.user);
  values["user"] = user ? user->username : "that the identity is mapped to";
  return values;
}

/// The step that decides.
Step const* decisive(std::vector<Step> const& steps) {
  auto failed = std::ranges::find(steps, Outcome::Fail, &Step::outcome);
  if (failed == steps.end()) failed = std::ranges::find(steps, "NoPermissions", &Step::finding);
  return failed == steps.end() ? nullptr : &*failed;
}

bool is_about_the_identity(std::string_view finding) {
  return finding == "NotMapped" || finding == "MappedOtherAccount" || finding == "MappingUnreadable";
}

std::string change_of(Step const& step, Facts const& facts, std::vector<Step> const& steps) {
  auto values = values_of(facts);
  auto change = change_for(step.finding, values);
  if (change.empty()) change = step.text;
  auto ignored = std::ranges::find(steps, "ProfileIgnored", &Step::finding);
  if (ignored != steps.end() && is_about_the_identity(step.finding))
    change += format("; or, where profile {} was meant, {}", values["profile"], change_for("ProfileIgnored", values));
  return change;
}

std::string_view word(Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok:
      return "ok";
    case Outcome::Note:
      return "note";
    case Outcome::Fail:
      return "FAIL";
    case Outcome::Skip:
      break;
  }
  return "skip";
}

std::string line(Step const& step) {
  auto finding = step.finding.empty() ? "" : step.finding + ": ";
  return format("{:<5} {:<13} {}{}\n", word(step.outcome), step.name, finding, escape_controls(step.text));
}

std::string finding_member(std::string const& finding) {
  return finding.empty() ? "" : format(R"("finding":{},)", json_quote(finding));
}

std::string step_json(Step const& step) {
  auto outcome = step.outcome == Outcome::Fail ? "fail" : word(step.outcome);
  return format(R"({{"step":"{}","outcome":"{}",{}"text":{}}})", step.name, outcome, finding_member(step.finding),
                json_quote(step.text));
}

/// Where the API server answers, what failed on the way to it is a curiosity.
void soften(std::vector<Step>& steps) {
  for (auto& step : steps)
    if (step.outcome == Outcome::Fail && step.name != "rbac") step.outcome = Outcome::Note;
}

}  // namespace

Report judge(Facts const& facts) {
  Report report{facts.cluster, steps_of(facts), "", "", call_succeeded(facts)};
  if (report.ok) soften(report.steps);
  if (auto const* step = decisive(report.steps)) {
    report.finding = step->finding;
    report.change = change_of(*step, facts, report.steps);
  } else {
    report.change = report.ok ? format("nothing; {} lets you in", facts.cluster)
                              : "give it more time (--request-timeout), and ask again";
  }
  return report;
}

std::string report_text(Report const& report) {
  std::string text;
  for (auto const& step : report.steps) text += line(step);
  return text + format("What to change: {}\n", escape_controls(report.change));
}

std::string report_json(Report const& report) {
  std::string steps;
  for (auto const& step : report.steps) steps += (steps.empty() ? "" : ",") + step_json(step);
  auto finding = report.finding.empty() ? "null" : json_quote(report.finding);
  return format(R"({{"cluster":{},"steps":[{}],"verdict":{{"finding":{},"change":{}}},"ok":{}}})",
                json_quote(report.cluster), steps, finding, json_quote(report.change), report.ok);
}

}  // namespace keks::cli::doctor
