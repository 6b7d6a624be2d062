#include <keks/base/json.hpp>
#include <keks/net/client.hpp>

#include <boost/version.hpp>
#include <cstdio>

#include "apps/keks/client.hpp"
#include "base/format.hpp"

namespace keks::cli {

namespace {

/// The forms of aws-iam-authenticator, whose words scripts look for.
int authenticator_version(std::string const& output) {
  if (output == "json")
    std::printf("{\"Version\":\"%s\"}\n", KEKS_VERSION);
  else if (output == "yaml")
    std::printf("version: %s\ncommit: \"\"\ndate: \"\"\n", KEKS_VERSION);
  else
    std::fputs("unknown version option\n", stderr);
  return 0;
}

}  // namespace

int version(Arguments const& args) {
  if (args.flag("short")) {
    std::puts(KEKS_VERSION);
    return 0;
  }
  if (args.as_authenticator) return authenticator_version(args.get_or("output", "json"));
  auto output = args.get_or("output", "text");
  if (output != "text" && output != "json") return complain_usage("--output: text or json is wanted");
  std::string boost = format("{}.{}.{}", BOOST_VERSION / 100000, BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100);
  std::string text =
      output == "json"
          ? format(R"({{"version":{},"openssl":{},"boost":{},"compiler":{}}})", json_quote(KEKS_VERSION),
                   json_quote(net::openssl_version()), json_quote(boost), json_quote(KEKS_COMPILER))
          : format("keks {}\n{}\nBoost {}\n{}", KEKS_VERSION, net::openssl_version(), boost, KEKS_COMPILER);
  std::printf("%s\n", text.c_str());
  return 0;
}

}  // namespace keks::cli
