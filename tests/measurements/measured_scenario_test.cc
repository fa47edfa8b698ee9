// Which scenario a published point was measured in, rule by rule.

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "footprint/footprint.h"
#include "measurements/measurement.h"
#include "scenario/small_world.h"

namespace plimsoll {
namespace {

constexpr double gib = 1024.0 * 1024.0 * 1024.0;

// A decode rate on one card, to be changed.
Measurement decode_on_card() {
  Measurement m;
  m.id = "somebody-card-a-dense-tg128";
  m.device = "Card A";
  m.model = "dense";
  m.quantization = "q8";
  m.engine = "llama.cpp";
  m.backend = "CUDA 12";
  m.metric = "decode_tps";
  m.generated_tokens = 128;
  m.value = 50.0;
  return m;
}

Measurement decode_on_cards(int count, const std::string& kind) {
  Measurement m = decode_on_card();
  m.count = count;
  m.parallelism = kind;
  m.parallel_degree = count;
  return m;
}

Measurement offloaded() {
  Measurement m = decode_on_card();
  m.placement = "partial_offload";
  return m;
}

Measurement prefill_of(Measurement m, std::int64_t tokens) {
  m.metric = "prefill_tps";
  m.prompt_tokens = tokens;
  m.generated_tokens.reset();
  return m;
}

// Engines and lengths for servers.
class ServerWorld : public SmallWorld {
 public:
  ServerWorld() {
    data.write("hwdb/quantizations/s4.yaml",
               small_world::quantization("s4", "safetensors", "Q8", "4.5"));
    data.write("hwdb/quantizations/g4.yaml", small_world::quantization("g4", "gguf", "Q8", "4.2"));
    data.write("hwdb/lengths.yaml", R"(kind: lengths
lengths:
  talk:
    name: Talk
    prompt:
      mean: {value: 200, source: S, status: measured}
      sigma: {value: 1, source: S, status: measured}
      most: 1024
    output:
      mean: {value: 100, source: S, status: measured}
      sigma: {value: 1, source: S, status: measured}
      most: 1024
)");
  }

  // A server on GPUs, whose `text` reads `other`.
  void write_server(const std::string& id, bool graphs, const std::string& text,
                    const std::string& other) {
    data.write("hwdb/engines/" + id + ".yaml",
               replaced(small_world::engine(id, "safetensors", "tensor_parallel", "",
                                            small_world::backend("cuda", "gpu", graphs)),
                        text, other));
  }
};

Measurement served(const std::string& metric, int clients) {
  Measurement m = decode_on_card();
  m.engine = "serve";
  m.quantization = "s16";
  m.metric = metric;
  m.prompt_tokens = 1000;
  m.generated_tokens = 200;
  m.concurrency = clients;
  m.under_load = true;
  return m;
}

MeasuredScenario mapped(const Measurement& m, Catalog& catalog) {
  MeasuredScenario result = scenario_of(m, catalog);
  INFO(result.why_not);
  REQUIRE(result.spec.has_value());
  return result;
}
ScenarioSpec spec_of_point(const Measurement& m, Catalog& catalog) {
  return *mapped(m, catalog).spec;
}

TEST_CASE("a point becomes the scenario it was measured in", "[measurements]") {
  SmallWorld world;
  Measurement m = decode_on_cards(2, "layer_split");
  m.memory_gb = 24;
  m.depth = 1000;
  m.batch = 4;
  m.kv_format = "q8";
  m.flash_attention = false;
  m.micro_batch = 256;
  m.date = "2024-03";
  const MeasuredScenario result = mapped(m, world.catalog());
  CHECK(result.why_not.empty());
  CHECK(result.reason.empty());
  const ScenarioSpec& spec = *result.spec;
  CHECK(*spec.model.value == "dense");
  CHECK(*spec.count.value == 2);
  CHECK(*spec.placement.value == PlacementStrategy::layer_split);
  CHECK(*spec.generate.value == 128);
  CHECK(*spec.depth.value == 1000);
  CHECK(*spec.batch.value == 4);
  CHECK(*spec.raise_gpu_limit.value);
  CHECK_FALSE(*spec.flash_attention.value);
  CHECK(*spec.prefill_chunk.value == 256);
  CHECK(spec.engine_date.value == parse_date("2024-03"));
  const Scenario scenario = resolved(spec, world.catalog());
  CHECK(scenario.first_system().parts.front().count == 2);
  CHECK(scenario.backend->id == "cuda");
  CHECK(scenario.kv_format->id == "Q8");
  CHECK(scenario.engine->prefill_chunk == 256);
  CHECK_FALSE(scenario.engine->flash_attention);
}

TEST_CASE("a version without a date has that of its release", "[measurements]") {
  SmallWorld world;
  world.data.write("hwdb/engines/llama.cpp.yaml",
                   small_world::engine("llama.cpp", "gguf", "layer_split",
                                       "releases: {\"0.5\": 2023-10, \"0.6\": 2023-12}\n",
                                       small_world::backend("cuda", "gpu", true)));
  const auto date = [&](const char* version, const char* stated) {
    Measurement m = decode_on_card();
    m.engine_version = version;
    m.date = stated;
    return mapped(m, world.catalog()).spec->engine_date.value;
  };
  CHECK(date("0.6.1", "") == parse_date("2023-12"));
  CHECK(date("0.6", "") == parse_date("2023-12"));
  CHECK(date("0.6.1", "2024-01") == parse_date("2024-01"));
  CHECK_FALSE(date("0.61", "").has_value());
  CHECK_FALSE(date("", "").has_value());
}

// tg128 decodes from an empty context, pp512 generates nothing: one token stands for each.
TEST_CASE("pure decode and pure prefill tests have one token of the other", "[measurements]") {
  SmallWorld world;
  const ScenarioSpec decode = spec_of_point(decode_on_card(), world.catalog());
  CHECK(*decode.prompt.value == 1);
  CHECK(*decode.context.value == 129);  // what it uses, and no more
  const ScenarioSpec prefill = spec_of_point(prefill_of(decode_on_card(), 512), world.catalog());
  CHECK(*prefill.prompt.value == 512);
  CHECK(*prefill.generate.value == 1);
}

// Rates at a depth state all tokens in the cache before the first one decoded, the prompt's
// included.
TEST_CASE("the prompt is part of a decode rate's depth", "[measurements]") {
  SmallWorld world;
  Measurement m = decode_on_card();
  m.prompt_tokens = 400;
  m.depth = 1000;
  const ScenarioSpec decode = spec_of_point(m, world.catalog());
  CHECK(*decode.prompt.value + *decode.depth.value == 1000);
  CHECK(*spec_of_point(prefill_of(m, 400), world.catalog()).depth.value == 1000);
}

TEST_CASE("parallelism becomes a strategy", "[measurements]") {
  SmallWorld world;
  const auto strategy = [&](const std::string& kind, int count) {
    return spec_of_point(decode_on_cards(count, kind), world.catalog()).placement.value;
  };
  CHECK(strategy("tensor", 2) == PlacementStrategy::tensor_parallel);
  CHECK(strategy("row_split", 2) == PlacementStrategy::row_split);
  CHECK(strategy("pipeline", 2) == PlacementStrategy::pipeline_parallel);
  CHECK(strategy("unstated", 2) == PlacementStrategy::layer_split);  // as the engine does
  CHECK(strategy("tensor", 1) == PlacementStrategy::single);
  Measurement experts = decode_on_cards(2, "tensor");
  experts.model = "moe";
  experts.expert_degree = 2;
  // Attention is split all the same; only data parallel attention has whole copies.
  CHECK(spec_of_point(experts, world.catalog()).placement.value ==
        PlacementStrategy::tensor_parallel);
  experts.parallelism = "data_attention_expert_moe";
  CHECK(spec_of_point(experts, world.catalog()).placement.value ==
        PlacementStrategy::expert_parallel);
}

TEST_CASE("several cards share one machine, also where their name is a machine's",
          "[measurements]") {
  SmallWorld world;
  world.data.write("hwdb/systems/box-1.yaml",
                   replaced(small_world::box("box-1", "card-a", 1), "name: box-1", "name: Card A"));
  const auto cards = [&](int count) {
    const ScenarioSpec spec = spec_of_point(decode_on_cards(count, "layer_split"), world.catalog());
    const Scenario scenario = resolved(spec, world.catalog());
    CHECK(scenario.cluster.machines.size() == 1);
    return scenario.first_system().parts.front().count;
  };
  CHECK(cards(1) == 1);
  CHECK(cards(3) == 3);
}

TEST_CASE("a power limit below the one a card is sold with is set", "[measurements]") {
  SmallWorld world;
  world.data.write(
      "hwdb/devices/card-a.yaml",
      small_world::card_a + "power_limit: {value: 350 W, source: S, status: datasheet}\n");
  Measurement m = decode_on_card();
  const auto limit = [&](const std::string& variant) {
    m.variant = variant;
    return spec_of_point(m, world.catalog()).power_limit.value;
  };
  CHECK(limit("220 W power limit") == Watts(220.0));
  CHECK(limit("85W TDP") == Watts(85.0));
  CHECK_FALSE(limit("450 W").has_value());
  CHECK_FALSE(limit("Water cooled").has_value());
}

TEST_CASE("a link inside the machine joins its cards", "[measurements]") {
  SmallWorld world;
  Measurement m = decode_on_cards(2, "tensor");
  m.link = "nvlink-a";
  CHECK(spec_of_point(m, world.catalog()).device_link.value == "nvlink-a");
  m.link = "pcie-a";  // what they have anyway
  CHECK_FALSE(spec_of_point(m, world.catalog()).device_link.has());
  m.link = "nvlink-a";
  m.count = 1;
  m.parallel_degree = 1;
  CHECK_FALSE(spec_of_point(m, world.catalog()).device_link.has());
}

TEST_CASE("the CPU of the host is the one that is named", "[measurements]") {
  SmallWorld world;
  Measurement m = offloaded();
  m.host = "2x CPU-A1, 512 GB";
  world.data.write(
      "hwdb/devices/cpu-a1.yaml",
      replaced(replaced(small_world::cpu_a, "id: cpu-a", "id: cpu-a1"), "CPU A", "CPU-A1"));
  const ScenarioSpec spec = spec_of_point(m, world.catalog());
  CHECK(*spec.host.value == "cpu-a1");
  CHECK(*spec.sockets.value == 2);
  CHECK(spec.memory.value->base() == 512.0 * gib);
  CHECK(resolved(spec, world.catalog()).first_system().host.sockets == 2);
}

TEST_CASE("an unnamed CPU that does some of the work is one with its memory", "[measurements]") {
  SmallWorld world;
  Measurement m = offloaded();
  m.host = "64 GB DDR4-3200 dual channel";  // 51.2 GB/s; CPU A has 80, the only one
  const MeasuredScenario result = mapped(m, world.catalog());
  CHECK(*result.spec->host.value == "cpu-a");
  CHECK(result.assumed_log_sigma() > 0.0);
  m.placement.clear();  // nothing runs there
  CHECK_FALSE(spec_of_point(m, world.catalog()).host.has());
}

TEST_CASE("partial offload moves experts where there are any, else layers", "[measurements]") {
  SmallWorld world;
  Measurement m = offloaded();
  m.notes = "offload: -ngl 4; average of a request";
  const ScenarioSpec layers = spec_of_point(m, world.catalog());
  CHECK(*layers.placement.value == PlacementStrategy::cpu_layers);
  CHECK(*layers.gpu_layers.value == 4);
  m.notes = "-ngl 99";  // more than the six there are
  CHECK(*spec_of_point(m, world.catalog()).gpu_layers.value == 6);
  m.notes.clear();
  CHECK_FALSE(spec_of_point(m, world.catalog()).gpu_layers.has());  // as many as fit

  m.model = "moe";  // five layers with experts
  CHECK(*spec_of_point(m, world.catalog()).placement.value == PlacementStrategy::cpu_experts);
  CHECK_FALSE(spec_of_point(m, world.catalog()).cpu_expert_layers.has());
  m.notes = "offload: --n-cpu-moe 3";
  CHECK(*spec_of_point(m, world.catalog()).cpu_expert_layers.value == 3);
  m.notes = "40% of experts on GPU, uniform placement";
  CHECK(*spec_of_point(m, world.catalog()).cpu_expert_layers.value == 3);
  m.notes.clear();
  m.backend = "CUDA + CPU experts";  // all of them
  CHECK(*spec_of_point(m, world.catalog()).cpu_expert_layers.value == 5);
}

TEST_CASE("sockets of a CPU are one machine, and few threads stay on few of them",
          "[measurements]") {
  SmallWorld world;
  Measurement m = decode_on_card();
  m.device = "CPU A";  // eight cores
  m.backend = "cpu 12";
  m.placement = "cpu";
  m.count = 2;
  m.memory_gb = 256;
  const auto sockets = [&] {
    const Scenario scenario = resolved(spec_of_point(m, world.catalog()), world.catalog());
    CHECK(scenario.cluster.machines.size() == 1);
    return scenario.first_system().host.sockets;
  };
  CHECK(sockets() == 2);
  m.threads = 16;
  CHECK(sockets() == 2);
  m.threads = 8;
  CHECK(sockets() == 1);
}

// Tables give tensor and expert parallelism of 4 GPUs as 16 = 4 x 4.
TEST_CASE("a degree that no board carries is a product of two", "[measurements]") {
  ServerWorld world;
  Measurement m = served("itl_ms", 4);
  m.model = "moe";
  m.count = 16;
  m.parallelism = "tensor";
  m.parallel_degree = 16;
  m.expert_degree = 4;
  CHECK(*spec_of_point(m, world.catalog()).count.value == 4);
  m.count = 8;
  m.parallel_degree = 8;
  m.expert_degree = 8;
  CHECK(*spec_of_point(m, world.catalog()).count.value == 8);
}

TEST_CASE("rates of copies add up, rates of one device are a part", "[measurements]") {
  ServerWorld world;
  Measurement m = served("throughput_tps", 64);
  m.count = 4;
  m.parallelism = "tensor";
  m.parallel_degree = 2;
  const MeasuredScenario copies = mapped(m, world.catalog());
  CHECK(*copies.spec->count.value == 2);
  CHECK(copies.reading.factor == Approx(2.0));
  CHECK(*copies.spec->load.concurrency.value == 32);  // of each copy
  m.value_scope = "per_device";
  CHECK(mapped(m, world.catalog()).reading.factor == Approx(2.0 / 4.0));
}

TEST_CASE("metrics are read off the figures they measure", "[measurements]") {
  SmallWorld world;
  const auto reading = [&](const std::string& metric, const std::string& scope, int batch) {
    Measurement m = decode_on_card();
    m.metric = metric;
    m.value_scope = scope;
    m.batch = batch;
    m.prompt_tokens = 512;
    return mapped(m, world.catalog()).reading;
  };
  CHECK(reading("decode_tps", "", 4).figure == MeasuredFigure::decode_rate);
  CHECK(reading("decode_tps", "", 4).factor == Approx(1.0));
  CHECK(reading("decode_tps", "aggregate_over_batch", 4).factor == Approx(4.0));
  CHECK(reading("prefill_tps", "aggregate_over_batch", 4).figure == MeasuredFigure::prefill_rate);
  CHECK(reading("prefill_tps", "aggregate_over_batch", 4).factor == Approx(1.0));
  CHECK(reading("ttft_s", "", 1).figure == MeasuredFigure::time_to_first_token);
  CHECK(reading("itl_ms", "", 1).figure == MeasuredFigure::step_time);
  CHECK(reading("itl_ms", "", 1).factor == Approx(1000.0));
  CHECK(reading("throughput_tps", "", 8).figure == MeasuredFigure::run_throughput);
}

TEST_CASE("loosely called quantizations are the engine's own of that width", "[measurements]") {
  ServerWorld world;
  world.write_server("serve", false, "[s16]", "[s16, s4]");
  Measurement m = decode_on_card();
  m.engine = "serve";
  m.quantization = "g4";
  const MeasuredScenario result = mapped(m, world.catalog());
  CHECK(*result.spec->quantization.value == "s4");
  CHECK(result.assumed_log_sigma() == Approx(std::log(4.5 / 4.2)));
  m.quantization = "q8";  // no 8 bits among them
  const MeasuredScenario none = scenario_of(m, world.catalog());
  CHECK(none.reason == "unsupported-quantization");
  m.quantization = "q16";  // its counterpart is another name of the same
  CHECK(scenario_of(m, world.catalog()).reason == "");
}

TEST_CASE("servers run the checkpoint as it is when no quantization is stated", "[measurements]") {
  ServerWorld world;
  world.data.write("models/dense.yaml",
                   replaced(small_world::dense_model, "native_format: q16", "native_format: s16"));
  Measurement m = decode_on_card();
  m.engine = "serve";
  m.quantization.clear();
  CHECK(*spec_of_point(m, world.catalog()).quantization.value == "s16");
}

TEST_CASE("an unstated quantization is one that the memory holds", "[measurements]") {
  Measurement m = decode_on_card();
  m.quantization.clear();
  const auto size_of = [&](const char* id) {
    SmallWorld world;
    Diagnostics quiet;
    return weight_bytes(*world.catalog().model(m.model, {}, quiet),
                        *world.catalog().quantization(id, {}, quiet), {}, world.catalog(), quiet)
        .base();
  };
  const auto chosen_with = [&](double memory) {
    SmallWorld world;
    world.data.write(
        "hwdb/devices/card-a.yaml",
        replaced(small_world::card_a, "24 GiB", std::to_string(std::llround(memory)) + " B"));
    return *spec_of_point(m, world.catalog()).quantization.value;
  };
  REQUIRE(size_of("q8") < size_of("q16"));
  CHECK(chosen_with(1.1 * size_of("q16")) == "q16");  // the engine's first
  CHECK(chosen_with(0.9 * size_of("q16")) == "q8");
  CHECK(chosen_with(0.9 * size_of("q8")) == "q16");  // neither
}

// M 24: 200 GB/s, M 32: 300 GB/s.
TEST_CASE("a product in several variants widens by how they differ", "[measurements]") {
  SmallWorld world;
  const auto chip = [](const std::string& cores, const std::string& bandwidth) {
    std::string text = replaced(small_world::soc_a, "id: soc-a", "id: m-" + cores);
    text = replaced(text, "name: SoC A", "name: Chip M (" + cores + "-core GPU)");
    text = replaced(text, "cores: 10", "cores: " + cores);
    return replaced(text, "250 GB/s", bandwidth);
  };
  world.data.write("hwdb/devices/m-24.yaml", chip("24", "200 GB/s"));
  world.data.write("hwdb/devices/m-32.yaml", chip("32", "300 GB/s"));
  Measurement m = decode_on_card();
  m.device = "Chip M";
  m.backend = "metal 12";
  m.memory_gb = 64;
  const MeasuredScenario result = mapped(m, world.catalog());
  CHECK(*result.spec->system.value == "m-32");
  // One of the two is right, the other log(1.5) away.
  CHECK(result.assumed_log_sigma() == Approx(std::log(1.5) / std::sqrt(2.0)));
  m.bandwidth_stated = 200;
  CHECK(*spec_of_point(m, world.catalog()).system.value == "m-24");
}

TEST_CASE("what cannot be mapped says why, in a word and in a sentence", "[measurements]") {
  SmallWorld world;
  const auto refused = [&](Measurement m) {
    const MeasuredScenario result = scenario_of(m, world.catalog());
    CHECK_FALSE(result.spec.has_value());
    return result.reason + ": " + result.why_not;
  };
  Measurement m = decode_on_card();
  m.model = "nil";
  CHECK(refused(m) == "unresolved-model: unresolved model 'nil'");
  m = decode_on_card();
  m.quantization = "q9";
  CHECK(refused(m) == "unresolved-quantization: unresolved quantization 'q9'");
  m = decode_on_card();
  m.device = "Card Z";
  CHECK(refused(m) == "unresolved-device: unresolved device 'Card Z'");
  m = decode_on_card();
  m.engine = "other";
  CHECK(refused(m) == "unresolved-engine: no engine 'other'");
  m = decode_on_card();
  m.metric = "prefill_tps";
  m.prompt_tokens.reset();
  m.notes = "prompt length not stated";
  CHECK(refused(m) == "unstated-prompt: a prompt of a few tokens has a tenth of the rate of many");
  m = decode_on_card();
  m.placement = "ssd_offload";
  CHECK(refused(m) == "unsupported-placement: llama.cpp does not stream experts");
  m = decode_on_cards(2, "tensor");
  m.nodes = 2;
  CHECK(refused(m) == "unknown-machine: no machine with 1x Card A is known");
  m = decode_on_card();
  m.metric = "joules";
  CHECK(refused(m) == "unsupported-metric: metric 'joules'");
}

TEST_CASE("backends go by their first word, and unknown ones are left to the engine",
          "[measurements]") {
  SmallWorld world;
  Measurement m = decode_on_card();
  m.backend = "cuda (FlashInfer)";
  CHECK(*spec_of_point(m, world.catalog()).backend.value == "cuda");
  m.backend = "ANE";
  const MeasuredScenario result = mapped(m, world.catalog());
  CHECK_FALSE(result.spec->backend.has());
  CHECK(result.assumed_log_sigma() > 0.0);
}

TEST_CASE("a backend of the CPU says where the weights are, unless the point does",
          "[measurements]") {
  SmallWorld world;
  Measurement m = decode_on_card();
  m.backend = "CPU (AVX2)";
  CHECK(*spec_of_point(m, world.catalog()).placement.value == PlacementStrategy::cpu);
  m.placement = "accelerator";
  CHECK(*spec_of_point(m, world.catalog()).placement.value == PlacementStrategy::single);
}

TEST_CASE("clients in flight are a closed loop of the lengths stated", "[measurements]") {
  ServerWorld world;
  Measurement m = served("ttft_s", 16);
  const MeasuredScenario result = mapped(m, world.catalog());
  const LoadSection& load = result.spec->load;
  CHECK(*load.arrivals.value == ArrivalKind::closed);
  CHECK(*load.concurrency.value == 16);
  CHECK(*load.prompt.value == 1000);
  CHECK(*load.output.value == 200);
  CHECK(*load.requests.value == 16);  // not a word more: all of them at once
  CHECK(result.reading.figure == MeasuredFigure::served_first_token);
  CHECK(result.reading.statistic == MeasuredStatistic::mean);
  m.notes = "median TTFT/ITL";
  CHECK(mapped(m, world.catalog()).reading.statistic == MeasuredStatistic::median);
  m.load = "150 requests, lengths +-15%";
  const LoadSection spread = spec_of_point(m, world.catalog()).load;
  CHECK(*spread.requests.value == 150);
  CHECK(*spread.lengths.value == "uniform");
  CHECK(*spread.shortest.value == Approx(0.85));
  CHECK(*spread.longest.value == Approx(1.15));
}

// Ten requests of each client, of 80 to 100 % of the lengths named.
TEST_CASE("InferenceMAX runs as its README says", "[measurements]") {
  ServerWorld world;
  Measurement m = served("itl_ms", 16);
  m.load = "closed loop, fixed concurrency (InferenceMAX dump)";
  const MeasuredScenario result = mapped(m, world.catalog());
  CHECK(*result.spec->load.requests.value == 160);
  CHECK(*result.spec->load.shortest.value == Approx(0.8));
  CHECK(*result.spec->load.longest.value == Approx(1.0));
  CHECK(result.reading.figure == MeasuredFigure::served_between_tokens);
  CHECK(result.reading.factor == Approx(1000.0));
  CHECK_FALSE(result.spec->load.receive_interval.has());  // no SGLang
}

// dsr1_fp8_b200_trt.sh: MAX_NUM_TOKENS, without a least one before 2026; 70b_*_trt: 16,384.
TEST_CASE("steps of InferenceMAX's TensorRT-LLM", "[measurements]") {
  ServerWorld world;
  world.write_server("trt", true, "id: trt", "id: trt\nnames: [TensorRT-LLM]");
  for (const char* name : {"DeepSeek R1", "Llama 70B"})
    world.data.write(
        "models/" + std::string(name, 5) + ".yaml",
        replaced(replaced(small_world::dense_model, "id: dense", "id: " + std::string(name, 5)),
                 "name: Dense", "name: " + std::string(name)));
  const auto step = [&](const char* model, const char* date, std::int64_t prompt) {
    Measurement m = served("itl_ms", 64);
    m.engine = "TensorRT-LLM";
    m.load = "closed loop, fixed concurrency (InferenceMAX dump)";
    m.model = model;
    m.date = date;
    m.prompt_tokens = prompt;
    return spec_of_point(m, world.catalog()).load.max_step_tokens.value;
  };
  CHECK(step("DeepSeek R1", "2025-11-02", 1024) == 1152);  // 1,024 + 64 + 64
  CHECK(step("DeepSeek R1", "2025-11-02", 1000) == 1152);  // 1,128, in whole 64s
  CHECK(step("DeepSeek R1", "2026-01-29", 1024) == 8192);
  CHECK(step("DeepSeek R1", "2026-01-29", 8192) == 8320);
  CHECK(step("Llama 70B", "2025-11-02", 1024) == 16384);
}

// gptoss_fp4_b200.sh: kv-cache-dtype: fp8; gptoss_fp4_h100.sh: none.
TEST_CASE("InferenceMAX keeps gpt-oss's cache in 8 bits on Blackwell", "[measurements]") {
  const auto kept = [](const char* architecture, const char* load) {
    ServerWorld world;
    world.data.write("hwdb/quantizations/mxfp4.yaml",
                     small_world::quantization("mxfp4", "safetensors", "Q8", "8"));
    world.write_server("loading", true, "[s16]", "[s16, mxfp4]");
    world.data.write("hwdb/devices/card-a.yaml",
                     replaced(small_world::card_a, "architecture: first",
                              "architecture: " + std::string(architecture)));
    Measurement m = served("itl_ms", 16);
    m.engine = "loading";
    m.quantization = "mxfp4";
    m.load = load;
    return spec_of_point(m, world.catalog()).kv_format.value;
  };
  const char* ran = "closed loop, fixed concurrency (InferenceMAX dump)";
  CHECK(kept("blackwell", ran) == "fp8");
  CHECK_FALSE(kept("hopper", ran).has_value());
  CHECK_FALSE(kept("blackwell", "closed loop").has_value());
}

// github.com/SemiAnalysisAI/InferenceX/pull/480
TEST_CASE("InferenceMAX did not warm servers up at first", "[measurements]") {
  ServerWorld world;
  const auto assumed = [&](const char* metric, const char* date) {
    Measurement m = served(metric, 16);
    m.load = "closed loop, fixed concurrency (InferenceMAX dump)";
    m.date = date;
    const std::vector<AssumedFact> facts = mapped(m, world.catalog()).assumed;
    return std::any_of(facts.begin(), facts.end(), [](const AssumedFact& fact) {
      return fact.what == "what a cold server took longer";
    });
  };
  CHECK(assumed("ttft_s", "2025-11-02"));
  CHECK(assumed("ttft_s", ""));
  CHECK_FALSE(assumed("ttft_s", "2026-01-27"));
  CHECK_FALSE(assumed("itl_ms", "2025-11-02"));
}

// github.com/SemiAnalysisAI/InferenceX/pull/1488: off and mtp have images of their own.
TEST_CASE("the image of InferenceMAX says whether a module drafts", "[measurements]") {
  ServerWorld world;
  world.write_server("trt", true, "id: trt", "id: trt\nnames: [TensorRT-LLM]");
  world.data.write("models/drafting.yaml",
                   replaced(replaced(small_world::dense_model, "id: dense", "id: drafting"),
                            "name: Dense", "name: Drafting\nmtp_layers: 1"));
  Measurement m = served("itl_ms", 16);
  m.model = "drafting";
  m.engine = "TensorRT-LLM";
  m.load = "closed loop, fixed concurrency (InferenceMAX dump)";
  m.engine_version = "1.2.0rc6.post2";
  CHECK_FALSE(spec_of_point(m, world.catalog()).savings.draft.has());
  m.engine_version = "1.2.0rc6.post3";
  const SavingsSection drafts = spec_of_point(m, world.catalog()).savings;
  CHECK(drafts.draft.value == "mtp");
  CHECK(drafts.draft_tokens.value == 3);
  m.model = "dense";  // without a module
  CHECK_FALSE(spec_of_point(m, world.catalog()).savings.draft.has());
  m.model = "drafting";
  m.load = "closed loop, fixed concurrency";
  CHECK_FALSE(spec_of_point(m, world.catalog()).savings.draft.has());
}

TEST_CASE("offline runs have all their requests at once", "[measurements]") {
  ServerWorld world;
  Measurement m = served("throughput_tps", 1);
  m.concurrency.reset();
  m.load = "offline, infinite request rate";
  const LoadSection load = spec_of_point(m, world.catalog()).load;
  CHECK(*load.arrivals.value == ArrivalKind::all);
  CHECK(*load.requests.value == 3000);  // 1,200 tokens each
  m.load = "300 prompts, infinite request rate";
  CHECK(*spec_of_point(m, world.catalog()).load.requests.value == 300);
}

TEST_CASE("a data set is known by its name", "[measurements]") {
  ServerWorld world;
  Measurement m = served("throughput_tps", 8);
  m.prompt_tokens.reset();
  m.generated_tokens.reset();
  m.load = "Somebody's Server, Talk";
  CHECK(*spec_of_point(m, world.catalog()).load.lengths.value == "talk");
  m.load = "Somebody's Server, Nothing";
  CHECK(scenario_of(m, world.catalog()).reason == "unsupported-load");
}

TEST_CASE("a data set alone is asked for one request at a time", "[measurements]") {
  ServerWorld world;
  Measurement m = served("throughput_tps", 1);
  m.concurrency.reset();
  m.prompt_tokens.reset();
  m.generated_tokens.reset();
  m.load = "Talk";
  const MeasuredScenario result = mapped(m, world.catalog());
  CHECK(*result.spec->load.arrivals.value == ArrivalKind::closed);
  CHECK(*result.spec->load.concurrency.value == 1);
  CHECK(result.assumed_log_sigma() > 0.0);
}

// 400 tokens a second of 100 tokens each are 4 requests a second.
TEST_CASE("requests of a server arrive at the rate of its throughput", "[measurements]") {
  ServerWorld world;
  Measurement m = served("ttft_s", 1);
  m.concurrency.reset();
  m.prompt_tokens.reset();
  m.generated_tokens.reset();
  m.load = "MLPerf Server, Talk";
  m.run_throughput = 400.0;
  const LoadSection load = spec_of_point(m, world.catalog()).load;
  CHECK(*load.arrivals.value == ArrivalKind::poisson);
  CHECK(*load.rate.value == Approx(4.0));
  m.run_throughput.reset();
  CHECK(scenario_of(m, world.catalog()).why_not == "the rate of arrivals is not stated");
}

// loadgen/mlperf.conf: Llama 2 70B within 2 s and 200 ms, interactively 450 and 40 ms.
TEST_CASE("MLPerf servers take the highest rate within its targets", "[measurements]") {
  ServerWorld world;
  world.data.write("models/llama-2-70b.yaml",
                   replaced(replaced(small_world::dense_model, "id: dense", "id: llama-2-70b"),
                            "name: Dense", "name: Llama 2 70B"));
  Measurement m = served("itl_ms", 1);
  m.model = "llama-2-70b";
  m.concurrency.reset();
  m.prompt_tokens.reset();
  m.generated_tokens.reset();
  m.load = "MLPerf Server, Talk";
  const LoadSection load = spec_of_point(m, world.catalog()).load;
  CHECK(load.highest_rate.has());
  CHECK_FALSE(load.rate.has());
  CHECK(load.ttft_target.value->base() == 2.0);
  CHECK(load.tpot_target.value->base() == 0.2);
  CHECK_FALSE(load.end_to_end_target.has());
  m.load = "MLPerf Interactive, Talk";
  CHECK(spec_of_point(m, world.catalog()).load.tpot_target.value->base() == 0.04);
}

// github.com/mlcommons/inference_results_v4.1 closed/NVIDIA: harness_llm and configs; later rounds
// in chunks.
TEST_CASE("MLPerf submissions with TensorRT run as NVIDIA's code starts it", "[measurements]") {
  ServerWorld world;
  world.write_server("submitted", true, "id: submitted",
                     "id: submitted\nnames: ['MLPerf v4.1 closed: TensorRT 10', "
                     "'MLPerf v5.0 closed: TensorRT 10']");
  world.data.write("models/llama-2-70b.yaml",
                   replaced(replaced(small_world::dense_model, "id: dense", "id: llama-2-70b"),
                            "name: Dense", "name: Llama 2 70B"));
  Measurement m = served("itl_ms", 1);
  m.model = "llama-2-70b";
  m.engine = "MLPerf v4.1 closed: TensorRT 10";
  m.concurrency.reset();
  m.prompt_tokens.reset();
  m.generated_tokens.reset();
  m.load = "MLPerf Server, Talk";
  const LoadSection load = spec_of_point(m, world.catalog()).load;
  CHECK(load.admission.value == Admission::chunk);
  CHECK(load.max_step_tokens.value == 16384);
  CHECK_FALSE(load.chunked_prefill.has());
  CHECK(load.duration.value->base() == 600.0);
  CHECK_FALSE(load.requests.has());
  m.engine = "MLPerf v5.0 closed: TensorRT 10";
  const LoadSection chunks = spec_of_point(m, world.catalog()).load;
  CHECK(chunks.max_step_tokens.value == 1536);
  CHECK(chunks.chunked_prefill.value == true);
}

// precision: fp8 of closed/NVIDIA/configs on Hopper: nothing is left open.
TEST_CASE("MLPerf submissions run the narrowest format of the chip", "[measurements]") {
  ServerWorld world;
  world.write_server("submitted", true, "id: submitted",
                     "id: submitted\nnames: ['MLPerf v4.1 closed: TensorRT 10']");
  world.write_server("several", true, "[s16]", "[s16, fp8]");
  world.data.write("hwdb/quantizations/fp8.yaml",
                   small_world::quantization("fp8", "safetensors", "Q8", "8"));
  world.data.write("hwdb/devices/card-a.yaml",
                   replaced(small_world::card_a, "      fp16:",
                            "      fp8: {peak: {value: 200 TFLOP/s, source: S, status: "
                            "datasheet}}\n      fp16:"));
  Measurement m = served("throughput_tps", 1);
  m.quantization.clear();
  m.concurrency.reset();
  m.load = "offline";
  m.engine = "several";
  const MeasuredScenario unstated = mapped(m, world.catalog());
  CHECK(*unstated.spec->quantization.value == "s16");
  CHECK(unstated.assumed_log_sigma() > 0.3);  // of 16 and 8 bits
  m.engine = "MLPerf v4.1 closed: TensorRT 10";
  const MeasuredScenario submitted = mapped(m, world.catalog());
  CHECK(*submitted.spec->quantization.value == "fp8");
  CHECK(submitted.assumed_log_sigma() == 0.0);
}

TEST_CASE("more clients than slots wait for one", "[measurements]") {
  ServerWorld world;
  world.data.write("hwdb/engines/slots.yaml",
                   small_world::engine("slots", "safetensors", "tensor_parallel",
                                       "serving: {batching: slots, limits: [{sequences: 4, "
                                       "step_tokens: 2048}], source: S}\n",
                                       small_world::backend("cuda", "gpu", true)));
  Measurement m = served("throughput_tps", 32);
  m.engine = "slots";
  CHECK(spec_of_point(m, world.catalog()).load.max_sequences.value == 8);
  m.concurrency = 8;
  CHECK_FALSE(spec_of_point(m, world.catalog()).load.max_sequences.has());
}

TEST_CASE("what is assumed adds up in squares", "[measurements]") {
  MeasuredScenario result;
  result.assumed = {{"a", 0.3}, {"b", 0.4}};
  CHECK(result.assumed_log_sigma() == Approx(0.5));
}

// At least 97 of 100 points that nobody doubts have a scenario.
TEST_CASE("nearly all published points have a scenario", "[measurements]") {
  Diagnostics diagnostics;
  const std::vector<Measurement> points =
      read_measurements(find_data_folders({}).hwdb / "measurements/published.yaml", diagnostics);
  Catalog catalog({find_data_folders({})});
  int sound = 0;
  std::map<std::string, int> left_out;
  for (const Measurement& m : points) {
    if (m.doubtful()) continue;
    ++sound;
    const MeasuredScenario result = scenario_of(m, catalog);
    if (!result.spec) ++left_out[result.reason];
  }
  int refused = 0;
  for (const auto& [reason, count] : left_out) {
    CAPTURE(reason, count);
    refused += count;
  }
  CHECK(refused * 100 <= sound * 3);
}

}  // namespace
}  // namespace plimsoll
