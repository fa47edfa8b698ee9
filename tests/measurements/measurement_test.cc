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
  hardware: {device: Card A, count: 2, memory_gb: 24, host: CPU A, bandwidth_gbs_stated: 900, colour: green}
  parallelism: {kind: layer_split, degree: 2, pipeline: 3, moe_expert_parallel: 4}
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
  flash_attention: false
  threads: 6
  n_ubatch: 256
  notes: as read
  value: 50.5
  flags: [suspect]
  unheard_of: field
)";

const std::string spread = "{kind: layer_split, degree: 2, pipeline: 3, moe_expert_parallel: 4}";

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
  CHECK(m.host == "CPU A");
  CHECK(m.bandwidth_stated == std::optional<double>(900));
  CHECK(m.parallelism == "layer_split");
  CHECK(m.parallel_degree == std::optional<int>(2));
  CHECK(m.pipeline_degree == std::optional<int>(3));
  CHECK(m.expert_degree == std::optional<int>(4));
  CHECK(m.flash_attention == std::optional<bool>(false));
  CHECK(m.threads == std::optional<int>(6));
  CHECK(m.micro_batch == std::optional<int>(256));
  CHECK(m.notes == "as read");
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
  CHECK(one(replaced(point, "batch: 4", "load: offline")).under_load);
  CHECK(one(replaced(point, spread, "tensor")).parallelism == "tensor");
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

TEST_CASE("a number of things is whole and not negative, and 0 says nothing", "[measurements]") {
  for (const auto& [from, to, place] : std::vector<std::array<std::string, 3>>{
           {"batch: 4", "batch: -1", "15:10"},
           {"gen_tokens: 128", "gen_tokens: 5000000000", "13:15"},
           {"count: 2", "count: -2", "4:37"}}) {
    INFO(to);
    Diagnostics diagnostics;
    read(replaced(point, from, to), diagnostics);
    CHECK(codes_and_places(diagnostics) == std::vector<std::string>{"bad-measurement " + place});
  }
  CHECK(one(replaced(point, "batch: 4", "batch: 0")).batch == 1);
  // As llama-bench's JSON writes a test without a prompt.
  const Measurement m =
      one(replaced(point, "gen_tokens: 128", "prompt_tokens: 0\n  gen_tokens: 0"));
  CHECK_FALSE(m.prompt_tokens);
  CHECK_FALSE(m.generated_tokens);
}

// Latencies of a run are measured at the rate at which requests came, which is what its throughput
// says.
TEST_CASE("latencies know the throughput of their run", "[measurements]") {
  const std::string run = replaced(point, "batch: 4", "load: Server");
  const std::string other =
      replaced(replaced(run, "id: some", "id: other"), "model: dense", "model: moe");
  Diagnostics diagnostics;
  const std::vector<Measurement> points =
      read(replaced(run, "metric: decode_tps", "metric: throughput_tps") +
               replaced(run, "metric: decode_tps", "metric: ttft_s") +
               replaced(other, "metric: decode_tps", "metric: ttft_s"),
           diagnostics);
  REQUIRE(points.size() == 3);
  CHECK_FALSE(points[0].run_throughput.has_value());
  CHECK(points[1].run_throughput == std::optional<double>(50.5));
  CHECK_FALSE(points[2].run_throughput.has_value());
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
