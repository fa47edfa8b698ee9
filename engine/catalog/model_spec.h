// The architecture of a language model: everything its tensors, its KV cache and its operators
// follow from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "catalog/expert_popularity.h"
#include "catalog/figure.h"
#include "catalog/streaming_spec.h"

namespace plimsoll {

// MHA and MQA are GQA with as many, or one, KV heads. Compressed: of DeepSeek-V4, one KV head whose
// keys are its values; layers see a window and, beside it, entries that stand for several tokens.
enum class AttentionKind { gqa, mla, compressed };
enum class QkNorm { none, per_head, full_width };

struct IndexerSpec {  // sparse attention (DSA)
  int heads = 0;
  int head_dim = 0;
  int top_k = 0;
};

// What differs in the full layers of a model that has windowed ones, too (Gemma 4).
struct FullLayersSpec {
  int kv_heads = 0;
  int head_dim = 0;
  bool keys_as_values = false;
};

struct AttentionSpec {
  AttentionKind kind = AttentionKind::gqa;
  int heads = 0;
  int kv_heads = 0;             // GQA; 1 where compressed
  int head_dim = 0;             // GQA, compressed
  bool keys_as_values = false;  // no value projection: the keys before their rotation are cached
  std::optional<FullLayersSpec> full_layers;  // GQA
  bool qkv_bias = false;
  bool output_bias = false;
  bool sinks = false;        // one learned logit per head
  bool output_gate = false;  // the q projection is doubled
  QkNorm qk_norm = QkNorm::none;
  // MLA, compressed
  int q_lora_rank = 0;  // 0: full q projection (MLA)
  int rope_dim = 0;
  // Compressed: heads are projected in so many groups to so many values each, and these together.
  int output_groups = 0;
  int output_lora_rank = 0;
  int sparse_tokens = 0;  // of an entry in compressed_sparse layers; the indexer chooses entries
  int heavy_tokens = 0;   // of an entry in heavily_compressed layers, which see all of them
  // MLA
  int kv_lora_rank = 0;
  int nope_dim = 0;
  int v_dim = 0;
  std::optional<IndexerSpec> indexer;
};

// Gated delta-net layers.
struct LinearAttentionSpec {
  int k_heads = 0;
  int k_dim = 0;
  int v_heads = 0;
  int v_dim = 0;
  int conv_kernel = 0;
};

struct MoeSpec {
  int experts = 0;
  int experts_per_token = 0;
  int expert_width = 0;
  int shared_width = 0;  // 0: no shared expert
  bool shared_gate = false;
  bool expert_bias = false;  // biases on router and expert matrices
  bool router_correction_bias = false;
  // How often a layer's experts are chosen by tokens of one text: by the model's own `routing`, or
  // the prior's. Nothing: all alike.
  std::vector<ExpertGroup> popularity;
  std::vector<ExpertGroup> mixed_popularity;  // by tokens of many texts; nothing: all alike
};

enum class LayerAttention { full, windowed, linear, compressed_sparse, heavily_compressed };
enum class LayerFfn { dense, moe };

struct LayerSpec {
  LayerAttention attention = LayerAttention::full;
  LayerFfn ffn = LayerFfn::dense;
  friend bool operator==(const LayerSpec&, const LayerSpec&) = default;
};

struct ModelSpec {
  std::string id;
  std::string name;
  std::vector<std::string> names;
  std::string family;   // llama.cpp architecture word: "llama", "qwen3moe", "deepseek2", …
  std::string license;  // SPDX-like word or the vendor's name; may be empty
  int hidden = 0;
  int vocab = 0;
  int max_context = 0;
  int ffn_width = 0;  // dense FFN; 0 when every layer is MoE
  bool gated_ffn = true;
  bool tied_embeddings = false;
  int norms_per_layer = 2;  // RMSNorm vectors of width hidden per layer
  bool layer_norm_bias =
      false;                  // LayerNorm with bias instead of RMSNorm, and biases in the dense FFN
  int learned_positions = 0;  // rows of a learned position table
  bool fused_projections = false;  // q, k, v are one tensor, and so are gate and up (Phi-3)
  int window = 0;                  // tokens a windowed or compressed layer sees
  int hyper_connections = 0;  // streams of hidden states that every block mixes; 0: one, to which
                              // it adds
  bool full_size_cache =
      false;  // engines keep the whole context although the layers are windowed (Phi-3)
  AttentionSpec attention;
  std::optional<LinearAttentionSpec> linear;
  std::optional<MoeSpec> moe;
  std::vector<LayerSpec> layers;  // expanded from the file's rule, front to back
  int mtp_layers = 0;  // multi-token prediction modules of the checkpoint, besides `layers`
  // Hidden states and embeddings that one projection joins before the first layer: 2 for a module
  // that drafts from the model's hidden state and a token (MTP, EAGLE); nothing projected where 1.
  int joined_inputs = 1;
  std::string
      native_format;  // quantization id of the published checkpoint: "bf16", "mxfp4-experts", …
  std::string default_quantization;  // of the one checkpoint that is at hand, taken where a
                                     // scenario names none; empty: whatever fits
  // Parameters as counted by an independent source; lint compares, nothing else uses it.
  std::optional<Figure<double>> published_parameters;
  std::optional<RoutingSpec>
      routing;  // counted for this model; else the prior of hwdb/routing.yaml
  std::string source;
  SourcePlace place;
};

// Neurons of the FFN of a layer, those of all its experts together.
inline double ffn_neurons(const ModelSpec& model, int layer) {
  if (model.layers[static_cast<std::size_t>(layer)].ffn == LayerFfn::dense) return model.ffn_width;
  return static_cast<double>(model.moe->experts) * model.moe->expert_width +
         model.moe->shared_width;
}

// Tokens of one of the entries that layers of this kind keep and see beside their window; 0: none.
inline int entry_tokens(const AttentionSpec& attention, LayerAttention kind) {
  if (kind == LayerAttention::compressed_sparse) return attention.sparse_tokens;
  return kind == LayerAttention::heavily_compressed ? attention.heavy_tokens : 0;
}

inline bool has_window(LayerAttention kind) {
  return kind == LayerAttention::windowed || kind == LayerAttention::compressed_sparse ||
         kind == LayerAttention::heavily_compressed;
}

// Heads among which a tensor-parallel group can divide the cache: a latent cache has one.
inline int cache_heads(const AttentionSpec& attention) {
  return attention.kind == AttentionKind::gqa ? attention.kv_heads : 1;
}

// The attention of layers of one kind.
inline AttentionSpec attention_of(const ModelSpec& model, LayerAttention kind) {
  AttentionSpec attention = model.attention;
  if (kind != LayerAttention::full || !attention.full_layers) return attention;
  attention.kv_heads = attention.full_layers->kv_heads;
  attention.head_dim = attention.full_layers->head_dim;
  attention.keys_as_values = attention.full_layers->keys_as_values;
  return attention;
}

}  // namespace plimsoll
