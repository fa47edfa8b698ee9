// Published points: reading them, and the scenarios they stand for.
#include "measurements/measurement.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "scenario/small_world.h"

namespace plimsoll {
namespace {

const std::string point = R"(- id: some-card-dense-q8-tg128
  source: somebody
  date: 2025-01
  hardware: {device: Card A, count: 2, memory_gb: 24, colour: green}
  parallelism: {kind: layer_split, degree: 2}
  model: dense
  quant: q8
  engine: llama.cpp
  engine_version: b1
  backend: CUDA 12
  metric: decode_tps
  value_scope: total
  gen_tokens: 128
  context_depth: 1000
  batch: 4
  kv_type: q8
  value: 50.5
  flags: [suspect]
  unheard_of: field
)";

std::vector<Measurement> read(const std::string& text, Diagnostics& diagnostics) {
  const DataFixture data;
  return read_measurements(data.write("points.yaml", text), diagnostics);
}

Measurement one(const std::string& text) {
  Diagnostics diagnostics;
  const std::vector<Measurement> points = read(text, diagnostics);
  INFO(all_texts(diagnostics));
  REQUIRE(diagnostics.empty());
  REQUIRE(points.size() == 1);
  return points.front();
}

TEST_CASE("the known fields of a point are read, the others passed over", "[measurements]") {
  const Measurement m = one(point);
  CHECK(m.id == "some-card-dense-q8-tg128");
  CHECK(m.source == "somebody");
  CHECK(m.date == "2025-01");
  CHECK(m.device == "Card A");
  CHECK(m.count == 2);
  CHECK(m.nodes == 1);
  CHECK(m.memory_gb == std::optional<double>(24));
  CHECK(m.parallelism == "layer_split");
  CHECK(m.model == "dense");
  CHECK(m.quantization == "q8");
  CHECK(m.backend == "CUDA 12");
  CHECK(m.metric == "decode_tps");
  CHECK(m.value_scope == "total");
  CHECK_FALSE(m.prompt_tokens.has_value());
  CHECK(m.generated_tokens == std::optional<std::int64_t>(128));
  CHECK(m.depth == 1000);
  CHECK(m.batch == 4);
  CHECK(m.value == 50.5);
  CHECK(m.doubtful());
  CHECK_FALSE(m.under_load);
  CHECK(m.place.line == 1);
  CHECK(one(replaced(point, "batch: 4", "concurrency: 4")).under_load);
  CHECK(one(replaced(point, "{kind: layer_split, degree: 2}", "tensor")).parallelism == "tensor");
}

TEST_CASE("a point without id, metric or value is a complaint at its place", "[measurements]") {
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"id: some-card-dense-q8-tg128", "name: x"},
           {"metric: decode_tps", "measure: decode_tps"},
           {"value: 50.5", "value: 0"},
           {"value: 50.5", "value: -3"},
           {"value: 50.5", "value: nan"},
           {"value: 50.5", "value: fast"}}) {
    INFO(to);
    Diagnostics diagnostics;
    read("- id: before\n  metric: decode_tps\n  value: 1\n" + replaced(point, from, to),
         diagnostics);
    CHECK(codes_and_places(diagnostics) == std::vector<std::string>{"bad-measurement 4:3"});
  }
}

TEST_CASE("a point becomes the scenario it was measured in", "[measurements]") {
  SmallWorld world;
  const MeasuredScenario measured = scenario_of(one(point), world.catalog());
  CHECK(measured.why_not.empty());
  REQUIRE(measured.spec.has_value());
  const ScenarioSpec& spec = *measured.spec;
  CHECK(*spec.model.value == "dense");
  CHECK(*spec.count.value == 2);
  CHECK(*spec.placement.value == PlacementStrategy::layer_split);
  CHECK(*spec.generate.value == 128);
  CHECK(*spec.depth.value == 1000);
  CHECK(*spec.batch.value == 4);
  CHECK(*spec.raise_gpu_limit.value);
  const Scenario scenario = resolved(spec, world.catalog());
  CHECK(scenario.first_system().parts.front().count == 2);
  CHECK(scenario.backend->id == "cuda");
  CHECK(scenario.kv_format->id == "Q8");
}

// tg128 decodes from an empty context, pp512 generates nothing: one token stands for each.
TEST_CASE("pure decode and pure prefill tests have one token of the other", "[measurements]") {
  SmallWorld world;
  CHECK(*scenario_of(one(point), world.catalog()).spec->prompt.value == 1);
  const std::string prefill = replaced(replaced(point, "metric: decode_tps", "metric: prefill_tps"),
                                       "gen_tokens: 128", "prompt_tokens: 512");
  const ScenarioSpec spec = *scenario_of(one(prefill), world.catalog()).spec;
  CHECK(*spec.prompt.value == 512);
  CHECK(*spec.generate.value == 1);
}

TEST_CASE("parallelism becomes a strategy", "[measurements]") {
  SmallWorld world;
  const auto strategy = [&](const std::string& kind, const std::string& count) {
    const MeasuredScenario measured =
        scenario_of(one(replaced(replaced(point, "{kind: layer_split, degree: 2}", kind),
                                 "count: 2", "count: " + count)),
                    world.catalog());
    REQUIRE(measured.spec.has_value());
    return measured.spec->placement.value;
  };
  CHECK(strategy("tensor", "2") == PlacementStrategy::tensor_parallel);
  CHECK(strategy("row_split", "2") == PlacementStrategy::row_split);
  CHECK(strategy("unstated", "2") == std::nullopt);  // left to us
  CHECK(strategy("tensor", "1") == PlacementStrategy::single);
}

TEST_CASE("what cannot be resolved says why", "[measurements]") {
  SmallWorld world;
  for (const auto& [from, to, why] : std::vector<std::array<std::string, 3>>{
           {"model: dense", "model: nil", "unresolved model 'nil'"},
           {"quant: q8", "quant: q9", "unresolved quantization 'q9'"},
           {"quant: q8", "bits: 8", "unresolved quantization ''"},
           {"device: Card A", "device: Card Z", "unresolved device 'Card Z'"},
           {"engine: llama.cpp", "engine: other", "no engine 'other'"},
           {"engine_version: b1", "placement: ssd_offload", "placement 'ssd_offload'"},
           {"colour: green", "num_nodes: 2", "several devices in each of several nodes"}}) {
    const MeasuredScenario measured = scenario_of(one(replaced(point, from, to)), world.catalog());
    CHECK_FALSE(measured.spec.has_value());
    CHECK(measured.why_not == why);
  }
}

// Rates at a depth state all tokens in the cache before the first one decoded, the prompt's
// included.
TEST_CASE("the prompt is part of a decode rate's depth", "[measurements]") {
  SmallWorld world;
  const std::string with_prompt = replaced(point, "gen_tokens: 128", "prompt_tokens: 400");
  const ScenarioSpec decode = *scenario_of(one(with_prompt), world.catalog()).spec;
  CHECK(*decode.prompt.value + *decode.depth.value == 1000);
  const ScenarioSpec prefill =
      *scenario_of(one(replaced(with_prompt, "decode_tps", "prefill_tps")), world.catalog()).spec;
  CHECK(*prefill.depth.value == 1000);
}

TEST_CASE("the shipped measurements are clean", "[measurements]") {
  Diagnostics diagnostics;
  const std::vector<Measurement> points =
      read_measurements(find_data_folders({}).hwdb / "measurements/published.yaml", diagnostics);
  INFO(all_texts(diagnostics));
  CHECK(diagnostics.empty());
  CHECK(points.size() > 1000);
  CHECK_FALSE(
      read_measurements(find_data_folders({}).hwdb / "measurements/clusters.yaml", diagnostics)
          .empty());
  CHECK(diagnostics.empty());
}

}  // namespace
}  // namespace plimsoll
