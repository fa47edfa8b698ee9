#include "report/sample_outcomes.h"

#include <string>

namespace plimsoll::test {
namespace {

PoolMemory gpu_pool(int index) {
  return {.node = "node 1",
          .pool = "GPU " + std::to_string(index) + " memory",
          .capacity = Bytes(80.0 * 1073741824.0),
          .usable = Bytes(80e9),
          .limit = "share of a GPU that the engine claims",
          .raise = "",
          .items = {{.what = "routed experts", .bytes = Estimate::exact(64e9)},
                    {.what = "attention and output", .bytes = Estimate::exact(4e9)},
                    {.what = "KV cache", .bytes = Estimate::exact(2e9)},
                    {.what = "compute buffers", .bytes = {1e9, 0.5e9, 2e9}}},
          .used = {71e9, 70.5e9, 72e9},
          .short_by = Bytes(0.0)};
}

ModelFacts facts_of_mixture() {
  return {.model = "Mixtral 8x22B",
          .quantization = "BF16",
          .system = "server with 4x NVIDIA A100 SXM 80 GB",
          .engine = "vLLM (cuda)",
          .placement = "tensor parallel over 4 GPUs",
          .parameters = 141'000'000'000,
          .weights = Bytes(282e9),
          .bits_per_weight = 16.0,
          .cache_per_token = Bytes(229376.0),
          .context = 4096,
          .prompt = 512,
          .depth = 0,
          .generate = 128,
          .batch = 8};
}

}  // namespace

Outcome fitting_outcome() {
  Outcome outcome;
  outcome.verdict = Verdict::fits;
  outcome.fits_probability = 0.97;
  outcome.largest_context = 65536;
  outcome.facts = facts_of_mixture();
  for (int i = 0; i < 4; ++i) outcome.memory.push_back(gpu_pool(i));
  outcome.memory.push_back(
      {.node = "node 1",
       .pool = "main memory",
       .capacity = Bytes(512.0 * 1073741824.0),
       .usable = Bytes(545e9),
       .limit = "what Linux leaves",
       .raise = "",
       .items = {{.what = "operating system", .bytes = {4e9, 2e9, 8e9}},
                 {.what = "weight file", .bytes = Estimate::exact(282e9), .wired = false}},
       .used = {286e9, 284e9, 290e9},
       .short_by = Bytes(0.0)});
  outcome.decode_tokens_per_second = Estimate{50.0, 40.0, 62.5};
  outcome.throughput_tokens_per_second = Estimate{400.0, 320.0, 500.0};
  outcome.prefill_tokens_per_second = Estimate{2048.0, 1600.0, 2600.0};
  outcome.time_to_first_token_s = Estimate{0.25, 0.2, 0.32};
  outcome.total_time_s = Estimate{2.81, 2.2, 3.6};
  outcome.power_w = Estimate{1500.0, 1200.0, 1800.0};
  outcome.energy_per_token_j = Estimate{3.75, 2.4, 5.6};
  outcome.time_shares = {
      {"GPU memory bandwidth", "routed experts", Seconds(0.012), 0.6},
      {"GPU memory bandwidth", "attention", Seconds(0.004), 0.2},
      {"link nvlink-3", "all-reduce", Seconds(0.002), 0.1},
      {"launch gaps", "all operators", Seconds(0.0016), 0.08},
      {"GPU compute", "router", Seconds(0.0001), 0.005},
      {"host", "sampling", Seconds(0.0003), 0.015},
  };
  outcome.prefill_shares = {
      {"GPU compute", "routed experts", Seconds(0.2), 0.8},
      {"GPU compute", "attention", Seconds(0.05), 0.2},
  };
  outcome.roofline = {
      .units = {{.unit = "GPU of NVIDIA A100 SXM 80 GB",
                 .count = 4,
                 .memory = BytesPerSecond(1.8e12),
                 .compute = {{.units = "vector units", .rate = FlopPerSecond(18e12)}}}},
      .points = {{.operators = "routed experts",
                  .unit = "GPU of NVIDIA A100 SXM 80 GB",
                  .units = "vector units",
                  .work = Flop(4e10),
                  .bytes = Bytes(4e10),
                  .time = Seconds(0.024),
                  .roof_time = Seconds(0.022)}}};
  outcome.limits = {
      {"memory bandwidth of GPU 0-3", 0.8,
       "Every token reads the attention weights and the experts it was routed to once.", 180.0},
      {"link nvlink-3", 0.1, "Two all-reduces a layer, each shorter than the link's latency.",
       55.0}};
  outcome.savings = {
      {.saving = "speculative decoding",
       .setting = "EAGLE layer, 3 tokens drafted, each accepted with a chance of 0.69",
       .decode_factor = {1.55, 1.31, 1.82},
       .tokens_per_step = Estimate{2.49, 1.99, 3.01},
       .warning = ""},
      {.saving = "early exit",
       .setting = "60 % of the layers for each token on average",
       .decode_factor = Estimate::exact(1.5),
       .tokens_per_step = std::nullopt,
       .warning = "a model that was not trained to leave early gives other answers"}};
  outcome.changes = {
      {.description = "quantization BF16 -> FP8",
       .kind = "quantization",
       .set = {"quantization=fp8"},
       .verdict = Verdict::fits,
       .decode_tokens_per_second = Estimate{85.0, 66.0, 110.0},
       .prefill_tokens_per_second = std::nullopt,
       .throughput_tokens_per_second = Estimate{680.0, 528.0, 880.0},
       .decode_factor = 1.7,
       .warning = ""},
      {.description = "quantization BF16 -> IQ2_XS",
       .kind = "quantization",
       .set = {"quantization=iq2_xs", "engine=llama.cpp"},
       .verdict = Verdict::fits,
       .decode_tokens_per_second = Estimate{65.0, 45.0, 90.0},
       .prefill_tokens_per_second = std::nullopt,
       .throughput_tokens_per_second = std::nullopt,
       .decode_factor = 1.3,
       .warning = "2-bit weights lose quality: expect visibly worse answers"},
  };
  outcome.start_command =
      "vllm serve mistralai/Mixtral-8x22B-v0.1 --tensor-parallel-size 4 --max-model-len 4096 "
      "--max-num-seqs 8 --dtype bfloat16";
  outcome.assumptions = {
      {"memory bandwidth of NVIDIA A100 SXM 80 GB", "2.04 TB/s",
       "NVIDIA A100 datasheet, https://www.nvidia.com/a100", "datasheet", "high", ""},
      {"memory of NVIDIA A100 SXM 80 GB", "80 GiB",
       "NVIDIA A100 datasheet, https://www.nvidia.com/a100", "datasheet", "high", ""},
      {"bandwidth share of vLLM on CUDA", "0.72", "committed fit over published runs", "fitted",
       "medium", ""},
      {"latency of NVLink 3", "2.1 us", "forum post", "claimed", "low",
       "nobody measured this; the all-reduce time hangs on it"},
      {"workload.generate", "128", "nothing was asked for", "default", "high", ""},
  };
  outcome.notes = {"Expert selection is taken as uniform and independent between layers."};
  return outcome;
}

Outcome replicated_outcome() {
  Outcome outcome = fitting_outcome();
  outcome.facts.machines = 3;
  outcome.facts.replicas = 3;
  outcome.facts.spare = 1;
  outcome.profiles = {{.file = "a100.yaml",
                       .date = "2026-05-20",
                       .machine = "AMD EPYC 7742, 64 cores, 8x NVIDIA A100",
                       .moved = {{.key = "device:a100-sxm4-80gb/gpu:memory",
                                  .what = "achievable memory bandwidth of NVIDIA A100 SXM4 80GB",
                                  .value = "1.82 TB/s",
                                  .factor = 0.98,
                                  .log_sigma = 0.005,
                                  .log_sigma_before = 0.04},
                                 {.key = "vllm/cuda:bandwidth:f16@a100-sxm4-80gb",
                                  .what = "bandwidth efficiency of f16 kernels, vLLM cuda",
                                  .value = "0.873",
                                  .factor = 1.03,
                                  .log_sigma = 0.03,
                                  .log_sigma_before = 0.06}}}};
  outcome.redundancy = {.replicas = 3,
                        .spare = 1,
                        .failing_as = "host of 8 data-centre GPUs",
                        .replica_availability = Estimate{0.99906, 0.9939, 0.99986},
                        .availability = Estimate{0.9999974, 0.99989, 0.9999999},
                        .down_hours_per_year = Estimate{0.025, 0.0005, 0.9},
                        .lost_requests_per_year = Estimate{125.0, 3.0, 5000.0},
                        .why_not = {}};
  MonthlyCosts costs;
  costs.load_given = true;
  costs.output_tokens_per_month = Estimate::exact(5e8);
  costs.input_tokens_per_month = 2e9;
  costs.cached_tokens_per_month = 4e8;
  costs.utilisation = Estimate{0.3, 0.2, 0.45};
  costs.owning = OwningCost{.purchase_usd = {600000.0, 500000.0, 700000.0},
                            .life_years = 6.0,
                            .depreciation_usd_per_month = {8000.0, 7000.0, 9500.0},
                            .electricity_usd_per_month = {1500.0, 1400.0, 1600.0},
                            .upkeep_usd_per_month = {500.0, 250.0, 1000.0}};
  costs.ways = {{"own",
                 "3x box, colocation",
                 Estimate{10000.0, 8500.0, 12000.0},
                 Estimate{20.0, 17.0, 24.0},
                 {}},
                {"rent",
                 "12x a100, planning",
                 Estimate{40000.0, 30000.0, 52000.0},
                 Estimate{80.0, 60.0, 104.0},
                 {}},
                {"API", "mixtral-8x22b", {}, {}, "no API price of mixtral-8x22b is known"}};
  costs.paybacks = {{.against = "renting 12x a100",
                     .months = 15.8,
                     .low = 9.5,
                     .high = {},
                     .chance = 0.93,
                     .why_never = {}}};
  costs.notes = {"owning counts purchase, electricity and replaced parts"};
  outcome.costs = costs;
  return outcome;
}

Outcome unfitting_outcome() {
  Outcome outcome;
  outcome.verdict = Verdict::does_not_fit;
  outcome.fits_probability = 0.0;
  outcome.short_by = Bytes(12e9);
  outcome.why_not = "The weights alone take 44 GB of the 36 GB that the GPU may use.";
  outcome.largest_context = 0;
  outcome.facts = {.model = "Llama 2 70B",
                   .quantization = "Q4_K_M",
                   .system = "MacBook Pro 16\" M3 Max 48 GB",
                   .engine = "llama.cpp (metal)",
                   .placement = "one GPU",
                   .parameters = 69'000'000'000,
                   .weights = Bytes(44e9),
                   .bits_per_weight = 4.85,
                   .cache_per_token = Bytes(327680.0),
                   .context = 4096,
                   .prompt = 512,
                   .depth = 0,
                   .generate = 128,
                   .batch = 1};
  outcome.memory = {{.node = "node 1",
                     .pool = "unified memory",
                     .capacity = Bytes(48.0 * 1073741824.0),
                     .usable = Bytes(36e9),
                     .limit = "macOS GPU working-set limit",
                     .raise = "sudo sysctl iogpu.wired_limit_mb=45056",
                     .items = {{.what = "weights", .bytes = Estimate::exact(44e9)},
                               {.what = "KV cache", .bytes = Estimate::exact(3e9)},
                               {.what = "compute buffers", .bytes = Estimate::exact(1e9)}},
                     .used = Estimate::exact(48e9),
                     .short_by = Bytes(12e9)}};
  outcome.changes = {{.description = "system MacBook Pro 16\" M3 Max 64 GB",
                      .kind = "system",
                      .set = {"system=macbook-pro-16-m3-max-64gb"},
                      .verdict = Verdict::fits,
                      .decode_tokens_per_second = Estimate{8.0, 7.0, 9.0},
                      .prefill_tokens_per_second = std::nullopt,
                      .throughput_tokens_per_second = std::nullopt,
                      .decode_factor = 0.0,
                      .warning = ""}};
  return outcome;
}

Outcome streamed_outcome() {
  Outcome outcome = unfitting_outcome();
  outcome.verdict = Verdict::fits_with_streaming;
  outcome.short_by = Bytes();
  outcome.why_not.clear();
  outcome.changes.clear();
  outcome.decode_tokens_per_second = Estimate{4.0, 3.2, 5.0};
  outcome.cache_state = "loaded";
  outcome.cache_hit_rate = Estimate{0.75, 0.7, 0.8};
  StreamingOutcome streaming;
  streaming.hit_rate = 0.75;
  streaming.application_hit_rate = 0.25;
  streaming.read_per_token = Bytes(1.5e9);
  streaming.working_set = Bytes(6e9);
  streaming.expert_cache = Bytes(4.0 * 1073741824.0);
  streaming.memory = {.total = Bytes(48.0 * 1073741824.0),
                      .held = Bytes(12e9),
                      .page_cache = Bytes(38e9),
                      .free = Bytes(1.539607552e9)};
  streaming.routed_layers = 60;
  streaming.layer = {{"attention, waited for", Seconds(0.001)}, {"reads", Seconds(0.003)}};
  streaming.outside_layers = Seconds(0.01);
  streaming.series = {{.prompt = true,
                       .first = 1,
                       .last = 1,
                       .end = Seconds(2.0),
                       .tokens_per_second = 0.5,
                       .hit_rate = 0.0,
                       .read_per_token = Bytes(6e9),
                       .body_temperature = 25.0},
                      {.prompt = false,
                       .first = 1,
                       .last = 1000,
                       .end = Seconds(252.0),
                       .tokens_per_second = 4.0,
                       .hit_rate = 0.75,
                       .application_hit_rate = 0.25,
                       .read_per_token = Bytes(1.5e9),
                       .speed = 0.6,
                       .body_temperature = 44.0}};
  streaming.parameters = {{"cold reads of the drive", "5 GB/s", 0.1, -0.5}};
  streaming.published_tokens_per_second = 5.68;
  streaming.conditions = {{"cold reads", 5.0, 11.0, "GB/s"},
                          {"a layer without its reads", 1.2, std::nullopt, "ms"}};
  streaming.sustained_power_w = 4.5;
  outcome.streaming = streaming;
  return outcome;
}

Outcome changed_outcome() {
  Outcome outcome = fitting_outcome();
  outcome.verdict = Verdict::fits_with_changes;
  outcome.short_by = Bytes(2e9);
  outcome.applied_change = Change{.description = "context 8192 -> 4096",
                                  .kind = "context",
                                  .set = {"workload.context=4096"},
                                  .verdict = Verdict::fits,
                                  .decode_tokens_per_second = Estimate{50.0, 40.0, 62.5},
                                  .prefill_tokens_per_second = std::nullopt,
                                  .throughput_tokens_per_second = std::nullopt,
                                  .decode_factor = 0.0,
                                  .warning = ""};
  return outcome;
}

}  // namespace plimsoll::test
