#include "import/families.h"

#include <algorithm>
#include <array>
#include <utility>

namespace plimsoll {
namespace {

constexpr auto all_families = std::to_array<Family>({
    {.name = "llama", .windowed = true},
    {.name = "gemma", .tied_embeddings = true},
    {.name = "gemma2",
     .tied_embeddings = true,
     .norms_per_layer = 4,
     .windowed = true,
     .full_every = 2,
     .window = 4096},
    {.name = "gemma3",
     .tied_embeddings = true,
     .qk_norm = QkNorm::per_head,
     .norms_per_layer = 4,
     .windowed = true,
     .full_every = 6},
    {.name = "qwen2", .qkv_bias = true},
    {.name = "qwen3", .qk_norm = QkNorm::per_head},
    {.name = "qwen3moe", .qk_norm = QkNorm::per_head},
    {.name = "qwen3next", .output_gate = true, .qk_norm = QkNorm::per_head, .shared_gate = true},
    {.name = "qwen35", .output_gate = true, .qk_norm = QkNorm::per_head},
    {.name = "qwen35moe", .output_gate = true, .qk_norm = QkNorm::per_head, .shared_gate = true},
    {.name = "deepseek2"},
    {.name = "deepseek32", .router_correction_bias = true},
    {.name = "deepseek4", .sinks = true, .router_correction_bias = true},
    {.name = "glm-dsa", .router_correction_bias = true},
    {.name = "glm4moe", .qkv_bias = true, .router_correction_bias = true},
    {.name = "gpt-oss",
     .qkv_bias = true,
     .output_bias = true,
     .sinks = true,
     .expert_bias = true,
     .windowed = true,
     .full_every = 2},
    {.name = "llama4", .windowed = true, .full_every = 4, .window = 8192},
    {.name = "minimax-m2", .qk_norm = QkNorm::full_width, .router_correction_bias = true},
    {.name = "opt",
     .tied_embeddings = true,
     .qkv_bias = true,
     .output_bias = true,
     .layer_norm_bias = true},
    {.name = "dots1", .qk_norm = QkNorm::per_head},
    {.name = "hunyuan-moe", .tied_embeddings = true, .qk_norm = QkNorm::per_head},
    {.name = "mistral3"},
    {.name = "olmoe", .qk_norm = QkNorm::full_width},
    {.name = "smallthinker", .windowed = true, .full_every = 4, .full_first = true},
    {.name = "phi3", .fused_projections = true, .full_size_cache = true, .windowed = true},
});

using Word = std::pair<std::string_view, std::string_view>;
constexpr auto model_types = std::to_array<Word>({
    {"llama", "llama"},
    {"mistral", "llama"},
    {"mixtral", "llama"},
    {"gemma", "gemma"},
    {"gemma2", "gemma2"},
    {"gemma3", "gemma3"},
    {"gemma3_text", "gemma3"},
    {"qwen2", "qwen2"},
    {"qwen3", "qwen3"},
    {"qwen3_moe", "qwen3moe"},
    {"qwen3_next", "qwen3next"},
    {"qwen3_5", "qwen35"},
    {"qwen3_5_text", "qwen35"},
    {"qwen3_5_moe", "qwen35moe"},
    {"qwen3_5_moe_text", "qwen35moe"},
    {"deepseek_v2", "deepseek2"},
    {"deepseek_v3", "deepseek2"},
    {"kimi_k2", "deepseek2"},
    {"deepseek_v32", "deepseek32"},
    {"deepseek_v4", "deepseek4"},
    {"glm_moe_dsa", "glm-dsa"},
    {"glm4_moe", "glm4moe"},
    {"gpt_oss", "gpt-oss"},
    {"llama4", "llama4"},
    {"llama4_text", "llama4"},
    {"minimax_m2", "minimax-m2"},
    {"opt", "opt"},
    {"phi3", "phi3"},
    {"dots1", "dots1"},
    {"hunyuan_v1_moe", "hunyuan-moe"},
    {"ministral3", "mistral3"},
    {"olmoe", "olmoe"},
});

}  // namespace

std::span<const Family> families() {
  return all_families;
}

const Family* find_family(std::string_view architecture) {
  const auto found =
      std::find_if(all_families.begin(), all_families.end(),
                   [&](const Family& family) { return family.name == architecture; });
  return found == all_families.end() ? nullptr : &*found;
}

const Family* family_of_model_type(std::string_view model_type) {
  const auto found = std::find_if(model_types.begin(), model_types.end(),
                                  [&](const Word& word) { return word.first == model_type; });
  return found == model_types.end() ? nullptr : find_family(found->second);
}

}  // namespace plimsoll
