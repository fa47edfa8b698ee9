// Published footprints: how they are read, predicted and judged.
#include <cmath>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "footprint/footprint.h"
#include "support/catch.h"
#include "validate/published_file.h"
#include "validate/validation.h"

namespace plimsoll {
namespace {

Catalog& shipped() {
  static Catalog catalog(std::vector<DataFolders>{find_data_folders({})});
  return catalog;
}

std::vector<ValidationPoint> points_of(const std::string& text, Diagnostics& diagnostics) {
  const std::filesystem::path file =
      std::filesystem::temp_directory_path() / "plimsoll-validate-test.yaml";
  std::ofstream(file) << text;
  std::vector<ValidationPoint> points =
      validate({file}, {find_data_folders({})}, diagnostics).footprints;
  std::filesystem::remove(file);
  return points;
}

ValidationPoint one(const std::string& text) {
  Diagnostics diagnostics;
  const std::vector<ValidationPoint> points = points_of(text, diagnostics);
  REQUIRE(diagnostics.empty());
  REQUIRE(points.size() == 1);
  return points.front();
}

std::string checkpoint(const std::string& fields) {
  return "footprints:\n- {id: p, " + fields + "}\n";
}

TEST_CASE("a prediction does not look at the size of its point", "[validate]") {
  const std::string file = "model: qwen3-0.6b, quant: Q4_K_M, basis: gguf_file_bytes, size_gb: ";
  const ValidationPoint small = one(checkpoint(file + "0.001"));
  const ValidationPoint large = one(checkpoint(file + "900"));
  CHECK(small.measured == Approx(1e6));
  CHECK(large.measured == Approx(9e11));
  CHECK(small.predicted == large.predicted);
}

TEST_CASE("tensor bytes are those of the recipe; files have tokenizer and table besides",
          "[validate]") {
  Diagnostics diagnostics;
  const ModelSpec& model = *shipped().model("qwen3-14b", {}, diagnostics);
  const QuantizationSpec& recipe = *shipped().quantization("Q6_K", {}, diagnostics);
  const double tensors = weight_bytes(model, recipe, {}, shipped(), diagnostics).base();
  const std::string head = "model: qwen3-14b, quant: Q6_K, size_gb: 1, basis: ";
  CHECK(one(checkpoint(head + "gguf_tensor_bytes")).predicted->value == tensors);
  const Estimate file = *one(checkpoint(head + "gguf_file_bytes")).predicted;
  // The vocabulary-only files of llama.cpp have 22 to 62 bytes a token.
  CHECK(file.value > tensors + 22.0 * model.vocab);
  CHECK(file.value < tensors + 62.0 * model.vocab);
  CHECK(file.low < file.value);
  CHECK(file.value < file.high);
}

TEST_CASE("the quantiser of 2023 leaves experts in the default format", "[validate]") {
  const std::string head =
      "model: mixtral-8x7b, quant: Q4_K_M, basis: gguf_tensor_bytes, size_gb: 1";
  const double now = one(checkpoint(head)).predicted->value;
  const double then = one(checkpoint(head + ", publisher: TheBloke")).predicted->value;
  // Half of the 32 layers have ffn_down of 8 experts (14336 x 4096) in Q6_K, 210 bytes of 256
  // weights and not 144; attention output (4096 x 4096, all layers) in Q5_K, 176 bytes.
  const double experts = 16.0 * 8 * 14336 * 4096 / 256 * (210 - 144);
  const double output = 32.0 * 4096 * 4096 / 256 * (176 - 144);
  CHECK(now - then == Approx(experts + output));
}

TEST_CASE("a vision encoder is counted from its dimensions", "[validate]") {
  Diagnostics diagnostics;
  const double count = vision_parameters(*shipped().model("qwen3.5-35b-a3b", {}, diagnostics));
  // 27 layers of 1152 with an FFN of 4304 hold 411.5 million; the rest is patches, positions and
  // the merger of 4 x 1152 to 2048.
  const double layers = 27.0 * (4.0 * 1152 * 1152 + 2.0 * 1152 * 4304);
  const double merger = 4608.0 * 4608 + 4608.0 * 2048;
  CHECK(count > layers + merger);
  CHECK(count == Approx(layers + merger + 1152.0 * (1536 + 2304)).epsilon(0.002));
  const std::string head =
      "model: qwen3.5-35b-a3b, quant: mlx-4bit, basis: mlx_repo_bytes, size_gb: 9";
  CHECK(one(checkpoint(head + ", flags: [includes_vision_tower]")).predicted->value -
            one(checkpoint(head + ", variant: text")).predicted->value ==
        Approx(2.0 * count));
}

TEST_CASE("conversions to MLX keep the encoder unless their name denies it", "[validate]") {
  const std::string head = "model: gemma-3-27b, quant: mlx-4bit, size_gb: 9, basis: ";
  Diagnostics diagnostics;
  const double tower = 2.0 * vision_parameters(*shipped().model("gemma-3-27b", {}, diagnostics));
  const auto bytes = [&](const std::string& rest) {
    return one(checkpoint(head + rest)).predicted->value;
  };
  const double with = bytes("mlx_repo_bytes, variant: mlx-community/gemma-3-27b-it-4bit");
  const double without = bytes("mlx_repo_bytes, variant: mlx-community/gemma-3-text-27b-it-4bit");
  CHECK(with - without == Approx(tower));
  CHECK(tower > 2.0 * 27 * (4.0 * 1152 * 1152 + 2.0 * 1152 * 4304));
}

TEST_CASE("GGUF files of GLM-4.6 keep the layer for next-token prediction", "[validate]") {
  // llama-bench counts 356.79 billion parameters in such a file (kyuz0/amd-strix-halo-toolboxes);
  // BF16 is two bytes each, the few vectors in F32 hardly more. The projection of that layer
  // (2 x 5120 x 5120) is left out.
  const double bytes =
      one(checkpoint("model: glm-4.6, quant: BF16, basis: gguf_tensor_bytes, size_gb: 700"))
          .predicted->value;
  CHECK(bytes / 2 == Approx(356.79e9).epsilon(0.0005));
}

TEST_CASE("the tokenizer's tables follow its kind", "[validate]") {
  // Of one size of vocabulary nothing but the tables differs between tensors and file.
  const auto metadata = [](const std::string& model) {
    const std::string head = "model: " + model + ", quant: Q8_0, size_gb: 1, basis: ";
    return one(checkpoint(head + "gguf_file_bytes")).predicted->value -
           one(checkpoint(head + "gguf_tensor_bytes")).predicted->value;
  };
  // 7.8 MB for the merges of Llama 3 (128256 tokens x 61), 0.7 MB for SentencePiece (32000 x
  // 22.6), and some hundred entries of 80 bytes in the table of tensors.
  CHECK(metadata("llama-3.2-1b") == Approx(128256 * 61.0).epsilon(0.01));
  CHECK(metadata("llama-2-7b") == Approx(32000 * 22.6).epsilon(0.05));
  CHECK(metadata("qwen3-0.6b") == Approx(151936 * 39.1).epsilon(0.01));
}

TEST_CASE("the name tells which quantiser wrote fused projections", "[validate]") {
  const auto bytes = [](const std::string& variant) {
    return one(checkpoint("model: qwen3.5-35b-a3b, quant: Q5_K_M, basis: gguf_tensor_bytes, "
                          "size_gb: 1, variant: " +
                          variant))
        .predicted->value;
  };
  // 30 linear layers with attn_qkv of 8192 x 2048: all in Q6_K (210 bytes of 256 weights) before;
  // half of 40 layers since, of which these are 15; the others stay in Q5_K (176 bytes).
  const double once = bytes("Qwen3.5-35B-A3B-Q5_K_M.gguf");
  const double now = bytes("Qwen3.6-35B-A3B-Q5_K_M.gguf");
  CHECK(once > now);
  CHECK(once - now == Approx(15.0 * 8192 * 2048 / 256 * (210 - 176)).epsilon(0.1));
}

TEST_CASE("caches follow the layout that was logged", "[validate]") {
  const auto cache = [](const std::string& fields) {
    return one("kv_cache:\n- {id: p, mib: 1, " + fields + "}\n").predicted->value;
  };
  // Llama 3 8B: 32 layers, 8 KV heads of 128, K and V.
  CHECK(cache("model: llama-3-8b, ctx: 8192, layout: gqa, dtype: f16") ==
        32.0 * 8192 * 2 * 8 * 128 * 2);
  // Latent and rope part of DeepSeek-V3 in blocks of 34 bytes for 32; 300 cells become 512.
  CHECK(cache("model: deepseek-v3, ctx: 300, layout: mla_latent, dtype: q8_0") ==
        61.0 * 512 * (512 + 64) / 32 * 34);
  CHECK(cache("model: llama-3-8b, ctx: 8192, layout: gqa, dtype: fp8_e4m3") ==
        32.0 * 8192 * 2 * 8 * 128);
  // Blocks of 32: 18 bytes in Q4_0, 34 in Q8_0; linear layers of Qwen3.5 keep no cells (10 of 40).
  CHECK(cache("model: llama-3-8b, ctx: 1024, layout: gqa, dtype: 'K=q8_0,V=q4_0'") ==
        32.0 * 1024 * 8 * 128 / 32 * (34 + 18));
  CHECK(cache("model: qwen3.5-35b-a3b, ctx: 1024, layout: hybrid_full_layers_only, dtype: f16") ==
        10.0 * 1024 * 2 * 2 * 256 * 2);
  // gpt-oss-20b: 12 layers keep all, 12 a window of 128 and a chunk of 128.
  CHECK(cache("model: gpt-oss-20b, ctx: 8192, layout: iswa, dtype: f16, n_ubatch: 128") ==
        12.0 * (8192 + 256) * 2 * 8 * 64 * 2);
}

TEST_CASE("what cannot be predicted is counted with its reason", "[validate]") {
  const ValidationPoint no_model =
      one(checkpoint("model: nothing-of-that-name, quant: Q8_0, size_gb: 1"));
  CHECK(no_model.status == ValidationStatus::unresolved);
  CHECK_FALSE(no_model.predicted);
  CHECK(no_model.why.find("nothing-of-that-name") != std::string::npos);
  CHECK(one("compute_buffers:\n- {id: p, model: llama-3-8b, n_ubatch: 512, buffers_mib: {A: 1}}\n")
            .status == ValidationStatus::unsupported);
  const ValidationPoint rough =
      one(checkpoint("model: llama-3-8b, quant: Q8_0, size_gb: 8, flags: [approximate]"));
  CHECK(rough.status == ValidationStatus::suspect);
  CHECK(rough.predicted);
}

TEST_CASE("every mistake of a file is reported at its place", "[validate]") {
  Diagnostics diagnostics;
  points_of("footprints:\n- {id: a, size_gb: -1}\n- {size_gb: 2}\nwishes: []\n", diagnostics);
  const std::vector<Diagnostic> problems = diagnostics.sorted();
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].place.line == 2);
  CHECK(problems[1].place.line == 3);
  CHECK(problems[2].place.line == 4);
  CHECK(problems[2].code == "unknown-section");
}

ValidationPoint judged(double measured, double predicted, double rounding = 0.0) {
  return {.id = {},
          .metric = "m",
          .group = "g",
          .measured = measured,
          .rounding = rounding,
          .predicted = Estimate{predicted, 0.9 * predicted, 1.1 * predicted},
          .aim = 0.05,
          .status = ValidationStatus::ok,
          .why = {}};
}

TEST_CASE("a summary counts all and judges what is predicted", "[validate]") {
  ValidationPoint lost;
  lost.metric = "m";
  lost.group = "g";
  lost.status = ValidationStatus::unresolved;
  // Errors 0, 4 %, 8 %, 50 %; the third is within its rounding.
  const std::vector<ValidationSummary> all =
      summarise({judged(100, 100), judged(100, 104), judged(100, 108, 9), judged(100, 150), lost});
  REQUIRE(all.size() == 1);
  const ValidationSummary& s = all.front();
  CHECK(s.points == 5);
  CHECK(s.judged == 4);
  CHECK(s.unresolved == 1);
  CHECK(s.median_error == Approx(0.04));
  CHECK(s.p90_error == Approx(0.5));
  CHECK(s.within_aim == Approx(0.75));
  CHECK(s.covered == Approx(0.75));
}

TEST_CASE("the shipped footprints meet their aims", "[validate]") {
  const std::filesystem::path file =
      std::filesystem::path(PLIMSOLL_SOURCE_DIR) / "hwdb/measurements/footprints.yaml";
  Diagnostics diagnostics;
  const std::vector<ValidationPoint> points =
      validate({file}, {find_data_folders({})}, diagnostics).footprints;
  REQUIRE(diagnostics.empty());
  int known = 0, known_met = 0, derived = 0, derived_met = 0, derived_covered = 0;
  for (const ValidationPoint& point : points) {
    if (point.status != ValidationStatus::ok) continue;
    INFO(point.id << ' ' << point.error());
    if (point.metric == "kv_cache_bytes" || point.metric == "recurrent_state_bytes")
      CHECK(point.within_aim());
    if (point.metric != "checkpoint_bytes") continue;
    const bool unknown = point.why == "recipe-unknown";
    (unknown ? derived : known) += 1;
    (unknown ? derived_met : known_met) += point.within_aim() ? 1 : 0;
    if (unknown) derived_covered += point.covered() ? 1 : 0;
  }
  CHECK(known_met >= 0.99 * known);
  CHECK(derived_met >= 0.8 * derived);
  CHECK(derived_covered >= 0.9 * derived);
}

}  // namespace
}  // namespace plimsoll
