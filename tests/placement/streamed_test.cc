// Placements whose experts stay on the drive: what is held in memory, what counts against which
// limit, and what is refused.
#include "placed.h"

using namespace plimsoll;

namespace {

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

// A chip with unified memory and a drive, and an engine that streams.
struct StreamedWorld : SmallWorld {
  StreamedWorld() {
    Diagnostics diagnostics;
    engine = *catalog().engine("llama.cpp", {}, diagnostics);
    engine.streaming = StreamingSpec{};
    const SystemSpec* bare = catalog().system("box-1", {}, diagnostics);
    REQUIRE(bare);
    system = *bare;
    system.storage = {{.drive = "ssd", .size = Bytes(1e12), .count = 1}};
  }

  std::unique_ptr<Placed> placed(const std::string& model, const StreamingSetup& setup) {
    auto result = std::make_unique<Placed>(
        spec_of({{"model", model}, {"quantization", "q16"}, {"system", "soc-a"}}), catalog());
    result->scenario.engine = &engine;
    result->scenario.cluster.machines.front().system = &system;
    result->scenario.streaming = setup;
    result->demand = weight_demand(result->footprint, result->scenario.model, engine);
    return result;
  }

  EngineSpec engine;
  SystemSpec system;
};

Placement only(const Placed& placed) {
  const std::vector<Placement> candidates = placed.candidates();
  REQUIRE(candidates.size() == 1);
  return candidates.front();
}

double experts_of(const Placed& placed) {
  return bytes_of_role(placed.footprint, TensorRole::routed_experts);
}

}  // namespace

TEST_CASE_METHOD(StreamedWorld, "routed experts are no load, all other weights are",
                 "[placement][streamed]") {
  const auto ready = placed("moe", {});
  const Placement placement = only(*ready);
  REQUIRE(placement.strategy == PlacementStrategy::streamed);
  CHECK(placement.fits());
  CHECK(bytes_of(placement, LoadKind::weights) ==
        Approx(ready->footprint.weights.base() - experts_of(*ready)));
  CHECK(bytes_of(placement, LoadKind::cache) == ready->footprint.cache.base());
  // One expert: gate, up and down of 256 x 128 values of 2 bytes; 4 of a token, twice.
  CHECK(bytes_of(placement, LoadKind::staging) == 2.0 * 4 * 3 * 256 * 128 * 2);
  CHECK_FALSE(placement.weights_paged);
}

TEST_CASE_METHOD(StreamedWorld, "what is mapped from a file is evictable, what is wired is not",
                 "[placement][streamed]") {
  for (const WeightMemory memory :
       {WeightMemory::mapped, WeightMemory::anonymous, WeightMemory::wired}) {
    const auto ready = placed("moe", {.dense_weights = memory});
    const Placement placement = only(*ready);
    for (const PoolLoad& load : placement.loads)
      for (const LoadItem& item : load.items)
        if (item.kind == LoadKind::weights) CHECK(item.memory == memory);
  }
}

TEST_CASE_METHOD(StreamedWorld, "a wired cache must fit under the limit on GPU memory",
                 "[placement][streamed]") {
  // soc-a: the GPU may take 0.75 of its memory.
  const Pool pool = placed("moe", {})->fabric.pools().front();
  REQUIRE(pool.kind == PoolKind::unified);
  const Bytes between((pool.gpu_usable + pool.capacity - pool.os_reserved.value).base() / 2.0);
  const StreamingSetup wired{.cache_policy = ReplacementKind::lru,
                             .cache_size = between,
                             .cache_memory = WeightMemory::wired};
  const Placement tight = only(*placed("moe", wired));
  CHECK_FALSE(tight.fits());
  CHECK(tight.loads.front().limit.starts_with(pool.gpu_limit));
  CHECK(tight.expert_cache == between);
  StreamingSetup mapped = wired;
  mapped.cache_memory = WeightMemory::mapped;
  CHECK(only(*placed("moe", mapped)).fits());
}

TEST_CASE_METHOD(StreamedWorld, "a cache without a size takes the engine's share of what is left",
                 "[placement][streamed]") {
  const Placement none = only(*placed("moe", {}));
  engine.streaming->cache_default = 0.5;
  const Placement half = only(*placed("moe", {.cache_policy = ReplacementKind::lru}));
  const Pool pool = placed("moe", {})->fabric.pools().front();
  // Without mapped weights, which no limit on allocations counts, under the GPU's limit.
  const PoolLoad& load = none.loads.front();
  const double allocated = load.used.value - bytes_of(load, LoadKind::weights);
  CHECK(half.expert_cache.base() == Approx(0.5 * (pool.gpu_usable.base() - allocated)));
}

TEST_CASE_METHOD(StreamedWorld, "under mmap mapped weights come and go with the page cache",
                 "[placement][streamed]") {
  const StreamingSetup mmap{.access = ReadAccess::mmap};
  const Placement paged = only(*placed("dense", mmap));
  CHECK(paged.fits());
  CHECK(paged.weights_paged);
  CHECK(bytes_of(paged, LoadKind::weights) == 0.0);
  CHECK(bytes_of(paged, LoadKind::staging) == 0.0);
  const StreamingSetup held{.access = ReadAccess::mmap, .dense_weights = WeightMemory::wired};
  const auto ready = placed("moe", held);
  CHECK(bytes_of(only(*ready), LoadKind::weights) ==
        Approx(ready->footprint.weights.base() - experts_of(*ready)));
}

TEST_CASE_METHOD(StreamedWorld, "formats that are repacked at load never page",
                 "[placement][streamed]") {
  engine.streaming->repacked = {"F16"};
  const auto mmap = placed("moe", {.access = ReadAccess::mmap});
  CHECK(bytes_of(only(*mmap), LoadKind::weights) == Approx(mmap->footprint.weights.base()));
  const auto read = placed("moe", {});
  CHECK(bytes_of(only(*read), LoadKind::weights) == Approx(read->footprint.weights.base()));
}

TEST_CASE_METHOD(StreamedWorld, "other programs take from memory, not from the GPU's limit",
                 "[placement][streamed]") {
  const Placement alone = only(*placed("moe", {}));
  const Placement beside = only(*placed("moe", {.other_memory = Bytes(gib)}));
  CHECK(bytes_of(beside, LoadKind::other_programs) == gib);
  CHECK(beside.loads.front().used.value == Approx(alone.loads.front().used.value + gib));
}

TEST_CASE_METHOD(StreamedWorld, "what cannot stream says why", "[placement][streamed]") {
  CHECK(only(*placed("dense", {})).refusal.find("no routed experts") != std::string::npos);
  system.storage.front().size = Bytes(1000.0);
  CHECK(only(*placed("moe", {})).refusal.find("the drive of") != std::string::npos);
}

TEST_CASE_METHOD(StreamedWorld, "an engine that can hold weights streams only when asked",
                 "[placement][streamed]") {
  engine.streaming->always = false;
  const auto ready = placed("moe", {.access = ReadAccess::mmap});
  for (const Placement& candidate : ready->candidates())
    CHECK(candidate.strategy != PlacementStrategy::streamed);
  ready->scenario.placement = PlacementStrategy::streamed;
  const Placement asked = only(*ready);
  CHECK(asked.strategy == PlacementStrategy::streamed);
  CHECK_FALSE(asked.on_accelerators());  // its CPU backend touches the pages
}
