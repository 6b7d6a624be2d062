// Single steps of the job, in process: `bench_micro FILE [BENCHMARK OPTION...]`; FILE is a list of pods in JSON.
#include <benchmark/benchmark.h>
#include <keks/iam/token.hpp>
#include <keks/kube/core_v1.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "kube/list_reader.hpp"

namespace {

namespace kube = keks::kube;

constexpr std::size_t piece_bytes = 16 * 1024;

void token_mint(benchmark::State& state) {
  keks::aws::Credentials credentials;
  credentials.access_key_id = "ASIAEXAMPLEEXAMPLE00";
  credentials.secret_access_key = keks::Secret("secret/of/forty/characters/for/example00");
  credentials.session_token = keks::Secret(std::string(600, 's'));
  keks::iam::TokenInput input{"bench", {.region = "eu-west-1"}};
  auto now = keks::system_clock().wall();
  for (auto _ : state) {
    auto token = keks::iam::mint(input, credentials, now += std::chrono::seconds(1));
    if (!token) return state.SkipWithError(token.error().message().c_str());
    benchmark::DoNotOptimize(token);
  }
}

/// Each pod is decoded, looked at and thrown away, as a `for_each` does.
class Pods final : public kube::detail::ItemSink {
 public:
  void* next() override { return &pod_.emplace(); }
  bool complete() override { return benchmark::DoNotOptimize(*pod_), true; }

 private:
  std::optional<kube::Pod> pod_;
};

template <class Reader>
std::string read_all(Reader& reader, std::string_view json) {
  for (; !json.empty(); json.remove_prefix(std::min(piece_bytes, json.size())))
    if (auto more = reader.feed(json.substr(0, piece_bytes)); !more) return more.error().message();
  auto done = reader.finish();
  return done ? std::string() : done.error().message();
}

template <class MakeReader>
void read_list(benchmark::State& state, std::string_view json, MakeReader const& make_reader) {
  for (auto _ : state) {
    auto reader = make_reader();
    if (auto error = read_all(*reader, json); !error.empty()) return state.SkipWithError(error.c_str());
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * json.size()));
}

void list_typed(benchmark::State& state, std::string_view json) {
  using Pod = kube::KindOf<kube::Pod>;
  Pods pods;
  read_list(state, json, [&] { return std::make_unique<kube::ListReader>(Pod::resource, Pod::schema(), pods); });
}

void list_count(benchmark::State& state, std::string_view json) {
  read_list(state, json, [] { return std::make_unique<kube::CountReader>(kube::KindOf<kube::Pod>::resource); });
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  std::ifstream file(argc > 1 ? argv[1] : "", std::ios::binary);
  std::string json(std::istreambuf_iterator<char>(file), {});
  if (json.empty()) return std::fputs("usage: bench_micro FILE [BENCHMARK OPTION...]\n", stderr), 2;
  benchmark::RegisterBenchmark("token_mint", token_mint);
  benchmark::RegisterBenchmark("list_typed", list_typed, json);
  benchmark::RegisterBenchmark("list_count", list_count, json);
  benchmark::RunSpecifiedBenchmarks();
}
