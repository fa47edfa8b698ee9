// The GGUF recipes against llama.cpp's own table, an independent rule engine and published files.
#include "footprint/recipe.h"

#include <algorithm>
#include <cmath>

#include "footprint/shipped.h"

namespace plimsoll {
namespace {

struct ReadmeRow {
  const char* recipe;
  bool importance_matrix;
  double bits;
  double size_gib;
};

// Llama-3.1-8B; tools/quantize/README.md of llama.cpp (commit 311c2c9), and the rows it leaves out.
const ReadmeRow readme[] = {
    {"iq1_s", true, 2.0042, 1.87},  {"q3_k_s", true, 3.6429, 3.41},  {"iq1_m", true, 2.1460, 2.01},
    {"q3_k_m", true, 3.9960, 3.74}, {"iq2_xxs", true, 2.3824, 2.23}, {"q3_k_l", true, 4.2979, 4.02},
    {"iq2_xs", true, 2.5882, 2.42}, {"iq4_xs", false, 4.4597, 4.17}, {"iq2_s", true, 2.7403, 2.56},
    {"iq4_xs", true, 4.4231, 4.14}, {"iq2_m", true, 2.9294, 2.74},   {"q4_0", false, 4.6358, 4.33},
    {"q2_k_s", true, 2.9697, 2.78}, {"iq4_nl", false, 4.6818, 4.38}, {"q2_k", true, 3.1593, 2.95},
    {"iq4_nl", true, 4.6526, 4.35}, {"iq3_xxs", true, 3.2548, 3.04}, {"q4_k_s", true, 4.6672, 4.36},
    {"iq3_xs", true, 3.4977, 3.27}, {"q4_k_m", true, 4.8944, 4.58},  {"iq3_s", true, 3.6606, 3.42},
    {"q5_k_s", true, 5.5704, 5.21}, {"iq3_m", true, 3.7628, 3.52},   {"q5_k_m", true, 5.7036, 5.33},
    {"q6_k", true, 6.5633, 6.14},   {"q8_0", true, 8.5008, 7.95},    {"f16", true, 16.0005, 14.96},
};

struct EngineCell {
  double bits;
  double size_gb;
};
struct EngineRow {
  const char* recipe;
  EngineCell cells[6];
};

const char* const engine_models[] = {"qwen3-32b",       "llama-3-70b", "qwen3-30b-a3b",
                                     "qwen3-235b-a22b", "deepseek-v3", "kimi-k2"};

// bits per weight / GB of an independent implementation of the same rules.
const EngineRow engine_rows[] = {
    {"iq1_s", {{1.787, 7.3}, {1.739, 15.3}, {1.680, 6.4}, {1.631, 48}, {1.592, 134}, {1.593, 204}}},
    {"iq1_m", {{1.942, 8.0}, {1.899, 16.7}, {1.853, 7.1}, {1.808, 53}, {1.775, 149}, {1.776, 228}}},
    {"iq2_xxs",
     {{2.201, 9.0}, {2.165, 19.1}, {2.142, 8.2}, {2.103, 62}, {2.079, 174}, {2.081, 267}}},
    {"iq2_xs",
     {{2.429, 9.9}, {2.396, 21.1}, {2.377, 9.1}, {2.342, 69}, {2.326, 195}, {2.327, 298}}},
    {"iq2_s",
     {{2.566, 10.5}, {2.521, 22.2}, {2.432, 9.3}, {2.390, 70}, {2.349, 197}, {2.345, 301}}},
    {"iq2_m",
     {{2.773, 11.4}, {2.734, 24.1}, {2.663, 10.2}, {2.625, 77}, {2.592, 217}, {2.589, 332}}},
    {"q2_k_s",
     {{2.798, 11.5}, {2.774, 24.5}, {2.755, 10.5}, {2.714, 80}, {2.678, 225}, {2.696, 346}}},
    {"q2_k",
     {{3.013, 12.3}, {2.990, 26.4}, {2.948, 11.2}, {2.916, 86}, {2.909, 244}, {2.906, 373}}},
    {"iq3_xxs",
     {{3.129, 12.8}, {3.114, 27.5}, {3.103, 11.8}, {3.075, 90}, {3.075, 258}, {3.072, 394}}},
    {"iq3_xs",
     {{3.345, 13.7}, {3.322, 29.3}, {3.299, 12.6}, {3.265, 96}, {3.252, 273}, {3.256, 418}}},
    {"iq3_s",
     {{3.523, 14.4}, {3.504, 30.9}, {3.483, 13.3}, {3.453, 102}, {3.446, 289}, {3.446, 442}}},
    {"iq3_m",
     {{3.644, 14.9}, {3.620, 31.9}, {3.539, 13.5}, {3.507, 103}, {3.482, 292}, {3.485, 447}}},
    {"q3_k_s",
     {{3.512, 14.4}, {3.504, 30.9}, {3.481, 13.3}, {3.452, 101}, {3.446, 289}, {3.446, 442}}},
    {"q3_k_m",
     {{3.899, 16.0}, {3.885, 34.3}, {3.853, 14.7}, {3.826, 112}, {3.805, 319}, {3.812, 489}}},
    {"q3_k_l",
     {{4.230, 17.3}, {4.210, 37.1}, {4.165, 15.9}, {4.145, 122}, {4.142, 347}, {4.135, 530}}},
    {"iq4_xs",
     {{4.318, 17.7}, {4.297, 37.9}, {4.287, 16.4}, {4.263, 125}, {4.258, 357}, {4.257, 546}}},
    {"q4_k_s",
     {{4.582, 18.8}, {4.574, 40.3}, {4.572, 17.4}, {4.549, 134}, {4.530, 380}, {4.540, 582}}},
    {"q4_k_m",
     {{4.824, 19.8}, {4.820, 42.5}, {4.861, 18.6}, {4.837, 142}, {4.822, 404}, {4.836, 620}}},
    {"q5_k_s",
     {{5.526, 22.6}, {5.516, 48.6}, {5.522, 21.1}, {5.508, 162}, {5.506, 462}, {5.506, 706}}},
    {"q5_k_m",
     {{5.667, 23.2}, {5.663, 49.9}, {5.691, 21.7}, {5.676, 167}, {5.668, 475}, {5.675, 728}}},
    {"q6_k",
     {{6.563, 26.9}, {6.563, 57.9}, {6.573, 25.1}, {6.568, 193}, {6.567, 551}, {6.567, 842}}},
    {"q8_0",
     {{8.500, 34.8}, {8.500, 75.0}, {8.510, 32.5}, {8.505, 250}, {8.504, 713}, {8.504, 1091}}},
};

// That implementation left the rows of attn_k_b, no multiple of 256, in the default format.
double bytes_without_row_fallback(const std::vector<Tensor>& tensors, const FormatSpec& wanted) {
  double sum = 0.0;
  for (const Tensor& tensor : tensors) {
    const bool split_kv = tensor.name.find("attn_k_b") != std::string::npos;
    sum += split_kv ? static_cast<double>(tensor.elements()) * wanted.bits_per_weight() / 8.0
                    : tensor.bytes.base();
  }
  return sum;
}

}  // namespace

TEST_CASE("Llama-3.1-8B has the bits per weight that llama.cpp documents") {
  const ModelSpec& model = shipped_model("llama-3.1-8b");
  for (const ReadmeRow& row : readme) {
    const double bytes = checkpoint_bytes(model, row.recipe, row.importance_matrix);
    INFO(row.recipe);
    CHECK(std::abs(bits_per_weight(model, bytes) - row.bits) <= 0.00005001);
    // Two decimals; the row of IQ4_XS with an importance matrix, 4.1349 GiB, was rounded up.
    CHECK(std::abs(bytes / gib - row.size_gib) <= 0.0051);
  }
}

TEST_CASE("recipes on six architectures agree with an independent rule engine") {
  for (const EngineRow& row : engine_rows) {
    for (int i = 0; i < 6; ++i) {
      const ModelSpec& model = shipped_model(engine_models[i]);
      const FormatSpec& wanted = shipped_format(shipped_recipe(row.recipe).default_format);
      const double bytes = bytes_without_row_fallback(quantized(model, row.recipe), wanted);
      INFO(row.recipe << " of " << engine_models[i]);
      CHECK(std::abs(bits_per_weight(model, bytes) - row.cells[i].bits) <= 0.000501);
      // The table rounds GB to one decimal below 100 and to none above, not always to the nearest.
      CHECK(std::abs(bytes / 1e9 - row.cells[i].size_gb) <= (i < 3 ? 0.1 : 1.0));
    }
  }
}

TEST_CASE("more bits go to the documented number of layers") {
  const int table[][2] = {{16, 8},  {22, 10}, {24, 12}, {26, 13}, {28, 14}, {30, 14},
                          {32, 16}, {36, 18}, {40, 20}, {42, 21}, {46, 22}, {48, 24},
                          {52, 26}, {56, 28}, {58, 29}, {60, 30}, {61, 30}, {62, 30},
                          {64, 32}, {78, 38}, {80, 40}, {92, 46}, {94, 46}, {126, 62}};
  for (const auto& [layers, expected] : table) {
    int count = 0;
    for (int i = 0; i < layers; ++i) count += gets_more_bits(i, layers) ? 1 : 0;
    INFO(layers << " layers");
    CHECK(count == expected);
  }
  for (const int i : {0, 1, 2, 3, 6, 9, 12, 15, 18, 21, 24, 27, 28, 29, 30, 31}) {
    CHECK(gets_more_bits(i, 32));
  }
  CHECK_FALSE(gets_more_bits(4, 32));
  CHECK_FALSE(gets_more_bits(26, 32));
}

TEST_CASE("overrides for eight experts and for 80 layers give the published sizes") {
  const struct {
    const char* model;
    const char* recipe;
    bool importance_matrix;
    double size_gb;
    double tolerance;
  } files[] = {
      {"mixtral-8x7b", "q4_k_m", true, 28.45, 0.005},
      {"qwen3-30b-a3b", "q4_k_m", true, 18.55, 0.005},
      {"llama-3.1-70b", "q4_k_m", true, 42.51, 0.005},
      {"llama-3.1-405b", "q4_k_m", true, 243.1, 0.05},
      {"mixtral-8x7b", "q3_k_s", true, 20.43, 0.005},
      {"mixtral-8x7b", "q3_k_m", true, 22.55, 0.005},
      {"mixtral-8x7b", "q4_0", false, 26.44, 0.005},
      {"mixtral-8x7b", "q4_k_s", true, 26.74, 0.006},
      {"mixtral-8x7b", "q5_k_s", true, 32.23, 0.005},
      {"mixtral-8x7b", "q5_k_m", true, 33.23, 0.005},
      {"mixtral-8x7b", "q6_k", true, 38.38, 0.005},
  };
  for (const auto& file : files) {
    INFO(file.recipe << " of " << file.model);
    const double bytes =
        checkpoint_bytes(shipped_model(file.model), file.recipe, file.importance_matrix);
    CHECK(std::abs(bytes / 1e9 - file.size_gb) <= file.tolerance);
  }
}

TEST_CASE("tensor bytes printed by llama.cpp are met to the byte") {
  // lhl/strix-halo-testing at 5ee14b5b0e, llm-bench/*/raw_runs.jsonl
  CHECK(checkpoint_bytes(shipped_model("llama-2-7b"), "q4_0", false) == 3825065984.0);
  CHECK(checkpoint_bytes(shipped_model("llama-2-7b"), "q4_k_m") == 4080263168.0);
  // Llama 3.1 files carry 64 RoPE frequency factors in f32, which are no parameters.
  CHECK(checkpoint_bytes(shipped_model("llama-3.1-8b"), "q4_k_m") + 64 * 4 == 4912898304.0);
}

TEST_CASE("tensor sizes printed in GiB are met at print precision") {
  const struct {
    const char* model;
    const char* recipe;
    bool importance_matrix;
    double size_gib;
    double half_ulp;
  } files[] = {
      {"gemma-3-27b", "q4_k_m", true, 15.404, 0.0005},
      {"gemma-3-27b", "iq4_xs", true, 13.747, 0.0005},
      {"gemma-3-27b", "q4_0", true, 14.539, 0.0005},
      {"llama-2-7b", "f16", true, 12.55, 0.005},
      {"llama-2-7b", "q8_0", true, 6.67, 0.005},
      {"llama-3.1-8b", "bf16", true, 14.96, 0.005},
      {"llama-3.1-8b", "q5_k_s", true, 5.21, 0.005},
      {"llama-3.1-8b", "iq4_nl", true, 4.35, 0.005},
      {"qwen3.5-35b-a3b", "bf16", true, 64.6, 0.02},
      {"deepseek-v2-lite", "f16", true, 29.26, 0.005},
  };
  for (const auto& file : files) {
    INFO(file.recipe << " of " << file.model);
    const double bytes =
        checkpoint_bytes(shipped_model(file.model), file.recipe, file.importance_matrix);
    CHECK(std::abs(bytes / gib - file.size_gib) <= file.half_ulp * 1.001);
  }
}

TEST_CASE("gpt-oss-20b with MXFP4 experts maps the logged buffers") {
  // llama.cpp on Metal: CPU_Mapped 586.82 MiB is the embedding, Metal_Mapped 11536.18 MiB all
  // tensors.
  const std::vector<Tensor> tensors = quantized(shipped_model("gpt-oss-20b"), "mxfp4_moe");
  CHECK(std::abs(tensor_named(tensors, "token_embd.weight").bytes.base() / mib - 586.82) < 0.005);
  CHECK(std::abs(checkpoint_bytes(shipped_model("gpt-oss-20b"), "mxfp4_moe") / mib - 11536.18) <
        0.01);
}

TEST_CASE("rows that blocks do not fill fall back") {
  const std::vector<Tensor> four = quantized(shipped_model("gpt-oss-20b"), "q4_k_m");
  CHECK(tensor_named(four, "blk.0.attn_q.weight").format->id == "Q5_0");       // 2880, from Q4_K
  CHECK(tensor_named(four, "blk.0.attn_v.weight").format->id == "Q8_0");       // from Q6_K
  CHECK(tensor_named(four, "blk.0.attn_output.weight").format->id == "Q4_K");  // 4096
  CHECK(tensor_named(four, "blk.0.ffn_down_exps.weight").format->id == "Q8_0");
  CHECK(tensor_named(four, "blk.4.ffn_down_exps.weight").format->id ==
        "Q5_0");  // gets no more bits
  CHECK(tensor_named(four, "output.weight").format->id == "Q8_0");
  const std::vector<Tensor> two = quantized(shipped_model("gpt-oss-20b"), "iq2_xs");
  CHECK(tensor_named(two, "blk.0.ffn_gate_exps.weight").format->id == "IQ4_NL");
  CHECK(tensor_named(two, "token_embd.weight").format->id == "Q4_0");  // from Q2_K
  CHECK(tensor_named(two, "output.weight").format->id == "Q8_0");      // not Q5_1
  CHECK(tensor_named(two, "blk.0.ffn_gate_exps.bias").format->id == "F32");
  const std::vector<Tensor> latent = quantized(shipped_model("deepseek-v3"), "q6_k");
  CHECK(tensor_named(latent, "blk.0.attn_k_b.weight").format->id == "Q8_0");  // 128, from Q6_K
}

TEST_CASE("a tied embedding takes the format of the head") {
  const std::vector<Tensor> tied = quantized(shipped_model("llama-3.2-1b"), "q4_k_m");
  CHECK(tensor_named(tied, "token_embd.weight").format->id == "Q6_K");
  const std::vector<Tensor> own = quantized(shipped_model("llama-3.1-8b"), "q4_k_m");
  CHECK(tensor_named(own, "token_embd.weight").format->id == "Q4_K");
  CHECK(tensor_named(own, "output.weight").format->id == "Q6_K");
}

TEST_CASE("IQ1 counts ffn_down tensors, shared experts included") {
  // 61 layers: the first 61 / 8 = 7 tensors are those of the three dense layers, then two a layer.
  const std::vector<Tensor> tensors = quantized(shipped_model("deepseek-v3"), "iq1_s");
  CHECK(tensor_named(tensors, "blk.4.ffn_down_exps.weight").format->id == "Q2_K");
  CHECK(tensor_named(tensors, "blk.4.ffn_down_shexp.weight").format->id == "Q2_K");
  CHECK(tensor_named(tensors, "blk.5.ffn_down_exps.weight").format->id == "IQ1_S");
}

TEST_CASE("Qwen3-Next of 2025 has the formats that its loader counted") {
  // lmstudio-ai/lmstudio-bug-tracker issue 1266: "type q4_K: 391 tensors, type q6_K: 55 tensors".
  const std::vector<Tensor> tensors =
      quantized_in(2025, shipped_model("qwen3-next-80b-a3b"), "q4_k_m");
  const auto count = [&](const std::string& format) {
    return std::count_if(tensors.begin(), tensors.end(),
                         [&](const Tensor& tensor) { return tensor.format->id == format; });
  };
  CHECK(count("Q4_K") == 391);
  CHECK(count("Q6_K") == 55);
}

TEST_CASE("Qwen3.5 keeps query, key and value of linear layers apart from their gate") {
  const ModelSpec& model = shipped_model("qwen3.5-122b-a10b");
  const LinearAttentionSpec& l = *model.linear;
  const double blocks = model.hidden / 256.0;
  const double qkv = blocks * (2.0 * l.k_heads * l.k_dim + 1.0 * l.v_heads * l.v_dim);
  const double gate = blocks * l.v_heads * l.v_dim;
  const auto bytes = [](const std::vector<Tensor>& tensors, int layer) {
    return tensor_named(tensors, "blk." + std::to_string(layer) + ".ssm_in.weight").bytes.base();
  };
  // Every one of 48 layers counts for attn_v: more bits below 6, from 42 on and for every third
  // between. Q6_K has 210 bytes a block, Q5_K 176, Q4_K 144.
  const std::vector<Tensor> now = quantized(model, "q4_k_m");
  CHECK(bytes(now, 0) == qkv * 210 + gate * 144);
  CHECK(bytes(now, 6) == (qkv + gate) * 144);
  CHECK(bytes(now, 8) == qkv * 210 + gate * 144);
  CHECK(tensor_named(now, "blk.7.attn_v.weight").format->id == "Q4_K");
  CHECK(tensor_named(now, "blk.11.attn_v.weight").format->id == "Q6_K");
  // Before, attn_qkv had a rule of its own and did not advance the counter of attn_v: the sixth
  // attention layer is still below 48 / 8, the seventh is not.
  const std::vector<Tensor> before = quantized_in(2025, model, "q4_k_m");
  CHECK(bytes(before, 6) == qkv * 176 + gate * 144);
  CHECK(tensor_named(before, "blk.23.attn_v.weight").format->id == "Q6_K");
  CHECK(tensor_named(before, "blk.27.attn_v.weight").format->id == "Q4_K");
}

TEST_CASE("fused projections follow attn_v today and had a rule of their own until 2025") {
  const struct {
    const char* recipe;
    const char* until_2025;
    const char* today;  // of layer 2: neither among the first two nor one of those with more bits
  } rows[] = {{"q2_k", "Q2_K", "Q3_K"},     {"q3_k_s", "Q3_K", "Q3_K"}, {"q3_k_m", "Q4_K", "Q4_K"},
              {"q3_k_l", "Q4_K", "Q5_K"},   {"q4_k_s", "Q4_K", "Q5_K"}, {"q5_k_m", "Q6_K", "Q6_K"},
              {"iq3_m", "Q4_K", "Q4_K"},    {"q6_k", "Q6_K", "Q6_K"},   {"q4_k_m", "Q5_K", "Q6_K"},
              {"iq2_xs", "IQ2_XS", "Q2_K"}, {"q4_0", "Q4_0", "Q4_0"}};
  const ModelSpec& phi = shipped_model("phi-4-mini");  // three query heads a KV head
  const auto format = [](const std::vector<Tensor>& tensors) {
    return tensor_named(tensors, "blk.2.attn_qkv.weight").format->id;
  };
  for (const auto& row : rows) {
    INFO(row.recipe);
    CHECK(format(quantized_in(2025, phi, row.recipe)) == row.until_2025);
    CHECK(format(quantized(phi, row.recipe)) == row.today);
  }
}

TEST_CASE("Falcon has mixes of its own") {
  ModelSpec falcon = shipped_model("falcon-180b");
  falcon.fused_projections = true;
  const auto format = [](const std::vector<Tensor>& tensors, const std::string& name) {
    return tensor_named(tensors, name).format->id;
  };
  // 80 layers: the first 80 / 16 = 5, then those with more bits (below 10, 12, 15, …).
  const std::vector<Tensor> four = quantized(falcon, "q4_k_m");
  CHECK(format(four, "output.weight") == "Q8_0");
  CHECK(format(four, "blk.4.ffn_down.weight") == "Q6_K");
  CHECK(format(four, "blk.9.ffn_down.weight") == "Q5_K");
  CHECK(format(four, "blk.10.ffn_down.weight") == "Q4_K");
  CHECK(format(four, "blk.10.attn_qkv.weight") == "Q4_K");  // the rule of Llama 70B is not its
  const std::vector<Tensor> three = quantized(falcon, "q3_k_m");
  CHECK(format(three, "blk.4.ffn_down.weight") == "Q5_K");
  CHECK(format(three, "blk.9.ffn_down.weight") == "Q4_K");
  CHECK(format(three, "blk.10.ffn_down.weight") == "Q3_K");
  CHECK(format(three, "blk.10.attn_output.weight") == "Q3_K");
  CHECK(format(quantized(falcon, "q3_k_l"), "blk.10.ffn_down.weight") == "Q4_K");
  CHECK(format(quantized(falcon, "q4_k_s"), "blk.0.ffn_down.weight") == "Q4_K");
}

TEST_CASE("formats of serving engines take the bits of their layout") {
  // Llama 3.1 8B: 32 layers of q and output (4096 x 4096), k and v (4096 x 1024), three FFN
  // matrices (4096 x 14336); 128256 tokens, untied; 65 norms.
  const double layers = 32.0 * (2.0 * 4096 * 4096 + 2.0 * 4096 * 1024 + 3.0 * 4096 * 14336);
  const double table = 128256.0 * 4096;
  const double norms = 65.0 * 4096 * 2;
  const struct {
    const char* recipe;
    double layers, embedding, head;  // bits a weight
  } rows[] = {
      {"gptq-int4", 4 + (16 + 4) / 128.0, 16, 16},  // scale and zero point a group
      {"awq", 4 + (16 + 4) / 128.0, 16, 16},
      {"gptq-int4-g32", 4 + (16 + 4) / 32.0, 16, 16},
      {"gptq-int8", 8 + (16 + 8) / 128.0, 16, 16},
      {"w4a16", 4 + 16 / 128.0, 16, 16},  // symmetric: no zero point
      {"fp8", 8, 16, 16},
      {"fp8-block128", 8 + 32 / (128.0 * 128.0), 16, 16},
      {"int8-w8a8", 8, 16, 16},
      {"mxfp8", 8 + 8 / 32.0, 16, 16},
      {"nvfp4", 4 + 8 / 16.0, 16, 16},
      {"nf4", 4 + 32 / 64.0, 16, 16},
      {"exl2-4.0bpw", 4, 16, 6},
      {"exl3-3.0bpw", 3, 16, 6},
      {"mlx-4bit", 4 + 32 / 64.0, 4.5, 4.5},
      {"mlx-4bit-g32", 4 + 32 / 32.0, 5, 5},
      {"mlx-8bit", 8 + 32 / 64.0, 8.5, 8.5},
  };
  for (const auto& row : rows) {
    INFO(row.recipe);
    const double expected =
        (layers * row.layers + table * row.embedding + table * row.head) / 8 + norms;
    CHECK(checkpoint_bytes(shipped_model("llama-3.1-8b"), row.recipe) == expected);
  }
}

TEST_CASE("mixtures narrow the routed experts alone") {
  const ModelSpec& model = shipped_model("qwen3-30b-a3b");
  const double experts = 48.0 * 128 * 3 * 2048 * 768;
  double rest = 0.0;
  double small = 0.0;  // norms and routers, 16 bits
  for (const Tensor& tensor : enumerate_tensors(model)) {
    const bool plain = tensor.cls == TensorClass::norm || tensor.cls == TensorClass::router;
    if (tensor.experts == 0) (plain ? small : rest) += static_cast<double>(tensor.elements());
  }
  CHECK(checkpoint_bytes(model, "mlx-mxfp4-q8") == (experts * 4.25 + rest * 8.5 + small * 16) / 8);
  CHECK(checkpoint_bytes(model, "mlx-int4-experts") == (experts * 5 + (rest + small) * 16) / 8);
  CHECK(checkpoint_bytes(model, "int4-experts") == (experts * 4.5 + (rest + small) * 16) / 8);
}

TEST_CASE("native checkpoints: gpt-oss and Kimi K2.5 quantize routed experts only") {
  const ModelSpec& kimi = shipped_model("kimi-k2.5");
  // 60 x 384 x 3 x 7168 x 2048 expert weights at 4.5 bits, everything else at 16.
  const double experts = 60.0 * 384 * 3 * 7168 * 2048;
  const double rest = static_cast<double>(count_parameters(enumerate_tensors(kimi))) - experts;
  CHECK(checkpoint_bytes(kimi, kimi.native_format) == experts * 4.5 / 8 + rest * 2);
  const ModelSpec& oss = shipped_model("gpt-oss-120b");
  const double oss_experts = 36.0 * 128 * 3 * 2880 * 2880;
  const double oss_rest =
      static_cast<double>(count_parameters(enumerate_tensors(oss))) - oss_experts;
  CHECK(checkpoint_bytes(oss, oss.native_format) == oss_experts * 4.25 / 8 + oss_rest * 2);
}

TEST_CASE("sizes of MLX repositories are met to the byte") {
  // mlx-community conversions, sums of the weights as their index files state them. Routers with a
  // correction bias are plain arrays there, not layers: 16 bits where the recipes say 8.5, and the
  // bias in f32.
  const auto plain_routers = [](double layers, double experts, double hidden, double bits) {
    return layers * experts * (hidden * (16.0 - bits) / 8.0 + 2.0);
  };
  const ModelSpec& glm5 = shipped_model("glm-5");
  CHECK(checkpoint_bytes(glm5, "bf16-mlx") + plain_routers(75, 256, 6144, 16.0) == 1487822475264.0);
  const ModelSpec& glm4 = shipped_model("glm-4.6");
  const double routers = plain_routers(89, 160, 5120, 8.5);
  CHECK(checkpoint_bytes(glm4, "mlx-4bit") + routers == 198556925568.0);
  CHECK(checkpoint_bytes(glm4, "mlx-6bit") + routers == 286737579648.0);
  CHECK(checkpoint_bytes(glm4, "mlx-8bit-g32") + routers == 396963397248.0);
  // The vision tower of Qwen3.5-35B-A3B stays in bf16: one difference at every width.
  const ModelSpec& qwen = shipped_model("qwen3.5-35b-a3b");
  const double tower = 70214363872.0 - checkpoint_bytes(qwen, "bf16-mlx");
  CHECK(tower > 0.8e9);
  CHECK(checkpoint_bytes(qwen, "mlx-8bit") + tower == 37721128672.0);
  CHECK(checkpoint_bytes(qwen, "mlx-5bit") + tower == 24731729632.0);
  CHECK(checkpoint_bytes(qwen, "mlx-4bit") + tower == 20401929952.0);
}

TEST_CASE("every shipped recipe applies to every shipped model") {
  for (const CatalogEntry& recipe : shipped_catalog().headers(EntryKind::quantization)) {
    const double nominal = shipped_recipe(recipe.id).nominal_bits;
    INFO(recipe.id);
    CHECK(nominal == shipped_format(shipped_recipe(recipe.id).default_format).bits_per_weight());
    for (const CatalogEntry& header : shipped_catalog().headers(EntryKind::model)) {
      INFO(header.id);
      const ModelSpec& model = shipped_model(header.id);
      const double bits = bits_per_weight(model, checkpoint_bytes(model, recipe.id));
      CHECK(bits > 1.0);
      // Stock mixes spend more on some tensors than on most, hardly less; MXFP4 is for experts
      // only.
      const QuantizationSpec& spec = shipped_recipe(recipe.id);
      constexpr double experts_only = 4.25;
      if (spec.family == "gguf" && spec.recipe == "exact")
        CHECK(bits > 0.9 * std::min(nominal, experts_only));
      CHECK(bits <= 32.0);
    }
  }
}

}  // namespace plimsoll
