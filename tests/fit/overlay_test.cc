// A fit.yaml laid over the entries of a catalogue.
#include <string>

#include "catalog/fit_overlay.h"
#include "evaluate/prepared.h"
#include "evaluate/speed.h"
#include "scenario/small_world.h"

namespace plimsoll {
namespace {

const char* const small_fit = R"(kind: fit
name: made up
date: 2026-11-21
source: FIT
factors:
  "llama.cpp/cuda":
    "gap": {value: 3e-06, range: [2e-06, 4.5e-06]}
    "bandwidth:f16": {value: 0.85, range: [0.8, 0.9]}
devices:
  "card-a/gpu:memory": {value: 1.05, range: [1.0, 1.1]}
new_devices: {memory: 0.04, compute: 0.25}
spreads:
  - {metric: decode_tps, experts: false, sigma: 0.1}
  - {metric: decode_tps, load: single, experts: false, sigma: 0.09}
  - {metric: decode_tps, load: single, experts: false, backend: "llama.cpp/cuda", sigma: 0.07}
  - {metric: decode_tps, load: single, experts: false, backend: "llama.cpp/metal", sigma: 0.06}
  - {metric: prefill_tps, load: batch, experts: false, sigma: 0.2}
  - {metric: prefill_tps, load: single, experts: false, sigma: 0.15}
  - {metric: prefill_tps, load: single, experts: true, sigma: 0.3}
  - {metric: ttft_s, experts: false, sigma: 0.25}
widths:
  - {metric: decode_tps, load: single, experts: false, known_device: {factor: 1.1, share: 1}, new_device: {factor: 1.3, share: 0.5}}
correlations:
  - {a: "llama.cpp/cuda:gap", b: "llama.cpp/cuda:bandwidth:f16", rho: 0.5}
)";

TEST_CASE("a fit is laid over engines and devices", "[fit]") {
  SmallWorld world;
  world.data.write("hwdb/fit.yaml", small_fit);
  Diagnostics diagnostics;
  const EngineSpec* engine = world.catalog().engine("llama.cpp", {}, diagnostics);
  INFO(all_texts(diagnostics));
  REQUIRE(engine);
  const BackendSpec* cuda = find_backend(*engine, "cuda");
  REQUIRE(cuda);
  CHECK(cuda->gap.value.base() == Approx(3e-6));
  CHECK(cuda->gap.high->base() == Approx(4.5e-6));
  CHECK(cuda->gap.from.status == FigureStatus::fitted);
  CHECK(bandwidth_of(*cuda, "f16").value == Approx(0.85));
  REQUIRE(engine->fit);
  CHECK(engine->fit->correlations.size() == 1);

  const DeviceSpec* card = world.catalog().device("card-a", {}, diagnostics);
  REQUIRE(card);
  const ComputeUnitSpec* unit = find_unit(*card, UnitKind::gpu);
  REQUIRE(unit->memory_reach);
  CHECK(unit->memory_reach->factor == Approx(1.05));
  CHECK(unit->memory_reach->known);
  // The fit knows nothing of its matrix units: they are as far from their roof as devices are.
  REQUIRE(unit->compute_reach);
  CHECK(unit->compute_reach->factor == 1.0);
  CHECK(unit->compute_reach->log_sigma == Approx(0.25));
  CHECK_FALSE(unit->compute_reach->known);
}

TEST_CASE("of a fit's spreads the narrowest counts that a figure is of", "[fit]") {
  SmallWorld world;
  world.data.write("hwdb/fit.yaml", small_fit);
  Diagnostics diagnostics;
  const auto prepared =
      prepare(spec_of({{"model", "dense"}, {"quantization", "q16"}, {"system", "box-1"}}),
              world.catalog(), diagnostics);
  INFO(all_texts(diagnostics));
  REQUIRE(prepared);
  SpeedModel model(prepared->lowering_request(), world.catalog().roofs(diagnostics));
  const CostModel& cost = model.cost();
  CHECK(cost.decode_spread() == Approx(0.07));
  CHECK(cost.prefill_spread() == Approx(0.15));
  CHECK(cost.load_spread("ttft_s") == Approx(0.25));
  // Nothing is said of it: what the backend's entry says.
  CHECK(cost.load_spread("itl_ms") == Approx(prepared->scenario.backend->decode_spread.value));
}

TEST_CASE("a device that no point measured reaches what its vendor's devices do", "[fit]") {
  SmallWorld world;
  // 90 % of them within e^(1.645 / 10) of 0.8: a standard deviation of a tenth.
  world.data.write("hwdb/fit.yaml",
                   replaced(small_fit, "new_devices:",
                            "  \"vendor:acme/gpu:compute\": {value: 0.8, range: [0.678664, "
                            "0.943028]}\nnew_devices:"));
  Diagnostics diagnostics;
  const DeviceSpec* card = world.catalog().device("card-a", {}, diagnostics);
  INFO(all_texts(diagnostics));
  REQUIRE(card);
  const ComputeUnitSpec* unit = find_unit(*card, UnitKind::gpu);
  REQUIRE(unit->compute_reach);
  CHECK(unit->compute_reach->factor == Approx(0.8));
  CHECK(unit->compute_reach->log_sigma == Approx(0.1).epsilon(1e-3));
  CHECK_FALSE(unit->compute_reach->known);
  CHECK(unit->memory_reach->known);
}

// Rates are stated in bytes per second.
TEST_CASE("a fit says how fast hosts copy weights", "[fit]") {
  SmallWorld world;
  world.data.write("hwdb/engines/uploader.yaml",
                   small_world::engine("uploader", "gguf", "cpu_experts",
                                       "weight_upload: {value: 8 GB/s, source: S, status: "
                                       "measured}\n",
                                       small_world::backend("cuda", "gpu", true)));
  world.data.write("hwdb/fit.yaml",
                   replaced(small_fit, "factors:",
                            "factors:\n  \"uploader\":\n    \"weight_upload\": {value: "
                            "9000000000, range: [7e+09, 11e+09]}"));
  Diagnostics diagnostics;
  const EngineSpec* engine = world.catalog().engine("uploader", {}, diagnostics);
  INFO(all_texts(diagnostics));
  REQUIRE(engine);
  REQUIRE(engine->weight_upload);
  CHECK(engine->weight_upload->value.base() == Approx(9e9));
  CHECK(engine->weight_upload->high->base() == Approx(11e9));
}

TEST_CASE("entries stay as they are without a fit", "[fit]") {
  SmallWorld world;
  Diagnostics diagnostics;
  const EngineSpec* engine = world.catalog().engine("llama.cpp", {}, diagnostics);
  REQUIRE(engine);
  CHECK_FALSE(engine->fit);
  CHECK_FALSE(
      find_unit(*world.catalog().device("card-a", {}, diagnostics), UnitKind::gpu)->memory_reach);
}

TEST_CASE("a range without its value is refused", "[fit]") {
  SmallWorld world;
  world.data.write("hwdb/fit.yaml", replaced(small_fit, "range: [0.8, 0.9]", "range: [0.9, 0.95]"));
  Diagnostics diagnostics;
  world.catalog().check_all(diagnostics);
  CHECK(all_texts(diagnostics).find("a range does not hold its value") != std::string::npos);
}

}  // namespace
}  // namespace plimsoll
