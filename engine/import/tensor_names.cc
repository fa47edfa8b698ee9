#include "import/tensor_names.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace plimsoll {
namespace {

constexpr const char* next_tokens = "next-token prediction";
constexpr const char* other_senses = "vision or audio";
constexpr const char* positions = "position encoding";

// Takes "12." from the front of "12.attn_q.weight".
std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto length = static_cast<std::size_t>(end.ptr - text.data());
  if (end.ec != std::errc() || length == text.size() || text[length] != '.') return std::nullopt;
  text.remove_prefix(length + 1);
  return number;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

bool take_suffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

bool is_linear(const ModelSpec& model, int layer) {
  return model.layers[static_cast<std::size_t>(layer)].attention == LayerAttention::linear;
}

std::vector<std::string> in_layer(int layer, std::vector<std::string> names) {
  for (std::string& name : names) name.insert(0, "blk." + std::to_string(layer) + ".");
  return names;
}

struct Renamed {
  std::string_view from;
  std::array<std::string_view, 2> to;  // the second may be empty
};

template <std::size_t N>
std::vector<std::string> look_up(const std::array<Renamed, N>& table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const Renamed& entry) { return entry.from == name; });
  if (found == table.end()) return {};
  std::vector<std::string> names;
  for (const std::string_view to : found->to) {
    if (!to.empty()) names.emplace_back(to);
  }
  return names;
}

// Names of GGUF files that differ from the model's.
constexpr auto gguf_names = std::to_array<Renamed>({
    {"attn_kv_b.weight", {"attn_k_b.weight", "attn_v_b.weight"}},
    {"exp_probs_b", {"exp_probs_b.bias", ""}},
    {"ffn_gate_up_exps.weight", {"ffn_gate_exps.weight", "ffn_up_exps.weight"}},
    {"ssm_alpha.weight", {"ssm_ba.weight", ""}},
    {"ssm_beta.weight", {"ssm_ba.weight", ""}},
});
constexpr auto gguf_linear_names = std::to_array<Renamed>({
    {"attn_qkv.weight", {"ssm_in.weight", ""}},
    {"attn_gate.weight", {"ssm_in.weight", ""}},
});

// "ffn_gate.3.weight": experts one by one, in the first Mixtral files.
std::vector<std::string> single_expert(std::string_view rest) {
  for (const char* part : {"ffn_gate", "ffn_up", "ffn_down"}) {
    std::string_view text = rest;
    if (take_prefix(text, std::string(part) + ".") && take_number(text) && text == "weight")
      return {std::string(part) + "_exps.weight"};
  }
  return {};
}

std::vector<std::string> gguf_layer_names(std::string_view rest, const ModelSpec& model,
                                          int layer) {
  if (is_linear(model, layer)) {
    if (auto names = look_up(gguf_linear_names, rest); !names.empty()) return names;
  }
  if (auto names = look_up(gguf_names, rest); !names.empty()) return names;
  if (auto names = single_expert(rest); !names.empty()) return names;
  // Where a layer has two norms, the one after attention is the one before the FFN.
  if (rest == "post_attention_norm.weight" && model.norms_per_layer == 2)
    return {"ffn_norm.weight"};
  return {std::string(rest)};
}

// Modules of a layer in safetensors files.
constexpr auto layer_modules = std::to_array<Renamed>({
    {"input_layernorm", {"attn_norm", ""}},
    {"self_attn_layer_norm", {"attn_norm", ""}},
    {"final_layer_norm", {"ffn_norm", ""}},
    {"pre_feedforward_layernorm", {"ffn_norm", ""}},
    {"post_feedforward_layernorm", {"post_ffw_norm", ""}},
    {"self_attn.q_proj", {"attn_q", ""}},
    {"self_attn.k_proj", {"attn_k", ""}},
    {"self_attn.v_proj", {"attn_v", ""}},
    {"self_attn.qkv_proj", {"attn_qkv", ""}},
    {"self_attn.o_proj", {"attn_output", ""}},
    {"self_attn.out_proj", {"attn_output", ""}},
    {"self_attn.q_norm", {"attn_q_norm", ""}},
    {"self_attn.k_norm", {"attn_k_norm", ""}},
    {"self_attn.q_a_proj", {"attn_q_a", ""}},
    {"self_attn.q_a_layernorm", {"attn_q_a_norm", ""}},
    {"self_attn.q_b_proj", {"attn_q_b", ""}},
    {"self_attn.kv_a_proj_with_mqa", {"attn_kv_a_mqa", ""}},
    {"self_attn.kv_a_layernorm", {"attn_kv_a_norm", ""}},
    {"self_attn.kv_b_proj", {"attn_k_b", "attn_v_b"}},
    {"self_attn.embed_q", {"attn_k_b", ""}},
    {"self_attn.unembed_out", {"attn_v_b", ""}},
    {"self_attn.indexer.wq_b", {"indexer.attn_q_b", ""}},
    {"self_attn.indexer.wk", {"indexer.attn_k", ""}},
    {"self_attn.indexer.k_norm", {"indexer.k_norm", ""}},
    {"self_attn.indexer.weights_proj", {"indexer.proj", ""}},
    {"linear_attn.in_proj_qkvz", {"ssm_in", ""}},
    {"linear_attn.in_proj_qkv", {"ssm_in", ""}},
    {"linear_attn.in_proj_z", {"ssm_in", ""}},
    {"linear_attn.in_proj_ba", {"ssm_ba", ""}},
    {"linear_attn.in_proj_b", {"ssm_ba", ""}},
    {"linear_attn.in_proj_a", {"ssm_ba", ""}},
    {"linear_attn.conv1d", {"ssm_conv1d", ""}},
    {"linear_attn.norm", {"ssm_norm", ""}},
    {"linear_attn.out_proj", {"ssm_out", ""}},
    {"mlp.gate_proj", {"ffn_gate", ""}},
    {"mlp.up_proj", {"ffn_up", ""}},
    {"mlp.down_proj", {"ffn_down", ""}},
    {"mlp.gate_up_proj", {"ffn_up", ""}},
    {"feed_forward.gate_proj", {"ffn_gate", ""}},
    {"feed_forward.up_proj", {"ffn_up", ""}},
    {"feed_forward.down_proj", {"ffn_down", ""}},
    {"fc1", {"ffn_up", ""}},
    {"fc2", {"ffn_down", ""}},
    {"mlp.gate", {"ffn_gate_inp", ""}},
    {"mlp.router", {"ffn_gate_inp", ""}},
    {"feed_forward.router", {"ffn_gate_inp", ""}},
    {"block_sparse_moe.gate", {"ffn_gate_inp", ""}},
    {"mlp.shared_expert_gate", {"ffn_gate_inp_shexp", ""}},
});

constexpr auto expert_modules = std::to_array<Renamed>({
    {"gate_proj", {"ffn_gate", ""}},
    {"up_proj", {"ffn_up", ""}},
    {"down_proj", {"ffn_down", ""}},
    {"gate_up_proj", {"ffn_gate", "ffn_up"}},
    {"w1", {"ffn_gate", ""}},
    {"w3", {"ffn_up", ""}},
    {"w2", {"ffn_down", ""}},
});

// Tensors that are no ".weight" of a module.
constexpr auto whole_names = std::to_array<Renamed>({
    {"self_attn.sinks", {"attn_sinks.weight", ""}},
    {"linear_attn.A_log", {"ssm_a", ""}},
    {"linear_attn.dt_bias", {"ssm_dt.bias", ""}},
    {"mlp.gate.e_score_correction_bias", {"exp_probs_b.bias", ""}},
    {"block_sparse_moe.e_score_correction_bias", {"exp_probs_b.bias", ""}},
});

constexpr auto global_modules = std::to_array<Renamed>({
    {"embed_tokens", {"token_embd", ""}},
    {"embed_positions", {"position_embd", ""}},
    {"norm", {"output_norm", ""}},
    {"final_layer_norm", {"output_norm", ""}},
    {"lm_head", {"output", ""}},
});

// How a module's tensors end: GPTQ and AWQ (qweight …), MLX (scales, biases), FP8 (weight_scale…),
// compressed-tensors (weight_packed …), bitsandbytes (weight.absmax …), MXFP4 of gpt-oss (_blocks,
// _scales), EXL2 (q_weight …).
struct Ending {
  std::string_view text;
  std::string_view of_model;  // ".weight" or ".bias"; empty: a companion
};
constexpr auto endings = std::to_array<Ending>({
    {".weight", ".weight"},
    {".bias", ".bias"},
    {".qweight", ".weight"},
    {".q_weight", ".weight"},
    {".weight_packed", ".weight"},
    {"_blocks", ".weight"},
    {".qzeros", ""},
    {".scales", ""},
    {".biases", ""},
    {".g_idx", ""},
    {".weight_scale", ""},
    {".weight_scale_inv", ""},
    {".weight_scale_2", ""},
    {".weight_zero_point", ""},
    {".weight_shape", ""},
    {".weight_g_idx", ""},
    {".weight_global_scale", ""},
    {".input_scale", ""},
    {".input_global_scale", ""},
    {".k_scale", ""},
    {".v_scale", ""},
    {".weight.absmax", ""},
    {".weight.quant_map", ""},
    {".weight.nested_absmax", ""},
    {".weight.nested_quant_map", ""},
    {".weight.quant_state.bitsandbytes__nf4", ""},
    {".weight.quant_state.bitsandbytes__fp4", ""},
    {".SCB", ""},
    {".weight_format", ""},
    {".q_groups", ""},
    {".q_group_map", ""},
    {".q_invperm", ""},
    {".q_perm", ""},
    {".q_scale", ""},
    {".q_scale_max", ""},
    {"_bias", ".bias"},
    {"_scales", ""},
});

// The longest ending fits: ".weight_scale_inv" is no ".weight_scale".
const Ending* ending_of(std::string_view name) {
  const Ending* best = nullptr;
  for (const Ending& ending : endings) {
    if (name.ends_with(ending.text) && (!best || ending.text.size() > best->text.size()))
      best = &ending;
  }
  return best;
}

std::vector<std::string> expert_names(std::string_view rest) {
  for (const char* folder : {"mlp.", "block_sparse_moe.", "feed_forward."}) {
    std::string_view text = rest;
    if (!take_prefix(text, folder)) continue;
    std::string kind;
    if (take_prefix(text, "experts.")) {
      take_number(text);  // absent where all experts are one tensor
      kind = "_exps";
    } else if (take_prefix(text, "switch_mlp.")) {
      kind = "_exps";
    } else if (take_prefix(text, "shared_experts.") || take_prefix(text, "shared_expert.")) {
      kind = "_shexp";
    } else {
      continue;
    }
    std::vector<std::string> names = look_up(expert_modules, text);
    for (std::string& name : names) name += kind;
    return names;
  }
  return {};
}

std::vector<std::string> layer_module_names(std::string_view module, const ModelSpec& model) {
  if (module == "post_attention_layernorm")
    return {model.norms_per_layer > 2 ? "post_attention_norm" : "ffn_norm"};
  std::vector<std::string> names = look_up(layer_modules, module);
  return names.empty() ? expert_names(module) : names;
}

// What stands before a text model's own names.
void strip_wrappers(std::string_view& name) {
  for (const char* wrapper :
       {"model.language_model.model.", "model.language_model.", "language_model.model.",
        "language_model.", "model.decoder.", "model.", "transformer.", "decoder."}) {
    if (take_prefix(name, wrapper)) return;
  }
}

bool is_other_sense(std::string_view name) {
  for (const char* word : {"visual", "vision", "mm_projector", "multi_modal", "multimodal", "audio",
                           "image", "embed_vision"}) {
    if (name.find(word) != std::string_view::npos) return true;
  }
  return false;
}

}  // namespace

TensorHome home_of_gguf(std::string_view name, const ModelSpec& model) {
  std::string_view rest = name;
  if (name.starts_with("v.") || name.starts_with("mm.") || name.starts_with("a."))
    return {.tensors = {}, .outside = other_senses};
  if (name.starts_with("rope_freqs") || name.find("rope_factors") != std::string_view::npos)
    return {.tensors = {}, .outside = positions};
  if (!take_prefix(rest, "blk.")) return {.tensors = {std::string(name)}};
  const std::optional<int> layer = take_number(rest);
  if (!layer || *layer < 0) return {.tensors = {std::string(name)}};
  if (*layer >= static_cast<int>(model.layers.size()) || rest.starts_with("nextn."))
    return {.tensors = {}, .outside = next_tokens};
  if (rest.starts_with("rope_freqs")) return {.tensors = {}, .outside = positions};
  return {.tensors = in_layer(*layer, gguf_layer_names(rest, model, *layer))};
}

TensorHome home_of_safetensors(std::string_view name, const ModelSpec& model) {
  if (is_other_sense(name)) return {.tensors = {}, .outside = other_senses};
  if (name.starts_with("mtp.") || name.find(".mtp.") != std::string_view::npos)
    return {.tensors = {}, .outside = next_tokens};
  if (name.ends_with("rotary_emb.inv_freq")) return {.tensors = {}, .outside = positions};
  std::string_view rest = name;
  strip_wrappers(rest);
  std::optional<int> layer;
  if (take_prefix(rest, "layers.")) {
    layer = take_number(rest);
    if (!layer || *layer < 0) return {.tensors = {}};
    if (*layer >= static_cast<int>(model.layers.size()))
      return {.tensors = {}, .outside = next_tokens};
    if (auto names = look_up(whole_names, rest); !names.empty())
      return {.tensors = in_layer(*layer, std::move(names)), .module = std::string(name)};
  }
  const Ending* ending = ending_of(rest);
  TensorHome home;
  home.module = std::string(name);
  std::string_view module = rest;
  if (ending) {
    home.module.resize(name.size() - ending->text.size());
    take_suffix(module, ending->text);
  }
  std::vector<std::string> names =
      layer ? layer_module_names(module, model) : look_up(global_modules, module);
  if (ending && ending->of_model.empty()) home.part = TensorPart::companion;
  const std::string_view suffix = home.part == TensorPart::companion || !ending
                                      ? std::string_view(".weight")
                                      : ending->of_model;
  for (std::string& each : names) each += suffix;
  home.tensors = layer ? in_layer(*layer, std::move(names)) : std::move(names);
  return home;
}

}  // namespace plimsoll
