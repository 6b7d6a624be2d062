#include "apps/keks/doctor/doctor.hpp"

#include <cstdio>

#include "apps/keks/cluster.hpp"
#include "apps/keks/doctor/gather.hpp"
#include "apps/keks/doctor/report.hpp"

namespace keks::cli {

int doctor_command(Arguments const& args) {
  auto deadline = request_deadline(args);
  if (!deadline) return complain_usage(deadline.error().message());
  auto output = args.get_or("output", "text");
  if (output != "text" && output != "json") return complain_usage("--output: text or json is wanted");
  if (args.positionals.size() != 1)
    return complain_usage("doctor wants the name of one cluster, e.g. keks doctor prod");
  auto report = doctor::judge(doctor::gather(args, args.positionals[0], *deadline));
  std::printf("%s", (output == "json" ? report_json(report) + "\n" : report_text(report)).c_str());
  return report.ok ? 0 : 1;
}

}  // namespace keks::cli
