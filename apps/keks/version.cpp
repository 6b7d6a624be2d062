#include <keks/base/json.hpp>
#include <keks/net/client.hpp>

#include <boost/version.hpp>
#include <cstdio>

#include "apps/keks/client.hpp"
#include "base/format.hpp"

namespace keks::cli {

int version(Arguments const& args) {
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
