// Operators under the roofs of a machine whose roofs are round figures, and the memory that a
// scenario leaves.
#include <algorithm>
#include <set>
#include <string>

#include "evaluate/prepared_fixture.h"

namespace plimsoll {
namespace {

using namespace small_world;

const RooflinePoint& point_of(const Roofline& roofline, const std::string& operators) {
  const auto found =
      std::find_if(roofline.points.begin(), roofline.points.end(),
                   [&](const RooflinePoint& point) { return point.operators == operators; });
  REQUIRE(found != roofline.points.end());
  return *found;
}

const RooflineUnit& unit_of(const Roofline& roofline, const std::string& name) {
  const auto found = std::find_if(roofline.units.begin(), roofline.units.end(),
                                  [&](const RooflineUnit& unit) { return unit.unit == name; });
  REQUIRE(found != roofline.units.end());
  return *found;
}

Outcome small_outcome(SmallWorld& world, const Options& options) {
  return evaluate(spec_of(options), world.catalog(), {.changes = false}).outcome;
}

TEST_CASE("one token of a dense model under the roofs of its card", "[evaluate][roofline]") {
  SmallWorld world;
  const Outcome outcome = small_outcome(
      world,
      {{"model", "dense"}, {"quantization", "q16"}, {"system", "box-1"}, {"engine", "llama.cpp"}});
  const Roofline& roofline = outcome.roofline;
  CHECK(roofline.units.size() == 2);  // and the CPU, which looks up the embedding
  const RooflineUnit& card = unit_of(roofline, "GPU of Card A");
  CHECK(card.count == 1);
  CHECK(card.memory.base() == card_a_bandwidth);
  // Matrix-vector products of plain floats run on the vector units.
  REQUIRE(card.compute.size() == 1);
  CHECK(card.compute[0].units == "vector units");
  CHECK(card.compute[0].rate.base() == card_a_fp32);

  // A multiply and an add for each of 256 x 1000 weights of two bytes.
  const RooflinePoint& head = point_of(roofline, "output head");
  CHECK(head.work.base() == 2.0 * 256 * 1000);
  CHECK(head.bytes.base() >= 2.0 * 256 * 1000);
  CHECK(head.bytes.base() <= 1.02 * 2.0 * 256 * 1000);
  // Below the ridge of 8 TFLOP/s over 900 GB/s memory is the roof.
  CHECK(head.roof_time.base() == Approx(head.bytes.base() / card_a_bandwidth));
  CHECK(head.attainable().base() == Approx(head.intensity().base() * card_a_bandwidth));
  // Half of the bandwidth is lost in the kernels of the default family, and f16 reaches 0.8.
  CHECK(head.achieved() < head.attainable() * 0.8);
}

TEST_CASE("a chunk of the prompt runs on the matrix units", "[evaluate][roofline]") {
  SmallWorld world;
  const Outcome outcome = small_outcome(world, {{"model", "dense"},
                                                {"quantization", "q16"},
                                                {"system", "box-1"},
                                                {"engine", "llama.cpp"},
                                                {"prompt", "512"},
                                                {"context", "2048"}});
  const RooflineUnit& unit = unit_of(outcome.prefill_roofline, "GPU of Card A");
  REQUIRE(unit.compute.size() == 2);
  CHECK(unit.compute[0].units == "matrix units, fp16");
  CHECK(unit.compute[0].rate.base() == card_a_fp16);
  CHECK(unit.compute[1].units == "vector units");
  // Three products of 256 x 512 weights in each of six layers, for 512 tokens.
  const RooflinePoint& ffn = point_of(outcome.prefill_roofline, "dense FFN");
  CHECK(ffn.work.base() == Approx(2.0 * 3 * 256 * 512 * 6 * 512).epsilon(0.01));
  CHECK(ffn.units == "matrix units, fp16");
}

TEST_CASE("units alike are one, and quantized products a roof of their own",
          "[evaluate][roofline]") {
  SmallWorld world;
  const Options one = {{"model", "dense"}, {"quantization", "q8"}, {"engine", "llama.cpp"}};
  Options two = one;
  two.emplace_back("system", "box-2");
  two.emplace_back("placement", "layer_split");
  const Outcome outcome = small_outcome(world, two);
  CHECK(unit_of(outcome.roofline, "GPU of Card A").count == 2);
  CHECK(point_of(outcome.roofline, "dense FFN").units == "packed 8-bit products");
  // All layers are there, wherever they run.
  Options alone = one;
  alone.emplace_back("system", "box-1");
  CHECK(point_of(outcome.roofline, "dense FFN").work ==
        point_of(small_outcome(world, alone).roofline, "dense FFN").work);
}

TEST_CASE("no class of operators is above its roof", "[evaluate][roofline]") {
  for (const char* system : {"rtx-4090-pc", "macbook-pro-16-m3-max-48gb", "h100-sxm5-80gb-8x",
                             "4x framework-desktop-128gb over ethernet-5g"}) {
    INFO(system);
    const Outcome outcome = outcome_of({{"model", "qwen3-30b-a3b"}, {"system", system}});
    for (const Roofline* roofline : {&outcome.roofline, &outcome.prefill_roofline}) {
      std::set<std::string> units;
      for (const RooflineUnit& unit : roofline->units) units.insert(unit.unit);
      CHECK_FALSE(roofline->points.empty());
      for (const RooflinePoint& point : roofline->points) {
        INFO(point.operators << " on " << point.unit);
        CHECK(units.count(point.unit) == 1);
        CHECK(point.roof_time.base() <= point.time.base() * (1.0 + 1e-12));
      }
    }
  }
}

TEST_CASE("what is used, free, withheld and reserved is the whole memory", "[evaluate]") {
  SmallWorld world;
  // The engine claims 0.9 of a card, and no operating system lives on it.
  const PoolMemory card =
      small_outcome(world, {{"model", "dense"}, {"system", "box-1"}, {"engine", "serve"}})
          .memory.front();
  CHECK(card.withheld.base() == Approx(0.1 * card_memory));
  CHECK(card.reserved.value == 0.0);
  CHECK(card.free.base() == Approx(0.9 * card_memory - card.used.value));
  // macOS keeps 4 GiB of 64 and lets the GPU have 0.75 of all.
  const PoolMemory soc =
      small_outcome(world, {{"model", "dense"}, {"system", "soc-a"}, {"engine", "llama.cpp"}})
          .memory.front();
  constexpr double gib = 1024.0 * 1024 * 1024;
  CHECK(soc.reserved.value == 4.0 * gib);
  CHECK(soc.reserved.low == 3.0 * gib);
  CHECK((soc.free + soc.withheld).base() + soc.used.value == Approx(soc.capacity.base() - 4 * gib));
}

}  // namespace
}  // namespace plimsoll
