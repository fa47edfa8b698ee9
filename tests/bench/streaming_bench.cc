// Experts from a drive: the run of 1,000 tokens, and what an answer on screen waits for.
#include <benchmark/benchmark.h>

#include "evaluate/evaluate.h"
#include "evaluate/prepared.h"
#include "streaming/stream_model.h"

namespace plimsoll {
namespace {

ScenarioSpec laptop(const char* generate) {
  return scenario_from_options({{"model", "qwen3.5-397b-a17b"},
                                {"quantization", "mlx-4bit"},
                                {"system", "macbook-pro-16-m3-max-48gb"},
                                {"engine", "flash-moe"},
                                {"prompt", "16"},
                                {"generate", generate}},
                               {"experts_per_token=4", "streaming.start=warm"});
}

Catalog& catalog() {
  static Catalog shipped({find_data_folders({})});
  return shipped;
}

// Every token simulated; aim: 2 s.
void thousand_tokens(benchmark::State& state) {
  Diagnostics diagnostics;
  const auto ready = prepare(laptop("1000"), catalog(), diagnostics);
  throw_if_errors(diagnostics);
  for (auto _ : state) {
    StreamModel model(ready->lowering_request(), catalog().roofs(diagnostics),
                      catalog().routing_prior(diagnostics));
    benchmark::DoNotOptimize(model.run());
  }
}
BENCHMARK(thousand_tokens)->Unit(benchmark::kMillisecond);

// The whole answer with its changes; aim: 500 ms for the process.
void report_of_a_streamed_model(benchmark::State& state) {
  const ScenarioSpec spec = laptop("200");
  for (auto _ : state) benchmark::DoNotOptimize(evaluate(spec, catalog()));
}
BENCHMARK(report_of_a_streamed_model)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace plimsoll
