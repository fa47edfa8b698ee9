// A Hugging Face or MLX config.json to an architecture; keys as in the configuration classes of
// transformers.

#include <algorithm>

#include "import/dimension_reader.h"
#include "import/draft.h"

namespace plimsoll {
namespace {

class ConfigDraft {
 public:
  ConfigDraft(const Properties& config, const std::string& file, Diagnostics& diagnostics)
      : prefix_(text_prefix(config)),
        read_(config, prefix_, file, diagnostics),
        outer_(config, "", file, diagnostics) {}

  ModelDraft run() {
    draft_.architecture = read_.text("model_type");
    draft_.family = family_of_model_type(draft_.architecture);
    if (!draft_.family && !prefix_.empty()) {
      draft_.family = family_of_model_type(outer_.text("model_type"));
    }
    family_ = draft_.family ? *draft_.family : Family{.name = "", .windowed = true};
    draft_.model.family = draft_.family ? std::string(family_.name) : draft_.architecture;
    take_family();
    read_dimensions();
    read_attention();
    read_experts();
    read_linear();
    read_windows();
    read_dense();
    draft_.missing = read_.take_missing();
    return std::move(draft_);
  }

 private:
  void take_family() {
    ModelSpec& model = draft_.model;
    // The outer object decides where there are two.
    model.tied_embeddings = outer_.truth_or(
        {"tie_word_embeddings"}, read_.truth_or({"tie_word_embeddings"}, family_.tied_embeddings));
    model.norms_per_layer = family_.norms_per_layer;
    model.layer_norm_bias = family_.layer_norm_bias;
    model.gated_ffn = !family_.layer_norm_bias;
    model.fused_projections = family_.fused_projections;
    AttentionSpec& a = model.attention;
    a.qkv_bias = read_.truth_or({"attention_bias", "enable_bias"}, family_.qkv_bias);
    // In Llama and its kin the key speaks of all four projections.
    const bool all_four = a.qkv_bias && !family_.qkv_bias;
    a.output_bias = family_.output_bias || all_four;
    a.sinks = family_.sinks;
    a.output_gate = read_.truth_or({"attn_output_gate"}, family_.output_gate);
    a.qk_norm = family_.qk_norm;
    if (read_.has({"use_qk_norm"}) && family_.name != "llama4") {
      const QkNorm kind = a.qk_norm == QkNorm::none ? QkNorm::per_head : a.qk_norm;
      a.qk_norm = read_.truth_or({"use_qk_norm"}, false) ? kind : QkNorm::none;
    }
  }

  void read_dimensions() {
    ModelSpec& model = draft_.model;
    model.hidden = read_.required("hidden", {"hidden_size", "n_embd", "d_model"}, largest_width);
    model.vocab = read_.required("vocab", {"vocab_size"}, largest_vocabulary);
    model.max_context = read_.required(
        "max_context", {"max_position_embeddings", "max_sequence_length", "n_positions"},
        longest_context);
    const int layers =
        read_.required("layers.count", {"num_hidden_layers", "n_layer", "num_layers"}, most_layers);
    model.layers.assign(static_cast<std::size_t>(layers), {});
    draft_.prediction_layers =
        read_.value_or({"num_nextn_predict_layers", "num_mtp_modules"}, most_layers, 0);
    // The table of OPT has two rows more than positions (modeling_opt.py).
    constexpr int rows_besides = 2;
    if (family_.name == "opt") model.learned_positions = model.max_context + rows_besides;
  }

  void read_attention() {
    AttentionSpec& a = draft_.model.attention;
    a.heads = read_.required("attention.heads", {"num_attention_heads", "n_head"}, largest_width);
    if (read_.has({"kv_lora_rank"})) return read_latent();
    if (family_.name == "deepseek4") return read_compressed();
    a.kv_heads = read_.value_or({"num_key_value_heads", "num_kv_heads"}, largest_width, a.heads);
    if (a.kv_heads == 0) a.kv_heads = a.heads;
    const int even = a.heads > 0 ? draft_.model.hidden / a.heads : 0;
    a.head_dim = read_.value_or({"head_dim"}, largest_width, even);
    if (a.head_dim == 0) a.head_dim = even;
  }

  void read_latent() {
    AttentionSpec& a = draft_.model.attention;
    a.kind = AttentionKind::mla;
    a.q_lora_rank = read_.value_or({"q_lora_rank"}, largest_width, 0);
    a.kv_lora_rank = read_.required("attention.kv_lora_rank", {"kv_lora_rank"}, largest_width);
    a.rope_dim = read_.required("attention.rope_dim", {"qk_rope_head_dim"}, largest_width);
    a.nope_dim = read_.required("attention.nope_dim", {"qk_nope_head_dim"}, largest_width);
    a.v_dim = read_.required("attention.v_dim", {"v_head_dim"}, largest_width);
    read_indexer();
  }

  void read_compressed() {
    ModelSpec& model = draft_.model;
    AttentionSpec& a = model.attention;
    a.kind = AttentionKind::compressed;
    a.kv_heads = 1;
    a.head_dim = read_.required("attention.head_dim", {"head_dim"}, largest_width);
    a.q_lora_rank = read_.required("attention.q_lora_rank", {"q_lora_rank"}, largest_width);
    a.rope_dim = read_.required("attention.rope_dim", {"qk_rope_head_dim"}, largest_width);
    a.output_groups = read_.required("attention.output_groups", {"o_groups"}, largest_width);
    a.output_lora_rank =
        read_.required("attention.output_lora_rank", {"o_lora_rank"}, largest_width);
    read_indexer();
    model.window = read_.required("window", {"sliding_window"}, longest_context);
    model.hyper_connections = read_.value_or({"hc_mult"}, most_streams, 0);
    for (LayerSpec& layer : model.layers) layer.attention = LayerAttention::windowed;
    if (const auto* ratios = read_.integers("compress_ratios"))
      mark_compressed(model, *ratios);
    else
      read_.missing("attention.sparse_tokens", {"compress_ratios"});
  }

  void read_indexer() {
    AttentionSpec& a = draft_.model.attention;
    if (!read_.has({"index_n_heads"})) return;
    a.indexer = IndexerSpec{
        .heads = read_.required("attention.indexer.heads", {"index_n_heads"}, largest_width),
        .head_dim = read_.required("attention.indexer.head_dim", {"index_head_dim"}, largest_width),
        .top_k = read_.required("attention.indexer.top_k", {"index_topk"}, longest_context)};
  }

  void read_experts() {
    const int experts =
        read_.value_or({"n_routed_experts", "num_experts", "num_local_experts"}, most_experts, 0);
    if (experts == 0) return;
    MoeSpec moe{.experts = experts};
    moe.experts_per_token = read_.required(
        "moe.experts_per_token",
        {"num_experts_per_tok", "num_experts_per_token", "experts_per_token", "moe_topk"},
        most_experts);
    moe.expert_width = read_.required(
        "moe.expert_width", {"moe_intermediate_size", "intermediate_size"}, largest_width);
    moe.shared_width = shared_width(moe.expert_width);
    moe.shared_gate = family_.shared_gate && moe.shared_width > 0;
    moe.expert_bias = family_.expert_bias;
    moe.router_correction_bias =
        read_.truth_or({"use_routing_bias"},
                       family_.router_correction_bias || read_.text("topk_method") == "noaux_tc");
    draft_.model.moe = moe;
    mark_experts();
  }

  int shared_width(int expert_width) {
    if (read_.has({"shared_expert_intermediate_size"}))
      return read_.value_or({"shared_expert_intermediate_size"}, largest_width, 0);
    if (read_.has({"shared_intermediate_size"}))
      return read_.value_or({"shared_intermediate_size"}, largest_width, 0);
    const int one = family_.name == "llama4" ? 1 : 0;
    constexpr int most_shared = 64;
    const int count = read_.value_or(
        {"n_shared_experts", "num_shared_experts", "num_shared_expert"}, most_shared, one);
    return std::min(count * expert_width, largest_width);
  }

  void mark_experts() {
    std::vector<LayerSpec>& layers = draft_.model.layers;
    const auto leading =
        static_cast<std::size_t>(read_.value_or({"first_k_dense_replace"}, most_layers, 0));
    const auto step = static_cast<std::size_t>(std::max(
        1, read_.value_or({"interleave_moe_layer_step", "decoder_sparse_step", "moe_layer_freq"},
                          most_layers, 1)));
    // Of layers after the dense ones DeepSeek counts from the first, all others from the second.
    const std::size_t shift = read_.has({"moe_layer_freq"}) ? 0 : 1;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      if (i >= leading && (i + shift) % step == 0) layers[i].ffn = LayerFfn::moe;
    }
    if (const auto* dense = read_.integers("mlp_only_layers")) {
      for (const std::int64_t layer : *dense) {
        if (layer >= 0 && layer < static_cast<std::int64_t>(layers.size()))
          layers[static_cast<std::size_t>(layer)].ffn = LayerFfn::dense;
      }
    }
  }

  void read_dense() {
    ModelSpec& model = draft_.model;
    const bool dense = std::any_of(model.layers.begin(), model.layers.end(),
                                   [](auto& layer) { return layer.ffn == LayerFfn::dense; });
    if (!dense) return;
    model.ffn_width = read_.required(
        "ffn.width", {"intermediate_size_mlp", "intermediate_size", "ffn_dim", "n_inner"},
        largest_width);
  }

  void read_linear() {
    ModelSpec& model = draft_.model;
    if (!read_.has({"linear_num_key_heads"})) return;
    constexpr int widest_kernel = 1024;
    model.linear = LinearAttentionSpec{
        .k_heads = read_.required("linear.k_heads", {"linear_num_key_heads"}, largest_width),
        .k_dim = read_.required("linear.k_dim", {"linear_key_head_dim"}, largest_width),
        .v_heads = read_.required("linear.v_heads", {"linear_num_value_heads"}, largest_width),
        .v_dim = read_.required("linear.v_dim", {"linear_value_head_dim"}, largest_width),
        .conv_kernel =
            read_.required("linear.conv_kernel", {"linear_conv_kernel_dim"}, widest_kernel)};
    if (mark_types()) return;
    constexpr int usual_interval = 4;
    mark_but_every(model.layers, LayerAttention::linear,
                   read_.value_or({"full_attention_interval"}, most_layers, usual_interval));
  }

  // By the word that layer_types has for each layer; false without such a list.
  bool mark_types() {
    const auto* types = read_.texts("layer_types");
    std::vector<LayerSpec>& layers = draft_.model.layers;
    if (!types || types->size() != layers.size()) return false;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      const std::string& type = (*types)[i];
      if (type == "linear_attention") {
        layers[i].attention = LayerAttention::linear;
      } else if (type == "sliding_attention" || type == "chunked_attention") {
        layers[i].attention = LayerAttention::windowed;
      } else if (type != "full_attention") {
        read_.inconsistent("layer_types calls a layer '" + type + "'",
                           "full_attention, sliding_attention, chunked_attention or "
                           "linear_attention");
        return true;
      }
    }
    return true;
  }

  void read_windows() {
    ModelSpec& model = draft_.model;
    const int window =
        read_.value_or({"sliding_window", "attention_chunk_size"}, longest_context, family_.window);
    const bool used = read_.truth_or({"use_sliding_window"}, true);
    // A window as long as the context hides nothing.
    if (!family_.windowed || !used || window == 0 || window >= model.max_context) return;
    if (model.linear || !mark_types()) {
      mark_but_every(model.layers, LayerAttention::windowed,
                     read_.value_or({"sliding_window_pattern", "_sliding_window_pattern"},
                                    most_layers, family_.full_every),
                     family_.full_first);
    }
    limit_to_window(model, window, family_);
  }

  std::string prefix_;
  DimensionReader read_;
  DimensionReader outer_;
  Family family_;
  ModelDraft draft_;
};

}  // namespace

std::string text_prefix(const Properties& config) {
  for (const char* prefix : {"text_config.", "llm_config.", "language_config."}) {
    if (config.has_below(prefix)) return prefix;
  }
  return {};
}

ModelDraft draft_of(const Properties& config, const std::string& file, Diagnostics& diagnostics) {
  return ConfigDraft(config, file, diagnostics).run();
}

}  // namespace plimsoll
