// Speed of the replacement policies on one core; informative, not pass or fail. Aim: 10 M
// accesses/s of LRU on 60 layers of 512 experts, three quarters of which do not fit.
#include <benchmark/benchmark.h>
#include <vector>

#include "base/rng.h"
#include "cache/replacement.h"

namespace plimsoll {
namespace {

constexpr std::size_t kExtents = 30'720;

// The product of two uniform draws: some extents are asked for far more often than others.
std::vector<ExtentId> skewed_accesses() {
  Rng rng(1, "accesses");
  std::vector<ExtentId> accesses(1'000'000);
  for (ExtentId& extent : accesses) {
    extent = static_cast<ExtentId>(rng.uniform() * rng.uniform() * static_cast<double>(kExtents));
  }
  return accesses;
}

void accesses(benchmark::State& state, ReplacementKind kind) {
  constexpr std::int64_t kExpert = 7'077'888;
  const std::vector<std::int64_t> bytes(kExtents, kExpert);
  const auto cache = make_replacement(
      {.kind = kind, .capacity_bytes = kExpert * (kExtents / 4), .extent_bytes = bytes});
  const std::vector<ExtentId> trace = skewed_accesses();
  std::int64_t hits = 0;
  for (auto _ : state) {
    for (const ExtentId extent : trace) hits += cache->access(extent);
  }
  const auto done = state.iterations() * static_cast<std::int64_t>(trace.size());
  state.SetItemsProcessed(done);
  state.counters["hit_rate"] = static_cast<double>(hits) / static_cast<double>(done);
}
BENCHMARK_CAPTURE(accesses, lru, ReplacementKind::lru)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(accesses, two_list, ReplacementKind::two_list)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(accesses, clock_pro, ReplacementKind::clock_pro)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(accesses, lfu, ReplacementKind::lfu)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace plimsoll
