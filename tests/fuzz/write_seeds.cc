// Writes the seed corpus of every fuzzer: small good files, made like those of tests/import.

#include <filesystem>
#include <fstream>

#include "import/model_files.h"

using namespace plimsoll;
using namespace plimsoll::test;

namespace {

ModelSpec small_model(const char* family) {
  ModelSpec model;
  model.name = "Seed";
  model.family = family;
  model.hidden = 64;
  model.vocab = 32;
  model.max_context = 128;
  model.attention = {.heads = 4, .kv_heads = 2, .head_dim = 16};
  model.ffn_width = 96;
  model.layers.assign(2, {});
  return model;
}

ModelSpec small_experts() {
  ModelSpec model = small_model("qwen3moe");
  model.ffn_width = 0;
  model.moe = MoeSpec{.experts = 4, .experts_per_token = 2, .expert_width = 32};
  for (LayerSpec& layer : model.layers) layer.ffn = LayerFfn::moe;
  return model;
}

ModelSpec small_latent() {
  ModelSpec model = small_experts();
  model.family = "deepseek2";
  model.attention = {.kind = AttentionKind::mla, .heads = 4};
  model.attention.q_lora_rank = 32;
  model.attention.kv_lora_rank = 16;
  model.attention.rope_dim = 8;
  model.attention.nope_dim = 16;
  model.attention.v_dim = 16;
  return model;
}

void write(const std::filesystem::path& file, const std::string& bytes) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const std::filesystem::path folder = argv[1];
  int number = 0;
  for (const ModelSpec& model :
       {small_model("llama"), small_model("gemma2"), small_experts(), small_latent()}) {
    const std::string name = std::to_string(number++);
    for (const std::uint32_t version : {2U, 3U}) {
      write(folder / "gguf" / (name + "-" + std::to_string(version)),
            gguf_of(model, enumerate_tensors(model), version).header());
    }
    write(folder / "safetensors" / name, safetensors_header(safetensors_of(model)));
    write(
        folder / "config" / name,
        config_of(
            model,
            {R"("quantization_config": {"quant_method": "fp8", "weight_block_size": [128, 128]})"}));
  }
  write(
      folder / "safetensors" / "index",
      R"({"metadata": {"total_size": 1}, "weight_map": {"a": "model-00001-of-00002.safetensors"}})");
  return 0;
}
