// Speed of choosing machines; informative, not pass or fail. Aim: 100,000 candidates in 10 s on two
// cores.
#include <array>
#include <benchmark/benchmark.h>
#include <memory>

#include "plan/plan.h"
#include "plan/space.h"

namespace plimsoll {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

struct Question {
  const char* label;
  Options options;
};

const Question& question(const benchmark::State& state) {
  static const std::array<Question, 4> questions = {{
      {"30B mixture, 3000 USD", {{"model", "qwen3-30b-a3b"}, {"budget", "3000"}}},
      {"70B dense, no limit", {{"model", "llama-3-70b"}}},
      {"70B dense, 32 users", {{"model", "llama-3-70b"}, {"users", "32"}}},
      {"1T mixture, nothing meets it",
       {{"model", "kimi-k2.5"}, {"budget", "3000"}, {"at_least", "20"}}},
  }};
  return questions[static_cast<std::size_t>(state.range(0))];
}

CatalogFactory shipped_catalogs() {
  const std::vector<DataFolders> folders = {find_data_folders({})};
  return [folders] { return std::make_unique<Catalog>(folders); };
}

// From nothing to the plans, catalogues included.
void choose_machines(benchmark::State& state) {
  const Requirement requirement = requirement_from_options(question(state).options);
  PlanCounts counts;
  for (auto _ : state) counts = plan(requirement, shipped_catalogs()).counts;
  const auto candidates = static_cast<double>(counts.candidates);
  state.counters["candidates"] = candidates;
  state.counters["simulated"] = static_cast<double>(counts.evaluated);
  state.counters["candidates/s"] = benchmark::Counter(
      candidates, benchmark::Counter::kIsIterationInvariantRate, benchmark::Counter::kIs1000);
  state.SetLabel(question(state).label);
}
BENCHMARK(choose_machines)->DenseRange(0, 3)->Unit(benchmark::kMillisecond)->UseRealTime();

// Only what is listed and bounded, on one core.
void bound_candidates(benchmark::State& state) {
  const std::unique_ptr<Catalog> catalog = shipped_catalogs()();
  const Requirement requirement = requirement_from_options(question(state).options);
  const Space space(requirement, *catalog, {});
  PlanCounts counts;
  for (auto _ : state) {
    counts = {};
    benchmark::DoNotOptimize(space.sites(limits_of(requirement), counts));
  }
  state.counters["candidates"] = static_cast<double>(counts.candidates);
  state.SetLabel(question(state).label);
}
BENCHMARK(bound_candidates)->DenseRange(0, 3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace plimsoll
