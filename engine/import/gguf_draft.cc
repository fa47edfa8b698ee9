// GGUF metadata to an architecture; keys as in gguf-py/gguf/constants.py and llama.cpp's
// src/models/*.cpp.

#include <algorithm>

#include "import/dimension_reader.h"
#include "import/draft.h"

namespace plimsoll {
namespace {

const StoredTensor* find_tensor(const GgufHeader& header, std::string_view name) {
  const auto found = std::find_if(header.tensors.begin(), header.tensors.end(),
                                  [&](const StoredTensor& tensor) { return tensor.name == name; });
  return found == header.tensors.end() ? nullptr : &*found;
}

class GgufDraft {
 public:
  GgufDraft(const GgufHeader& header, const std::string& file, Diagnostics& diagnostics)
      : header_(header),
        architecture_(text("general.architecture")),
        read_(header.metadata, architecture_ + ".", file, diagnostics) {}

  ModelDraft run() {
    draft_.architecture = architecture_;
    draft_.family = find_family(architecture_);
    ModelSpec& model = draft_.model;
    model.family = architecture_;
    model.license = text("general.license");
    take_family(draft_.family ? *draft_.family : Family{.name = architecture_, .windowed = true});
    read_dimensions();
    read_attention();
    read_experts();
    read_linear();
    read_windows();
    const bool dense = std::any_of(model.layers.begin(), model.layers.end(),
                                   [](auto& layer) { return layer.ffn == LayerFfn::dense; });
    if (dense)
      model.ffn_width = read_.required("ffn.width", {"feed_forward_length"}, largest_width);
    draft_.missing = read_.take_missing();
    return std::move(draft_);
  }

 private:
  std::string text(std::string_view key) const {
    const std::string* found = header_.metadata.text(key);
    return found ? *found : std::string();
  }

  void take_family(const Family& family) {
    ModelSpec& model = draft_.model;
    family_ = family;
    model.tied_embeddings = family.tied_embeddings;
    model.norms_per_layer = family.norms_per_layer;
    model.layer_norm_bias = family.layer_norm_bias;
    model.gated_ffn = !family.layer_norm_bias;
    model.fused_projections = family.fused_projections;
    model.attention.qkv_bias = family.qkv_bias;
    model.attention.output_bias = family.output_bias;
    model.attention.sinks = family.sinks;
    model.attention.output_gate = family.output_gate;
    model.attention.qk_norm = family.qk_norm;
  }

  int vocabulary() {
    if (const StoredTensor* table = find_tensor(header_, "token_embd.weight");
        table && table->shape.size() >= 2 && table->shape[1] <= largest_vocabulary) {
      return static_cast<int>(table->shape[1]);
    }
    const auto tokens = header_.metadata.length("tokenizer.ggml.tokens");
    if (!read_.has({"vocab_size"}) && tokens && *tokens > 0 && *tokens <= largest_vocabulary) {
      return static_cast<int>(*tokens);
    }
    return read_.required("vocab", {"vocab_size"}, largest_vocabulary);
  }

  void read_dimensions() {
    ModelSpec& model = draft_.model;
    model.hidden = read_.required("hidden", {"embedding_length"}, largest_width);
    model.vocab = vocabulary();
    model.max_context = read_.required("max_context", {"context_length"}, longest_context);
    const int blocks = read_.required("layers.count", {"block_count"}, most_layers);
    draft_.prediction_layers = read_.value_or({"nextn_predict_layers"}, most_layers, 0);
    if (draft_.prediction_layers >= blocks) draft_.prediction_layers = 0;
    model.layers.assign(static_cast<std::size_t>(blocks - draft_.prediction_layers), {});
  }

  void read_attention() {
    AttentionSpec& a = draft_.model.attention;
    a.heads = read_.required("attention.heads", {"attention.head_count"}, largest_width);
    if (read_.has({"attention.kv_lora_rank"})) return read_latent();
    if (read_.has({"attention.compress_ratios"})) return read_compressed();
    a.kv_heads = read_.value_or({"attention.head_count_kv"}, largest_width, a.heads);
    if (a.kv_heads == 0) a.kv_heads = a.heads;
    const int even = a.heads > 0 ? draft_.model.hidden / a.heads : 0;
    a.head_dim = read_.value_or({"attention.key_length"}, largest_width, even);
    const int value_dim = read_.value_or({"attention.value_length"}, largest_width, a.head_dim);
    if (value_dim != a.head_dim) {
      read_.inconsistent("keys have " + std::to_string(a.head_dim) +
                             " elements a head and values " + std::to_string(value_dim),
                         "as many");
    }
  }

  // Since files hold the two halves of kv_b apart, key_length is that of the cache, and *_mla are
  // those of a head.
  void read_latent() {
    AttentionSpec& a = draft_.model.attention;
    a.kind = AttentionKind::mla;
    a.q_lora_rank = read_.value_or({"attention.q_lora_rank"}, largest_width, 0);
    a.kv_lora_rank =
        read_.required("attention.kv_lora_rank", {"attention.kv_lora_rank"}, largest_width);
    a.rope_dim = read_.required("attention.rope_dim", {"rope.dimension_count"}, largest_width);
    a.v_dim = read_.required(
        "attention.v_dim", {"attention.value_length_mla", "attention.value_length"}, largest_width);
    const int key = read_.required(
        "attention.nope_dim", {"attention.key_length_mla", "attention.key_length"}, largest_width);
    if (key > a.rope_dim) {
      a.nope_dim = key - a.rope_dim;
    } else if (key > 0) {
      read_.inconsistent("a key of " + std::to_string(key) + " elements holds no " +
                             std::to_string(a.rope_dim) + " with a position",
                         "more");
    }
    read_indexer();
  }

  void read_compressed() {
    ModelSpec& model = draft_.model;
    AttentionSpec& a = model.attention;
    a.kind = AttentionKind::compressed;
    a.kv_heads = 1;
    a.head_dim = read_.required("attention.head_dim", {"attention.key_length"}, largest_width);
    a.q_lora_rank =
        read_.required("attention.q_lora_rank", {"attention.q_lora_rank"}, largest_width);
    a.rope_dim = read_.required("attention.rope_dim", {"rope.dimension_count"}, largest_width);
    a.output_groups =
        read_.required("attention.output_groups", {"attention.output_group_count"}, largest_width);
    a.output_lora_rank =
        read_.required("attention.output_lora_rank", {"attention.output_lora_rank"}, largest_width);
    read_indexer();
    model.window = read_.required("window", {"attention.sliding_window"}, longest_context);
    model.hyper_connections = read_.value_or({"hyper_connection.count"}, most_streams, 0);
    for (LayerSpec& layer : model.layers) layer.attention = LayerAttention::windowed;
    if (const auto* ratios = read_.integers("attention.compress_ratios"))
      mark_compressed(model, *ratios);
  }

  void read_indexer() {
    AttentionSpec& a = draft_.model.attention;
    if (!read_.has({"attention.indexer.head_count"})) return;
    a.indexer =
        IndexerSpec{.heads = read_.required("attention.indexer.heads",
                                            {"attention.indexer.head_count"}, largest_width),
                    .head_dim = read_.required("attention.indexer.head_dim",
                                               {"attention.indexer.key_length"}, largest_width),
                    .top_k = read_.required("attention.indexer.top_k", {"attention.indexer.top_k"},
                                            longest_context)};
  }

  void read_experts() {
    ModelSpec& model = draft_.model;
    const int experts = read_.value_or({"expert_count"}, most_experts, 0);
    if (experts == 0) return;
    MoeSpec moe{.experts = experts};
    moe.experts_per_token =
        read_.required("moe.experts_per_token", {"expert_used_count"}, most_experts);
    moe.expert_width = read_.required(
        "moe.expert_width", {"expert_feed_forward_length", "feed_forward_length"}, largest_width);
    moe.shared_width = shared_width(moe.expert_width);
    moe.shared_gate = family_.shared_gate && moe.shared_width > 0;
    moe.expert_bias = family_.expert_bias;
    constexpr int sigmoid = 2;  // enum llama_expert_gating_func_type
    moe.router_correction_bias =
        family_.router_correction_bias || read_.value_or({"expert_gating_func"}, 16, 0) == sigmoid;
    model.moe = moe;
    const auto leading =
        static_cast<std::size_t>(read_.value_or({"leading_dense_block_count"}, most_layers, 0));
    const auto step = static_cast<std::size_t>(
        std::max(1, read_.value_or({"interleave_moe_layer_step"}, most_layers, 1)));
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
      if (i >= leading && (i + 1) % step == 0) model.layers[i].ffn = LayerFfn::moe;
    }
  }

  int shared_width(int expert_width) {
    if (read_.has({"expert_shared_feed_forward_length"}))
      return read_.value_or({"expert_shared_feed_forward_length"}, largest_width, 0);
    // Llama 4 has one and does not say so.
    const int one = architecture_ == "llama4" ? 1 : 0;
    constexpr int most_shared = 64;
    const int count = read_.value_or({"expert_shared_count"}, most_shared, one);
    return std::min(count * expert_width, largest_width);
  }

  // Gated delta nets; ssm.* as llama.cpp's Qwen3-Next has them.
  void read_linear() {
    ModelSpec& model = draft_.model;
    if (!read_.has({"ssm.time_step_rank"}) || !read_.has({"ssm.group_count"})) return;
    constexpr int widest_kernel = 1024;
    LinearAttentionSpec linear;
    linear.k_heads = read_.required("linear.k_heads", {"ssm.group_count"}, largest_width);
    linear.v_heads = read_.required("linear.v_heads", {"ssm.time_step_rank"}, largest_width);
    linear.k_dim = read_.required("linear.k_dim", {"ssm.state_size"}, largest_width);
    const int inner = read_.required("linear.v_dim", {"ssm.inner_size"}, largest_width);
    linear.v_dim = linear.v_heads > 0 ? inner / linear.v_heads : 0;
    linear.conv_kernel = read_.required("linear.conv_kernel", {"ssm.conv_kernel"}, widest_kernel);
    model.linear = linear;
    if (const auto* recurrent = read_.integers("attention.recurrent_layers")) {
      for (std::size_t i = 0; i < std::min(recurrent->size(), model.layers.size()); ++i) {
        if ((*recurrent)[i] != 0) model.layers[i].attention = LayerAttention::linear;
      }
      return;
    }
    constexpr int usual_interval = 4;
    mark_but_every(model.layers, LayerAttention::linear,
                   read_.value_or({"full_attention_interval"}, most_layers, usual_interval));
  }

  void read_windows() {
    ModelSpec& model = draft_.model;
    const int window =
        read_.value_or({"attention.sliding_window"}, longest_context, family_.window);
    if (!family_.windowed || window == 0) return;
    if (const auto* pattern = read_.integers("attention.sliding_window_pattern")) {
      for (std::size_t i = 0; i < std::min(pattern->size(), model.layers.size()); ++i) {
        if ((*pattern)[i] != 0) model.layers[i].attention = LayerAttention::windowed;
      }
    } else {
      mark_but_every(
          model.layers, LayerAttention::windowed,
          read_.value_or({"attention.sliding_window_pattern"}, most_layers, family_.full_every),
          family_.full_first);
    }
    limit_to_window(model, window, family_);
  }

  const GgufHeader& header_;
  std::string architecture_;
  DimensionReader read_;
  Family family_;
  ModelDraft draft_;
};

}  // namespace

ModelDraft draft_of(const GgufHeader& header, const std::string& file, Diagnostics& diagnostics) {
  return GgufDraft(header, file, diagnostics).run();
}

}  // namespace plimsoll
