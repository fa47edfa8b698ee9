// FLOP and bytes of a pass against closed formulas written down from the architecture, not from
// the tensors.
#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "footprint/shipped.h"
#include "lowering/operators.h"
#include "placement/placed.h"

namespace plimsoll {
namespace {

struct Lowered {
  Lowered(const ScenarioSpec& spec, Catalog& catalog)
      : placed(spec, catalog), candidates(placed.candidates()) {
    REQUIRE(candidates.front().possible());
  }
  OperatorGraph pass(const Pass& pass) const {
    return Lowering({.scenario = &placed.scenario,
                     .fabric = &placed.fabric,
                     .placement = &candidates.front(),
                     .footprint = &placed.footprint})
        .lower(pass);
  }
  const ModelSpec& model() const { return placed.scenario.model; }

  Placed placed;
  std::vector<Placement> candidates;
};

ScenarioSpec single(const std::string& model, const std::string& quantization = "f16",
                    const std::string& system = "h100-sxm5-80gb-box",
                    const std::string& engine = "llama.cpp",
                    const std::string& placement = "single") {
  return spec_of({{"model", model},
                  {"quantization", quantization},
                  {"system", system},
                  {"engine", engine},
                  {"placement", placement}});
}

using Wanted = std::function<bool(const Operator&)>;

double flop(const OperatorGraph& graph, const Wanted& wanted) {
  double sum = 0.0;
  for (const Operator& op : graph.operators)
    if (wanted(op)) sum += op.work.base();
  return sum;
}
double bytes(const OperatorGraph& graph, const Wanted& wanted) {
  double sum = 0.0;
  for (const Operator& op : graph.operators)
    if (wanted(op)) sum += op.memory.base();
  return sum;
}
bool is_matrix(const Operator& op) {
  return op.kind == OperatorKind::matrix;
}
bool is_attention(const Operator& op) {
  return op.kind == OperatorKind::attention;
}

// Weights in matrices of a decoder with gated FFN and grouped attention, head included, embedding
// not.
double dense_matrix_parameters(double layers, double hidden, double heads, double kv_heads,
                               double head_dim, double ffn, double vocab) {
  const double attention = 2 * hidden * heads * head_dim + 2 * hidden * kv_heads * head_dim;
  return layers * (attention + 3 * hidden * ffn) + hidden * vocab;
}

const double llama_2_7b = dense_matrix_parameters(32, 4096, 32, 32, 128, 11008, 32000);
const double llama_3_1_8b = dense_matrix_parameters(32, 4096, 32, 8, 128, 14336, 128256);

// Of each new token with what it sees, itself included; 0: everything.
double pairs_by_counting(std::int64_t past, std::int64_t tokens, std::int64_t window) {
  double pairs = 0.0;
  for (std::int64_t i = 0; i < tokens; ++i) {
    const std::int64_t visible = past + i + 1;
    pairs += static_cast<double>(window > 0 ? std::min(visible, window) : visible);
  }
  return pairs;
}

TEST_CASE("a decoded token computes two FLOP per weight and its attention", "[lowering]") {
  const Lowered l(single("llama-2-7b"), shipped_catalog());
  for (std::int64_t past : {0, 1, 1000, 4000}) {
    const OperatorGraph graph = l.pass({.tokens = 1, .past = past, .sequences = 1});
    CHECK(flop(graph, is_matrix) == Approx(2 * llama_2_7b).epsilon(1e-12));
    // Scores and mixture: each 2 FLOP per head, dimension and attended token, itself included.
    CHECK(flop(graph, is_attention) ==
          Approx(32 * 4.0 * 32 * 128 * static_cast<double>(past + 1)).epsilon(1e-12));
  }
}

TEST_CASE("a decoded token reads every weight and the cache once", "[lowering]") {
  const Lowered l(single("llama-3.1-8b"), shipped_catalog());
  const std::int64_t past = 999;
  const OperatorGraph graph = l.pass({.tokens = 1, .past = past, .sequences = 1});
  // Activations in f32: input and output rows of each product. Per layer q and output 4096 to 4096,
  // k and v 4096 to 1024, gate and up 4096 to 14336, down back; then the head.
  const double activations =
      4.0 * (32 * (2 * 8192 + 2 * 5120 + 3 * (4096 + 14336)) + 4096 + 128256);
  CHECK(bytes(graph, is_matrix) == Approx(2 * llama_3_1_8b + activations).epsilon(1e-12));
  // K and V of 8 heads of 128 at 16 bits.
  CHECK(bytes(graph, is_attention) == Approx(32 * 2.0 * 8 * 128 * 2 * 1000).epsilon(1e-12));
}

TEST_CASE("fusing products changes launches, never work", "[lowering]") {
  const Lowered fused(single("llama-3.1-8b", "bf16-safetensors", "h100-sxm5-80gb-box", "vllm"),
                      shipped_catalog());
  const Lowered apart(single("llama-3.1-8b"), shipped_catalog());
  const OperatorGraph few = fused.pass({.tokens = 1, .past = 100});
  const OperatorGraph many = apart.pass({.tokens = 1, .past = 100});
  CHECK(few.operators.size() < many.operators.size());
  CHECK(flop(few, is_matrix) == Approx(flop(many, is_matrix)).epsilon(1e-12));
  CHECK(flop(few, is_attention) == Approx(flop(many, is_attention)).epsilon(1e-12));
}

// Tokens of a chunk attend to the past and to one another: n p + n (n + 1) / 2 pairs.
TEST_CASE("a prompt chunk computes attention over pairs", "[lowering]") {
  const Lowered l(single("llama-2-7b"), shipped_catalog());
  for (std::int64_t past : {0, 512, 3000})
    for (std::int64_t tokens : {1, 2, 100, 512}) {
      const OperatorGraph graph = l.pass({.tokens = tokens, .past = past});
      CHECK(flop(graph, is_attention) ==
            Approx(32 * 4.0 * 32 * 128 * pairs_by_counting(past, tokens, 0)).epsilon(1e-12));
      // Only the last token of the prompt needs logits.
      const double head = 4096.0 * 32000;
      CHECK(flop(graph, is_matrix) ==
            Approx(2 * (static_cast<double>(tokens) * (llama_2_7b - head) + head)).epsilon(1e-12));
    }
  // A window of 1024: tokens before, across and behind its edge.
  const Lowered windowed(single("gemma-3-4b"), shipped_catalog());
  const auto is_layer_0 = [](const Operator& op) { return is_attention(op) && op.layer == 0; };
  for (std::int64_t past : {0, 700, 1000, 1023, 1024, 5000})
    for (std::int64_t tokens : {1, 300, 512})
      CHECK(flop(windowed.pass({.tokens = tokens, .past = past}), is_layer_0) ==
            Approx(4.0 * 8 * 256 * pairs_by_counting(past, tokens, 1024)).epsilon(1e-12));
}

TEST_CASE("a windowed layer reads no more cells than its window", "[lowering]") {
  const Lowered l(single("gemma-3-4b"), shipped_catalog());  // layer 5 is full, 0 to 4 windowed
  const auto cells = [&](std::int64_t past, int layer) {
    const OperatorGraph graph = l.pass({.tokens = 1, .past = past});
    return bytes(graph, [&](const Operator& op) { return is_attention(op) && op.layer == layer; }) /
           (2.0 * 4 * 256 * 2);
  };
  CHECK(cells(500, 0) == Approx(501));
  CHECK(cells(1023, 0) == Approx(1024));
  CHECK(cells(4000, 0) == Approx(1024));
  CHECK(cells(4000, 5) == Approx(4001));
}

// n experts, k of them per token, chosen independently: an expert is missed by one token with
// probability 1 - k/n, by t tokens with that to the t.
// Versions before June 2024 multiplied more than 64 rows in 16 bits: a kernel for each matrix reads
// what is stored and writes two bytes a weight, which the product reads.
TEST_CASE("an earlier version converts weights for many rows", "[lowering]") {
  const auto in = [](const char* date) {
    ScenarioSpec spec = single("llama-2-7b", "q8_0");
    spec.flash_attention = {.value = true, .place = {}};  // not the version's default
    if (date) spec.engine_date = {.value = parse_date(date), .place = {}};
    return spec;
  };
  const Lowered now(in(nullptr), shipped_catalog());
  const Lowered then(in("2024-05-01"), shipped_catalog());
  const auto conversion = [](const Operator& op) {
    return is_matrix(op) && !op.converted && op.work == Flop();
  };
  const auto converted = [](const Operator& op) { return op.converted; };
  const auto launches = [](const OperatorGraph& graph, const Wanted& wanted) {
    double sum = 0.0;
    for (const Operator& op : graph.operators)
      if (wanted(op)) sum += op.launches;
    return sum;
  };
  for (const std::int64_t tokens : {64, 65, 512}) {
    const Pass pass{.tokens = tokens, .past = 0, .logits_of_last_only = false};
    const OperatorGraph today = now.pass(pass);
    const OperatorGraph graph = then.pass(pass);
    CHECK(flop(graph, is_matrix) == Approx(flop(today, is_matrix)).epsilon(1e-12));
    CHECK(flop(today, converted) == 0.0);
    if (tokens <= 64) {
      CHECK(graph.operators.size() == today.operators.size());
      continue;
    }
    // Seven matrices a layer and the head.
    CHECK(graph.operators.size() == today.operators.size() + 7 * 32 + 1);
    // Of each: activations to 16 bits, the product, its results back.
    CHECK(launches(graph, converted) == Approx(3.0 * (7 * 32 + 1)));
    // Q8_0 takes 34 bytes for 32 weights.
    const double stored = llama_2_7b * 34.0 / 32.0;
    CHECK(bytes(graph, conversion) == Approx(stored + 2.0 * llama_2_7b).epsilon(1e-12));
    CHECK(bytes(graph, converted) ==
          Approx(bytes(today, is_matrix) - stored + 2.0 * llama_2_7b).epsilon(1e-12));
  }
}

// llama.cpp on CUDA since pull 16130, on Metal only since 28948; vLLM sorts tokens by expert, too.
TEST_CASE("experts are chosen by one kernel or by several", "[lowering]") {
  const auto kernels = [](const char* system, const char* engine, const char* format) {
    const Lowered l(single("qwen3-30b-a3b", format, system, engine), shipped_catalog());
    double sum = 0.0;
    for (const Operator& op : l.pass({.tokens = 1, .past = 100}).operators)
      if (op.cls == OperatorClass::router && op.kind == OperatorKind::vector) sum += op.launches;
    return sum;
  };
  constexpr double layers = 48.0;
  CHECK(kernels("rtx-4090-pc", "llama.cpp", "q4_k_m") == layers);
  CHECK(kernels("mac-studio-m2-ultra-192gb", "llama.cpp", "q4_k_m") == 4.0 * layers);
  CHECK(kernels("h100-sxm5-80gb-box", "vllm", "bf16-safetensors") == 4.0 * layers);
}

// On B200 one kernel chooses and sorts in the place of four and one of two, SwiGLU rides in the
// first products and leaves what the second quantizes elsewhere; not under expert parallelism.
TEST_CASE("a chip's own kernels take routed experts in fewer launches", "[lowering]") {
  const auto kernels = [](const char* model, const char* engine, const char* format,
                          const std::string& system, const char* placement, std::int64_t tokens) {
    const Lowered l(single(model, format, system, engine, placement), shipped_catalog());
    double sum = 0.0;
    for (const Operator& op : l.pass({.tokens = tokens, .past = 100}).operators) sum += op.launches;
    return sum;
  };
  const auto saved = [&](const char* model, const char* engine, const char* format,
                         std::int64_t tokens = 1) {
    return kernels(model, engine, format, "h100-sxm5-80gb-box", "single", tokens) -
           kernels(model, engine, format, "b200-sxm-box", "single", tokens);
  };
  constexpr double gpt_oss_layers = 36.0;
  constexpr double qwen_layers = 48.0;
  CHECK(saved("gpt-oss-120b", "vllm", "mxfp4") == 6.0 * gpt_oss_layers);
  CHECK(saved("gpt-oss-120b", "tensorrt-llm", "mxfp4") == 6.0 * gpt_oss_layers);
  CHECK(saved("gpt-oss-120b", "sglang", "mxfp4") == 6.0 * gpt_oss_layers);
  // One cluster of blocks chooses for 256 tokens.
  CHECK(saved("gpt-oss-120b", "vllm", "mxfp4", 256) == 6.0 * gpt_oss_layers);
  CHECK(saved("gpt-oss-120b", "vllm", "mxfp4", 257) == 3.0 * gpt_oss_layers);
  // SwiGLU is apart.
  CHECK(saved("qwen3-30b-a3b", "tensorrt-llm", "fp8-block128") == 5.0 * qwen_layers);
  CHECK(saved("qwen3-30b-a3b", "vllm", "fp8-block128") == 0.0);
  CHECK(saved("qwen3-30b-a3b", "tensorrt-llm", "bf16-safetensors") == 0.0);
  const auto dealt = [&](const std::string& system) {
    return kernels("gpt-oss-120b", "tensorrt-llm", "mxfp4", system, "expert_parallel", 1);
  };
  CHECK(dealt("b200-sxm-8x") == dealt("dgx-h100"));
}

// Weights in main memory come to the GPU when each of 128 experts, of which a token takes 8, gets
// 32 tokens on average: from 512 on.
TEST_CASE("experts are carried where an expert has many tokens", "[lowering]") {
  const auto carried = [](const char* engine, std::int64_t tokens) {
    ScenarioSpec spec = single("qwen3-30b-a3b", "q8_0", "rtx-4090-pc", engine, "cpu_experts");
    const Lowered l(spec, shipped_catalog());
    const OperatorGraph graph = l.pass({.tokens = tokens, .past = 0});
    return std::any_of(graph.operators.begin(), graph.operators.end(), [](const Operator& op) {
      return op.cls == OperatorClass::routed_experts && op.kind == OperatorKind::message;
    });
  };
  CHECK_FALSE(carried("ik_llama.cpp", 511));
  CHECK(carried("ik_llama.cpp", 512));
  CHECK_FALSE(carried("llama.cpp", 31));
  CHECK(carried("llama.cpp", 32));
}

// Three matrices of each layer come; activations stay where they are. Where weights stay, tokens go
// to them and come back.
TEST_CASE("between carried experts nothing leaves the GPU", "[lowering]") {
  const Lowered l(single("qwen3-30b-a3b", "q8_0", "rtx-4090-pc", "llama.cpp", "cpu_experts"),
                  shipped_catalog());
  const auto messages = [&](std::int64_t tokens, OperatorClass cls) {
    const OperatorGraph graph = l.pass({.tokens = tokens, .past = 0});
    return std::count_if(graph.operators.begin(), graph.operators.end(), [&](const Operator& op) {
      return op.layer >= 0 && op.cls == cls && op.kind == OperatorKind::message;
    });
  };
  const int layers = l.candidates.front().cpu_expert_layers;
  REQUIRE(layers > 0);
  CHECK(messages(32, OperatorClass::routed_experts) == 3 * layers);
  CHECK(messages(32, OperatorClass::transfer) == 0);
  CHECK(messages(31, OperatorClass::routed_experts) == 0);
  CHECK(messages(31, OperatorClass::transfer) == 2 * layers);
}

// llama.cpp's weights lie in pages that are not pinned. Of each expert that 512 tokens touch the
// gate matrix has 768 rows of 2048 weights, 34 bytes for 32 of them.
TEST_CASE("weights come no faster than the host copies them", "[lowering]") {
  constexpr double of_one = 768.0 * 2048 / 32 * 34;
  const auto on = [](const char* link) {
    ScenarioSpec spec = single("qwen3-30b-a3b", "q8_0", "rtx-3090-2x", "llama.cpp", "cpu_experts");
    if (link) spec.device_link = {.value = link, .place = {}};
    return Lowered(spec, shipped_catalog());
  };
  const auto first_upload = [](const Lowered& lowered) {
    const OperatorGraph graph = lowered.pass({.tokens = 512, .past = 0});
    const auto upload =
        std::find_if(graph.operators.begin(), graph.operators.end(), [](const Operator& op) {
          return op.cls == OperatorClass::routed_experts && op.kind == OperatorKind::message;
        });
    REQUIRE(upload != graph.operators.end());
    return *upload;
  };
  // A third of what PCIe 4.0 x16 reaches.
  const Lowered wide = on(nullptr);
  const double gate = of_one * expected_distinct_experts(*wide.model().moe, 512.0, 1);
  const Operator copied = first_upload(wide);
  CHECK(copied.staged);
  const double copies = wide.placed.scenario.engine->weight_upload->value.base();
  CHECK(copied.transfer.base() == Approx(gate / copies).epsilon(1e-9));
  // A narrow port between the cards is that to the host, too: 6.6 GB/s by its entry.
  const Operator carried = first_upload(on("pcie-3.0-x8"));
  CHECK_FALSE(carried.staged);
  CHECK(carried.transfer.base() == Approx(gate / 6.6e9).epsilon(1e-9));
}

TEST_CASE("a mixture of experts reads and computes what it routes to", "[lowering]") {
  const Lowered l(single("qwen3-30b-a3b", "f16"), shipped_catalog());
  // 128 experts of width 768, 8 per token, hidden 2048, 48 layers.
  const double expert = 3.0 * 2048 * 768;
  const auto routed = [](const Operator& op) { return op.cls == OperatorClass::routed_experts; };
  for (int sequences : {1, 4, 64}) {
    const OperatorGraph graph = l.pass({.tokens = 1, .past = 10, .sequences = sequences});
    CHECK(flop(graph, routed) == Approx(48 * 2 * 8 * expert * sequences).epsilon(1e-12));
    const double distinct =
        expected_distinct_experts(*l.model().moe, static_cast<double>(sequences), sequences);
    for (const Operator& op : graph.operators)
      if (routed(op) && op.kind == OperatorKind::matrix)
        CHECK((op.outputs == Approx(768 * distinct) || op.outputs == Approx(2048 * distinct)));
    // Each of the 8 assignments of a token brings rows in and out of its three matrices.
    const double activations = 4.0 * 8 * sequences * 3 * (2048 + 768);
    CHECK(bytes(graph, routed) ==
          Approx(48 * (2 * distinct * expert + activations)).epsilon(1e-12));
  }
}

// Metal's kernels of llama.cpp take pairs of token and expert by themselves in passes of up to 31
// tokens, those of MLX while a layer has fewer than four for each of its 128 experts.
TEST_CASE("kernels that take pairs read an expert for each", "[lowering]") {
  const double expert = 3.0 * 2048 * 768;
  const auto routed = [](const Operator& op) {
    return op.cls == OperatorClass::routed_experts && op.kind == OperatorKind::matrix;
  };
  const auto expect = [&](const char* engine, const char* quantization, int sequences,
                          bool pairwise) {
    CAPTURE(engine, sequences);
    const Lowered l(single("qwen3-30b-a3b", quantization, "mac-studio-m2-ultra-192gb", engine),
                    shipped_catalog());
    const OperatorGraph graph = l.pass({.tokens = 1, .past = 10, .sequences = sequences});
    const double pairs = 8.0 * sequences;
    const double read = pairwise ? pairs
                                 : expected_distinct_experts(
                                       *l.model().moe, static_cast<double>(sequences), sequences);
    CHECK(flop(graph, routed) == Approx(48 * 2 * pairs * expert).epsilon(1e-12));
    const double activations = pairs * 3 * (2048 + 768);
    const double activation_bytes = engine == std::string("mlx") ? 2.0 : 4.0;
    CHECK(bytes(graph, routed) ==
          Approx(48 * (2 * read * expert + activation_bytes * activations)).epsilon(1e-12));
    for (const Operator& op : graph.operators) {
      if (!routed(op)) continue;
      CHECK(op.rows == Approx(pairs / read));
      CHECK(op.pass_rows == (pairwise ? 1.0 : sequences));
    }
  };
  expect("llama.cpp", "f16", 1, true);
  expect("llama.cpp", "f16", 31, true);
  expect("llama.cpp", "f16", 32, false);
  expect("mlx", "bf16-safetensors", 63, true);
  expect("mlx", "bf16-safetensors", 64, false);
}

// Latent attention with kv_b absorbed: each head scores against the latent and the rotary part and
// mixes latents.
TEST_CASE("absorbed latent attention works on the latent", "[lowering]") {
  const Lowered l(single("deepseek-v2-lite"), shipped_catalog());
  const OperatorGraph graph = l.pass({.tokens = 1, .past = 999});
  CHECK(flop(graph, is_attention) ==
        Approx(27 * 2.0 * 16 * (512 + 64 + 512) * 1000).epsilon(1e-12));
  // One latent of 512 + 64 elements for all heads, 16 bits.
  CHECK(bytes(graph, is_attention) == Approx(27 * (512 + 64) * 2.0 * 1000).epsilon(1e-12));
  // q, kv_a, k_b and v_b per head, output.
  const double projections = 27 * (2048.0 * 16 * 192 + 2048.0 * 576 + 16.0 * 128 * 512 +
                                   16.0 * 512 * 128 + 16.0 * 128 * 2048);
  CHECK(flop(graph, [](const Operator& op) {
          return op.cls == OperatorClass::attention_projection && is_matrix(op);
        }) == Approx(2 * projections).epsilon(1e-12));
}

// Of DeepSeek-V4-Flash 21 layers see 128 tokens and 512 of the entries of four, which an indexer of
// 64 heads of 128 chooses among all; 20 see 128 tokens and all entries of 128; two the window
// alone.
TEST_CASE("compressed attention works on a window and on entries", "[lowering]") {
  const Lowered l(single("deepseek-v4-flash", "q8_0", "mac-studio-m3-ultra-512gb"),
                  shipped_catalog());
  for (const double all : {1000.0, 100000.0}) {
    const OperatorGraph graph = l.pass({.tokens = 1, .past = static_cast<std::int64_t>(all) - 1});
    const double sparse = 128 + std::min(512.0, all / 4);
    const double heavy = 128 + all / 128;
    const double seen = 2 * 128 + 21 * sparse + 20 * heavy;
    const double indexed = 21 * all / 4;
    CHECK(flop(graph, is_attention) ==
          Approx(4.0 * 64 * 512 * seen + 2.0 * 64 * 128 * indexed).epsilon(1e-12));
    // A cell is key and value at once, 16 bits an element; a key of the indexer takes 132 bytes.
    CHECK(bytes(graph, is_attention) == Approx(512 * 2.0 * seen + 132 * indexed).epsilon(1e-12));
  }
  // A product with every matrix of a layer's attention and streams, once.
  const double layer = 4096.0 * 1024 + 1024.0 * 32768 + 4096.0 * 512 + 4096.0 * 8192 * 2 +
                       2 * 4.0 * 4096 * (2 + 4) * 4;
  const double sparse = 2 * 4096.0 * 1024 + 4096.0 * 64 + 1024.0 * 8192 + 2 * 4096.0 * 256;
  const double heavy = 2 * 4096.0 * 512;
  CHECK(flop(l.pass({.tokens = 1, .past = 9}), [](const Operator& op) {
          return op.cls == OperatorClass::attention_projection && is_matrix(op);
        }) == Approx(2 * (43 * layer + 21 * sparse + 20 * heavy)).epsilon(1e-12));
}

// A prompt's tokens see what lies before each: pairs with the window, and with entries.
TEST_CASE("a prompt's chunk of compressed attention counts pairs", "[lowering]") {
  const Lowered l(single("deepseek-v4-flash", "q8_0", "mac-studio-m3-ultra-512gb"),
                  shipped_catalog());
  const auto in_layer = [&](int layer, std::int64_t past, std::int64_t tokens) {
    return flop(l.pass({.tokens = tokens, .past = past}), [&](const Operator& op) {
      return is_attention(op) && op.layer == layer && op.head_group > 1.0;
    });
  };
  for (const std::int64_t past : {0, 5000}) {
    const double window = pairs_by_counting(past, 256, 128);
    const double chosen = pairs_by_counting(past, 256, 512 * 4) / 4;
    const double all = pairs_by_counting(past, 256, 0) / 128;
    CHECK(in_layer(0, past, 256) == Approx(4.0 * 64 * 512 * window).epsilon(1e-12));
    CHECK(in_layer(2, past, 256) == Approx(4.0 * 64 * 512 * (window + chosen)).epsilon(1e-12));
    CHECK(in_layer(3, past, 256) == Approx(4.0 * 64 * 512 * (window + all)).epsilon(1e-12));
  }
}

// Decay, read, update, read: 1 + 2 + 2 + 2 FLOP per element of the state of v_heads matrices of
// k_dim x v_dim; the state is read and written once per token, once per 64 tokens of a prompt.
TEST_CASE("a gated delta-net works on its state whatever the context", "[lowering]") {
  const Lowered l(single("qwen3.5-122b-a10b", "q4_k_m", "mac-studio-m3-ultra-256gb"),
                  shipped_catalog());
  const auto recurrence = [](const Operator& op) { return op.kind == OperatorKind::recurrence; };
  const double state = 64.0 * 128 * 128;
  const double layers = 48 * 3 / 4;
  for (std::int64_t past : {0, 100000}) {
    const OperatorGraph token = l.pass({.tokens = 1, .past = past});
    CHECK(flop(token, recurrence) == Approx(layers * 7 * state).epsilon(1e-12));
    CHECK(bytes(token, recurrence) == Approx(layers * 2 * 4 * state).epsilon(1e-12));
  }
  const OperatorGraph chunk = l.pass({.tokens = 512, .past = 0});
  CHECK(flop(chunk, recurrence) == Approx(512 * layers * 7 * state).epsilon(1e-12));
  CHECK(bytes(chunk, recurrence) == Approx(512 / 64 * layers * 2 * 4 * state).epsilon(1e-12));
}

TEST_CASE("a batch shares the weights and multiplies the rest", "[lowering]") {
  const Lowered l(single("llama-3.1-8b", "bf16", "mac-studio-m3-ultra-256gb"), shipped_catalog());
  const OperatorGraph one = l.pass({.tokens = 1, .past = 500, .sequences = 1});
  const OperatorGraph many = l.pass({.tokens = 1, .past = 500, .sequences = 16});
  CHECK(many.operators.size() == one.operators.size());
  CHECK(flop(many, is_matrix) == Approx(16 * flop(one, is_matrix)).epsilon(1e-12));
  CHECK(flop(many, is_attention) == Approx(16 * flop(one, is_attention)).epsilon(1e-12));
  CHECK(bytes(many, is_attention) == Approx(16 * bytes(one, is_attention)).epsilon(1e-12));
  const double weights = 2 * llama_3_1_8b;
  CHECK(bytes(many, is_matrix) - weights ==
        Approx(16 * (bytes(one, is_matrix) - weights)).epsilon(1e-9));
}

// Activations are floats of 32 bits: a kernel that reads them and writes 16 bits before each of the
// seven products of a layer, one the other way behind it. The head has one row.
TEST_CASE("a library's products have kernels around them that convert", "[lowering]") {
  const auto pointwise = [](const char* quantization, std::int64_t tokens) {
    const Lowered l(single("llama-3.1-8b", quantization), shipped_catalog());
    double launches = 0.0;
    const OperatorGraph graph = l.pass({.tokens = tokens, .past = 0});
    const Wanted vector = [](const Operator& op) { return op.kind == OperatorKind::vector; };
    for (const Operator& op : graph.operators) launches += vector(op) ? op.launches : 0.0;
    return std::pair(launches, bytes(graph, vector));
  };
  const auto [few_launches, few_bytes] = pointwise("bf16", 8);
  const auto [packed_launches, packed_bytes] = pointwise("q8_0", 512);
  const auto [launches, moved] = pointwise("bf16", 512);
  CHECK(launches == few_launches + 32 * 7 * 2);
  CHECK(launches == packed_launches + 32 * 7 * 2);
  const double inputs = 3 * 4096 + 4096 + 2 * 4096 + 14336;
  const double outputs = 4096 + 2 * 1024 + 4096 + 2 * 14336 + 4096;
  CHECK(moved - packed_bytes == Approx(32 * 512 * (inputs + outputs) * (4 + 2)).epsilon(1e-9));
  CHECK(few_bytes < moved / 64);
}

TEST_CASE("operators form a chain", "[lowering]") {
  for (const auto& [model, system, placement] :
       std::vector<std::array<std::string, 3>>{{"llama-3.1-8b", "rtx-4090-pc", "single"},
                                               {"llama-3.1-70b", "rtx-4090-2x", "layer_split"},
                                               {"qwen3-30b-a3b", "rtx-4090-pc", "cpu_experts"},
                                               {"llama-3.1-8b", "rtx-4090-2x", "row_split"}}) {
    const Lowered l(single(model, "q4_k_m", system, "llama.cpp", placement), shipped_catalog());
    const OperatorGraph graph = l.pass({.tokens = 1, .past = 100});
    for (std::size_t i = 0; i < graph.operators.size(); ++i) {
      const Operator& op = graph.operators[i];
      REQUIRE(op.dependency_count == (i == 0 ? 0 : 1));
      if (i > 0)
        REQUIRE(graph.dependencies[static_cast<std::size_t>(op.first_dependency)] ==
                static_cast<std::int32_t>(i) - 1);
      REQUIRE((op.launches > 0 || op.kind == OperatorKind::message));
      REQUIRE(std::isfinite(op.work.base()));
      REQUIRE(op.memory.base() >= 0.0);
    }
  }
}

TEST_CASE("tensor parallel divides matrices and adds two all-reduces a layer", "[lowering]") {
  SmallWorld world;
  const auto lowered = [&](const char* system, const char* placement) {
    return std::make_unique<Lowered>(spec_of({{"model", "dense"},
                                              {"quantization", "s16"},
                                              {"engine", "serve"},
                                              {"system", system},
                                              {"placement", placement}}),
                                     world.catalog());
  };
  const auto one = lowered("box-1", "single");
  const auto four = lowered("box-4-nv", "tensor_parallel");
  const Pass token{.tokens = 1, .past = 99};
  CHECK(flop(four->pass(token), is_matrix) == Approx(flop(one->pass(token), is_matrix) / 4));
  CHECK(flop(four->pass(token), is_attention) == Approx(flop(one->pass(token), is_attention) / 4));
  // 2 KV heads over 4 members: each reads one of them, half of the cache.
  CHECK(bytes(four->pass(token), is_attention) ==
        Approx(bytes(one->pass(token), is_attention) / 2));
  int messages = 0;
  const OperatorGraph graph = four->pass(token);
  for (const Operator& op : graph.operators) {
    if (op.kind != OperatorKind::message) continue;
    ++messages;
    // 256 partial sums of 16 bits to three others at 200 GB/s: 1,536 bytes in 7.7 ns, far below the
    // 15 us of the ring's further five latencies. So all at once, one latency.
    CHECK(op.transfer.base() == Approx(512.0 * 3 / 200e9));
    CHECK(op.latency.base() == Approx(3e-6));
    CHECK(op.software == MessageSoftware::message);
  }
  CHECK(messages == 12);
  // A long prompt: 512 x 256 sums. One-shot 262144 x 3 / 200 GB/s + 3 us = 6.9 us; ring
  // 262144 x 1.5 / 200 GB/s + 18 us = 20 us.
  const OperatorGraph prompt = four->pass({.tokens = 512, .past = 0});
  for (const Operator& op : prompt.operators)
    if (op.kind == OperatorKind::message) CHECK(op.transfer.base() == Approx(262144.0 * 3 / 200e9));
  // 8192 tokens: one-shot 4194304 x 3 / 200 GB/s + 3 us = 65.9 us; ring 31.5 + 18 = 49.5 us.
  const OperatorGraph longer = four->pass({.tokens = 8192, .past = 0});
  for (const Operator& op : longer.operators)
    if (op.kind == OperatorKind::message) {
      CHECK(op.transfer.base() == Approx(4194304.0 * 1.5 / 200e9));
      CHECK(op.latency.base() == Approx(6 * 3e-6));
    }
}

// Members divide outputs, but of what they add up afterwards each has all.
TEST_CASE("products say how many outputs a kernel has", "[lowering]") {
  SmallWorld world;
  const auto ffn = [&](const char* system, const char* placement) {
    const Lowered lowered(spec_of({{"model", "dense"},
                                   {"quantization", "s16"},
                                   {"engine", "serve"},
                                   {"system", system},
                                   {"placement", placement}}),
                          world.catalog());
    std::vector<double> outputs;
    const OperatorGraph graph = lowered.pass({.tokens = 64, .past = 0});
    for (const Operator& op : graph.operators)
      if (op.layer == 0 && op.cls == OperatorClass::dense_ffn && op.kind == OperatorKind::matrix)
        outputs.push_back(op.outputs);
    return outputs;
  };
  // Gate and up of 512 each, then down to the hidden width of 256.
  CHECK(ffn("box-1", "single") == std::vector<double>{512, 512, 256});
  CHECK(ffn("box-4-nv", "tensor_parallel") == std::vector<double>{128, 128, 256});
}

// Bytes that a message puts on each link of its way; the same on all of them.
double message_bytes(const OperatorGraph& graph, const Operator& op) {
  REQUIRE(op.link_set >= 0);
  const std::vector<LinkBytes>& links = graph.link_sets[static_cast<std::size_t>(op.link_set)];
  REQUIRE_FALSE(links.empty());
  for (const LinkBytes& link : links) CHECK(link.bytes == links.front().bytes);
  return links.front().bytes.base();
}

TEST_CASE("what leaves a device is what the next one needs", "[lowering]") {
  // Layer split of 70B over two cards: the hidden state (8192 x 4 bytes) crosses once, and the
  // embedding row comes from main memory.
  const Lowered split(single("llama-3.1-70b", "q4_k_m", "rtx-4090-2x", "llama.cpp", "layer_split"),
                      shipped_catalog());
  std::vector<double> sent;
  const OperatorGraph graph = split.pass({.tokens = 1, .past = 100});
  for (const Operator& op : graph.operators)
    if (op.kind == OperatorKind::message) sent.push_back(message_bytes(graph, op));
  CHECK(sent == std::vector<double>{8192.0 * 4, 8192.0 * 4});

  // Experts on the CPU: to it and back in each such layer.
  const Lowered experts(single("mixtral-8x7b", "q4_k_m", "rtx-4090-pc", "llama.cpp", "cpu_experts"),
                        shipped_catalog());
  const Placement& placement = experts.candidates.front();
  const auto moved =
      std::count(placement.experts_on_cpu.begin(), placement.experts_on_cpu.end(), true);
  REQUIRE(moved > 0);
  std::int64_t messages = 0;
  const OperatorGraph token = experts.pass({.tokens = 1, .past = 100});
  for (const Operator& op : token.operators) messages += op.kind == OperatorKind::message;
  CHECK(messages == 1 + 2 * moved);
}

// Sums over what is computed do not depend on where.
TEST_CASE("placement moves work and never changes it", "[lowering]") {
  const auto total_flop = [](const char* placement, const char* system) {
    const Lowered l(single("qwen3-30b-a3b", "q4_k_m", system, "llama.cpp", placement),
                    shipped_catalog());
    return flop(l.pass({.tokens = 1, .past = 100}), is_matrix);
  };
  const double whole = total_flop("single", "rtx-4090-pc");
  CHECK(total_flop("cpu", "rtx-4090-pc") == Approx(whole).epsilon(1e-12));
  CHECK(total_flop("cpu_layers", "rtx-4090-pc") == Approx(whole).epsilon(1e-12));
  CHECK(total_flop("cpu_experts", "rtx-4090-pc") == Approx(whole).epsilon(1e-12));
  CHECK(total_flop("layer_split", "rtx-4090-2x") == Approx(whole).epsilon(1e-12));
}

TEST_CASE("Sequences that decode beside a chunk share its weights and attend for themselves") {
  const Lowered lowered(single("llama-3.1-8b", "bf16", "mac-studio-m3-ultra-256gb"),
                        shipped_catalog());
  const OperatorGraph chunk = lowered.pass({.tokens = 256, .past = 512});
  const OperatorGraph decode = lowered.pass({.tokens = 1, .past = 900, .sequences = 20});
  const OperatorGraph both = lowered.pass(
      {.tokens = 256, .past = 512, .beside = PassPart{.tokens = 1, .past = 900, .sequences = 20}});
  const Wanted all = [](const Operator&) { return true; };
  // Every product, attention and pointwise operator is linear in its tokens.
  CHECK(flop(both, all) == Approx(flop(chunk, all) + flop(decode, all)).epsilon(1e-12));
  CHECK(bytes(both, is_attention) ==
        Approx(bytes(chunk, is_attention) + bytes(decode, is_attention)).epsilon(1e-12));
  // 16-bit weights are read once instead of twice; activations add up.
  const double weights = 2.0 * dense_matrix_parameters(32, 4096, 32, 8, 128, 14336, 128256);
  CHECK(bytes(chunk, is_matrix) + bytes(decode, is_matrix) - bytes(both, is_matrix) ==
        Approx(weights).epsilon(1e-12));
}

}  // namespace
}  // namespace plimsoll
