// Whether it fits, by how much not, how sure that is, and how long a context would.
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "footprint/shipped.h"
#include "placement/placed.h"

namespace plimsoll {
namespace {

using Options = std::vector<std::pair<std::string, std::string>>;

// A model of 8 layers of about 0.4 GiB and a box of cards of these sizes, in GiB.
class CardBox {
 public:
  CardBox() {
    world_.data.write(
        "models/big.yaml",
        replaced(
            replaced(replaced(replaced(replaced(small_world::dense_model, "id: dense", "id: big"),
                                       "name: Dense", "name: Big"),
                              "hidden: 256", "hidden: 4096"),
                     "heads: 8, kv_heads: 2, head_dim: 32",
                     "heads: 32, kv_heads: 32, head_dim: 128"),
            "width: 512", "width: 11008"));
    for (int quarters = 2; quarters <= 16; ++quarters)
      world_.data.write(
          "hwdb/devices/" + card(quarters) + ".yaml",
          replaced(replaced(replaced(small_world::card_a, "id: card-a", "id: " + card(quarters)),
                            "name: Card A", "name: " + card(quarters)),
                   "24 GiB", std::to_string(quarters * 256) + " MiB"));
    spec_ = spec_of({{"model", "big"},
                     {"system", "box-1"},
                     {"quantization", "q16"},
                     {"context", "1024"},
                     {"placement", "layer_split"}});
  }

  bool fits(const std::vector<int>& quarters) {
    SystemSpec machine;
    machine.id = "box";
    machine.os = "linux";
    machine.host = {.device = "cpu-a", .memory = Bytes(64 * gib)};
    for (int size : quarters) machine.parts.push_back({.device = card(size), .count = 1});
    const Placed placed(spec_, machine, world_.catalog());
    return placed.candidates().front().fits();
  }

 private:
  static std::string card(int quarters) { return "card-q" + std::to_string(quarters); }

  SmallWorld world_;
  ScenarioSpec spec_;
};

// A theorem for a split that minimises the largest load over room: whatever fitted before still
// does, so the best split fits. It broke when buffers and overhead were left out of the room.
TEST_CASE("a larger card never makes a layer split fail", "[placement]") {
  CardBox box;
  int fitting = 0;
  for (int a = 2; a <= 16; ++a) {
    bool fitted = false;
    for (int b = 2; b <= 16; ++b) {
      const bool now = box.fits({a, b});
      INFO(a / 4.0 << " GiB and " << b / 4.0 << " GiB");
      CHECK((now || !fitted));
      fitted = fitted || now;
      fitting += now ? 1 : 0;
    }
  }
  for (int b = 2; b <= 16; ++b) {
    bool fitted = false;
    for (int a = 2; a <= 16; ++a) {
      const bool now = box.fits({a, b});
      INFO(a / 4.0 << " GiB and " << b / 4.0 << " GiB");
      CHECK((now || !fitted));
      fitted = fitted || now;
    }
  }
  CHECK(fitting > 20);  // the sizes straddle the border
  CHECK(fitting < 200);
}

TEST_CASE("more unified memory never turns fitting into not fitting", "[placement]") {
  SmallWorld world;
  const ScenarioSpec base = spec_of({{"model", "dense"},
                                     {"quantization", "q16"},
                                     {"system", "soc-a"},
                                     {"batch", "64"},
                                     {"context", "8192"}});
  bool fitted = false;
  int changes = 0;
  for (int mebibytes = 4096 + 512; mebibytes < 8192; mebibytes += 128) {
    ScenarioSpec spec = base;
    spec.memory.value = Bytes(mebibytes * mib);
    const bool now = Placed(spec, world.catalog()).candidates().front().fits();
    INFO(mebibytes << " MiB");
    CHECK((now || !fitted));
    changes += now != fitted ? 1 : 0;
    fitted = now;
  }
  CHECK(changes == 1);
}

TEST_CASE("what a card lacks is arithmetic", "[placement]") {
  SmallWorld world;
  world.data.write("hwdb/devices/card-s.yaml",
                   replaced(replaced(replaced(small_world::card_a, "id: card-a", "id: card-s"),
                                     "name: Card A", "name: Card S"),
                            "24 GiB", "1 GiB"));
  world.data.write("hwdb/systems/small-box.yaml", small_world::box("small-box", "card-s", 1));
  const Placed placed(spec_of({{"model", "dense"},
                               {"quantization", "q16"},
                               {"system", "small-box"},
                               {"context", "8192"},
                               {"batch", "64"},
                               {"placement", "single"}}),
                      world.catalog());
  const Placement placement = placed.candidates().front();
  // F16 weights of a layer: q and output 256 x 256, k and v 256 x 64, three of 256 x 512, two
  // norms. The embedding stays in main memory, the head (1000 x 256) and the last norm do not.
  const double layer = 2.0 * (2 * 256 * 256 + 2 * 256 * 64 + 3 * 256 * 512 + 2 * 256);
  const double weights = 6 * layer + 2.0 * (1000 * 256 + 256);
  // K and V of 2 heads of 32, 2 bytes each, 8192 cells, 64 sequences, 6 layers.
  const double cache = 2.0 * 2 * 32 * 2 * 8192 * 64 * 6;
  const BufferEstimate buffers =
      compute_buffers(placed.scenario.model, *placed.scenario.engine, 8192, 64);
  const double used = weights + cache + buffers.layers.value + buffers.output.value + 400 * mib;
  CHECK(placement.loads.front().used.value == Approx(used).epsilon(1e-12));
  CHECK(placement.short_by().base() == Approx(used - gib).epsilon(1e-12));
  CHECK_FALSE(placement.fits());
  CHECK(placement.loads.front().short_by() == placement.short_by());
}

TEST_CASE("an engine that claims a share has only that share", "[placement]") {
  SmallWorld world;
  const Placed placed(
      spec_of(
          {{"model", "dense"}, {"quantization", "s16"}, {"system", "box-1"}, {"engine", "serve"}}),
      world.catalog());
  CHECK(placed.candidates().front().loads.front().usable.base() == Approx(0.9 * 24 * gib));
}

// Unified memory has two limits: GPU allocations against the OS's share, everything against what
// the OS leaves. The tighter one is reported.
TEST_CASE("the tighter limit of unified memory binds", "[placement]") {
  SmallWorld world;
  const auto load = [&](const char* memory, const char* engine, bool raised) {
    ScenarioSpec spec = spec_of(
        {{"model", "dense"}, {"quantization", "q16"}, {"system", "soc-a"}, {"engine", engine}},
        {std::string("system.memory=") + memory});
    if (raised) spec.raise_gpu_limit.value = true;
    return Placed(spec, world.catalog()).candidates().front().loads.front();
  };
  const PoolLoad limited = load("32 GiB", "llama.cpp:metal", false);
  CHECK(limited.usable.base() == Approx(24 * gib));
  CHECK(limited.limit == "Mac System limit on GPU memory");
  const PoolLoad raised = load("32 GiB", "llama.cpp:metal", true);
  CHECK(raised.usable.base() == Approx(28 * gib));
  // The CPU is not bound by the GPU's limit; 4 GiB belong to the system.
  const PoolLoad cpu = load("32 GiB", "llama.cpp:cpu", false);
  CHECK(cpu.usable.base() == Approx(28 * gib));
}

Placement with_load(double used, double sigma, double usable) {
  Placement placement;
  placement.loads.push_back({.pool = 0,
                             .items = {},
                             .usable = Bytes(usable),
                             .limit = {},
                             .used = {used, used - z90 * sigma, used + z90 * sigma}});
  return placement;
}

TEST_CASE("the probability of fitting is 0 or 1 where nothing is estimated", "[placement]") {
  CHECK(with_load(100, 0, 100).fits_probability() == 1.0);
  CHECK(with_load(100, 0, 101).fits_probability() == 1.0);
  CHECK(with_load(100, 0, 99).fits_probability() == 0.0);
}

// Standard normal distribution at 0, 1, 2 and -1: tables.
TEST_CASE("the probability of fitting follows the normal distribution", "[placement]") {
  CHECK(with_load(100, 10, 100).fits_probability() == Approx(0.5));
  CHECK(with_load(100, 10, 110).fits_probability() == Approx(0.841344746).epsilon(1e-8));
  CHECK(with_load(100, 10, 120).fits_probability() == Approx(0.977249868).epsilon(1e-8));
  CHECK(with_load(100, 10, 90).fits_probability() == Approx(0.158655254).epsilon(1e-8));
  // Two pools must both fit. Equal ones err together, so the fuller decides; others independently.
  Placement two = with_load(100, 10, 120);
  two.loads.push_back(with_load(110, 10, 120).loads.front());
  CHECK(two.fits_probability() == Approx(0.841344746).epsilon(1e-8));
  two.loads.back() = with_load(100, 10, 110).loads.front();
  CHECK(two.fits_probability() == Approx(0.977249868 * 0.841344746).epsilon(1e-8));
}

// 6 and 8 of a side add like the legs of a right triangle.
TEST_CASE("what is usable and what is used err independently, each side for itself",
          "[placement]") {
  Placement placement = with_load(100, 6, 120);
  placement.loads.front().usable_sigma = 8;
  CHECK(placement.fits_probability() == Approx(0.977249868).epsilon(1e-8));
  // Only the side towards the limit counts: nothing here is ever more than it is at the median.
  placement = with_load(100, 10, 110);
  placement.loads.front().used.high = 100;
  CHECK(placement.fits_probability() == 1.0);
}

TEST_CASE("memory in use is never less than what its parts are at least", "[placement]") {
  for (const char* model : {"gemma-2b", "qwen3-30b-a3b"})
    for (const char* system : {"rtx-4090-pc", "h100-sxm5-80gb-8x", "framework-desktop-128gb"}) {
      const Placed placed(
          spec_of({{"model", model}, {"quantization", "q4_k_m"}, {"system", system}}),
          shipped_catalog());
      for (const Placement& placement : placed.candidates())
        for (const PoolLoad& load : placement.loads) {
          double least = 0.0;
          for (const LoadItem& item : load.items) least += item.bytes.low;
          CAPTURE(model, system, load.pool);
          CHECK(load.used.low >= least * (1 - 1e-12));
        }
    }
}

TEST_CASE("a value that fits has at least even odds, one that does not at most", "[placement]") {
  Catalog& catalog = shipped_catalog();
  for (const char* model : {"llama-3.1-8b", "gpt-oss-20b", "qwen3-30b-a3b", "mixtral-8x7b"})
    for (const char* quantization : {"q8_0", "q4_k_m"})
      for (const char* system : {"rtx-4090-pc", "macbook-pro-16-m3-max-48gb"}) {
        INFO(model << " " << quantization << " " << system);
        const Placed placed(spec_of({{"model", model},
                                     {"quantization", quantization},
                                     {"system", system},
                                     {"placement", "single"}}),
                            catalog);
        const Placement placement = placed.candidates().front();
        std::size_t short_pools = 0;
        for (const PoolLoad& load : placement.loads) short_pools += load.short_by() > Bytes();
        if (short_pools > 0) CHECK(placement.fits_probability() <= 0.5);
        if (placement.fits() && placement.loads.size() == 1)
          CHECK(placement.fits_probability() >= 0.5);
      }
}

TEST_CASE("the largest context fits and one granule more does not", "[placement]") {
  Catalog& catalog = shipped_catalog();
  struct Case {
    const char* model;
    const char* quantization;
    const char* system;
    const char* engine;
    const char* batch;
  };
  int limited = 0;
  for (const Case& c :
       {Case{"llama-3.1-8b", "q8_0", "rtx-4090-pc", "llama.cpp", "1"},
        Case{"llama-3.1-8b", "q8_0", "rtx-4090-pc", "llama.cpp", "16"},
        Case{"gemma-3-27b", "q4_k_m", "rtx-4090-pc", "llama.cpp", "4"},
        Case{"llama-3.1-70b", "q4_k_m", "rtx-4090-2x", "llama.cpp", "1"},
        Case{"qwen3-30b-a3b", "q4_k_m", "macbook-pro-16-m3-max-36gb", "llama.cpp", "8"},
        Case{"mixtral-8x7b", "q4_k_m", "rtx-4090-pc", "llama.cpp", "1"},
        Case{"llama-3.1-8b", "bf16-safetensors", "h100-sxm5-80gb-box", "vllm", "8"}}) {
    INFO(c.model << " " << c.system << " batch " << c.batch);
    const Placed placed(spec_of({{"model", c.model},
                                 {"quantization", c.quantization},
                                 {"system", c.system},
                                 {"engine", c.engine},
                                 {"batch", c.batch}}),
                        catalog);
    std::vector<Placement> candidates = placed.candidates();
    const auto fitting = std::find_if(candidates.begin(), candidates.end(),
                                      [](const Placement& p) { return p.fits(); });
    REQUIRE(fitting != candidates.end());
    const auto largest = largest_context(placed.request(), *fitting);
    REQUIRE(largest.has_value());
    const std::int64_t granule = placed.scenario.engine->context_granule;
    CHECK(*largest % granule == 0);
    CHECK(*largest <= placed.scenario.model.max_context);
    // Judge with the strategy and the devices of that placement only.
    Scenario fixed = placed.scenario;
    fixed.placement = fitting->strategy;
    fixed.spec.accelerators.value =
        static_cast<int>(fitting->stages.size() > 1 ? fitting->stages.size()
                                                    : fitting->stages.front().executors.size());
    const PlacementRequest same{
        .scenario = &fixed, .fabric = &placed.fabric, .demand = &placed.demand};
    const auto fits_at = [&](std::int64_t context) {
      return candidate_placements(same, context).front().fits();
    };
    CHECK(fits_at(*largest));
    if (*largest + granule <= placed.scenario.model.max_context) {
      CHECK_FALSE(fits_at(*largest + granule));
      ++limited;
    }
  }
  CHECK(limited >= 3);  // not all are bounded by the model itself
}

TEST_CASE("no context fits where the weights do not", "[placement]") {
  const Placed placed(spec_of({{"model", "llama-3.1-70b"},
                               {"quantization", "q8_0"},
                               {"system", "rtx-4090-pc"},
                               {"placement", "single"}}),
                      shipped_catalog());
  CHECK_FALSE(largest_context(placed.request(), placed.candidates().front()).has_value());
}

// The engine offers the plainest placement first; the CPU helps only where the cards cannot.
TEST_CASE("candidates go from plain to laborious", "[placement]") {
  Catalog& catalog = shipped_catalog();
  const auto strategies = [&](const char* model, const char* system) {
    const Placed placed(spec_of({{"model", model}, {"quantization", "q4_k_m"}, {"system", system}}),
                        catalog);
    std::vector<std::string> list;
    for (const Placement& placement : placed.candidates())
      list.push_back(std::string(to_text(placement.strategy)) + (placement.fits() ? "+" : "-"));
    return list;
  };
  using List = std::vector<std::string>;
  CHECK(strategies("llama-3.1-8b", "rtx-4090-2x") == List{"single+"});
  CHECK(strategies("llama-3.1-70b", "rtx-4090-2x") == List{"single-", "layer_split+"});
  CHECK(strategies("llama-3.1-70b", "rtx-4090-pc") == List{"single-", "cpu_layers+"});
  CHECK(strategies("mixtral-8x7b", "rtx-4090-pc") == List{"single-", "cpu_experts+"});
}

}  // namespace
}  // namespace plimsoll
