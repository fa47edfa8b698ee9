#include "footprint/tensors.h"

#include <numeric>

namespace plimsoll {
namespace {

// Appends the tensors of a model one after another; names are the costly part and optional.
class Enumerator {
 public:
  Enumerator(const ModelSpec& model, TensorNames names)
      : model_(model), named_(names == TensorNames::kept) {
    constexpr std::size_t typical_tensors_per_layer = 24;
    tensors_.reserve(model.layers.size() * typical_tensors_per_layer + 4);
  }

  std::vector<Tensor> run() {
    add("token_embd.weight", TensorClass::token_embedding, TensorRole::token_embedding,
        model_.hidden, model_.vocab);
    if (model_.learned_positions > 0) {
      add("position_embd.weight", TensorClass::state, TensorRole::token_embedding, model_.hidden,
          model_.learned_positions);
    }
    for (layer_ = 0; layer_ < static_cast<int>(model_.layers.size()); ++layer_) add_layer();
    layer_ = -1;
    if (model_.joined_inputs > 1) add_joint();
    if (model_.hyper_connections > 0)
      add_hyper_connection("output_hc", TensorRole::output, model_.hyper_connections, 1);
    add_norm("output_norm", model_.hidden);
    if (!model_.tied_embeddings) {
      add("output.weight", TensorClass::output, TensorRole::output, model_.hidden, model_.vocab);
    }
    return std::move(tensors_);
  }

 private:
  void add(std::string_view name, TensorClass cls, TensorRole role, std::int64_t row,
           std::int64_t rows, int experts = 0) {
    Tensor tensor;
    if (named_) tensor.name = layer_ < 0 ? std::string(name) : layer_prefix() + std::string(name);
    tensor.cls = cls;
    tensor.role = role;
    tensor.layer = layer_;
    tensor.row = row;
    tensor.rows = experts > 0 ? rows * experts : rows;
    tensor.experts = experts;
    tensors_.push_back(std::move(tensor));
  }

  // What joins hidden states and embeddings before the layers: used once per token, like the head.
  void add_joint() {
    add("nextn.eh_proj.weight", TensorClass::attention_other, TensorRole::output,
        std::int64_t{model_.joined_inputs} * model_.hidden, model_.hidden);
    for (int input = 0; input < model_.joined_inputs; ++input)
      add_norm("nextn.norm_" + std::to_string(input), model_.hidden);
  }

  std::string layer_prefix() const { return "blk." + std::to_string(layer_) + "."; }

  void add_vector(std::string_view name, TensorClass cls, TensorRole role, std::int64_t length,
                  int experts = 0) {
    add(name, cls, role, length, 1, experts);
  }

  // A normalisation over the hidden state: with bias where the model uses LayerNorm.
  void add_norm(const std::string& name, std::int64_t width) {
    add_vector(name + ".weight", TensorClass::norm, TensorRole::norm, width);
    if (model_.layer_norm_bias) {
      add_vector(name + ".bias", TensorClass::bias, TensorRole::norm, width);
    }
  }

  void add_layer() {
    const LayerSpec& layer = model_.layers[static_cast<std::size_t>(layer_)];
    add_norm("attn_norm", model_.hidden);
    if (layer.attention == LayerAttention::linear) {
      add_linear_attention();
    } else if (model_.attention.kind == AttentionKind::mla) {
      add_latent_attention();
    } else if (model_.attention.kind == AttentionKind::compressed) {
      add_compressed_attention(layer.attention);
    } else {
      add_grouped_attention(attention_of(model_, layer.attention));
    }
    if (model_.norms_per_layer > 2) add_norm("post_attention_norm", model_.hidden);
    if (model_.hyper_connections > 0) add_hyper_connections();
    add_norm("ffn_norm", model_.hidden);
    if (layer.ffn == LayerFfn::moe) {
      add_experts();
    } else {
      add_dense_ffn();
    }
    if (model_.norms_per_layer > 3) add_norm("post_ffw_norm", model_.hidden);
  }

  void add_attention(std::string_view name, TensorClass cls, std::int64_t row, std::int64_t rows) {
    add(name, cls, TensorRole::attention, row, rows);
  }

  void add_grouped_attention(const AttentionSpec& a) {
    const std::int64_t q_width = std::int64_t{a.heads} * a.head_dim * (a.output_gate ? 2 : 1);
    const std::int64_t kv_width = std::int64_t{a.kv_heads} * a.head_dim;
    if (model_.fused_projections) {
      add_projection("attn_qkv", TensorClass::attention_v, q_width + 2 * kv_width);
    } else {
      add_projection("attn_q", TensorClass::attention_q, q_width);
      add_projection("attn_k", TensorClass::attention_k, kv_width);
      if (!a.keys_as_values) add_projection("attn_v", TensorClass::attention_v, kv_width);
    }
    add_qk_norms(a);
    if (a.sinks) {
      add_vector("attn_sinks.weight", TensorClass::state, TensorRole::attention, a.heads);
    }
    add_attention("attn_output.weight", TensorClass::attention_output,
                  std::int64_t{a.heads} * a.head_dim, model_.hidden);
    if (a.output_bias) {
      add_vector("attn_output.bias", TensorClass::bias, TensorRole::attention, model_.hidden);
    }
  }

  // A projection of the hidden state inside attention, with its bias where the model has one.
  void add_projection(const std::string& name, TensorClass cls, std::int64_t width) {
    add_attention(name + ".weight", cls, model_.hidden, width);
    if (model_.attention.qkv_bias) {
      add_vector(name + ".bias", TensorClass::bias, TensorRole::attention, width);
    }
  }

  void add_qk_norms(const AttentionSpec& a) {
    if (a.qk_norm == QkNorm::none) return;
    const bool per_head = a.qk_norm == QkNorm::per_head;
    add_vector("attn_q_norm.weight", TensorClass::norm, TensorRole::norm,
               std::int64_t{a.head_dim} * (per_head ? 1 : a.heads));
    add_vector("attn_k_norm.weight", TensorClass::norm, TensorRole::norm,
               std::int64_t{a.head_dim} * (per_head ? 1 : a.kv_heads));
  }

  // Multi-head latent attention with kv_b split into its two halves, as current GGUF files hold it.
  void add_latent_attention() {
    const AttentionSpec& a = model_.attention;
    const std::int64_t heads = a.heads;
    const std::int64_t q_width = heads * (a.nope_dim + a.rope_dim);
    if (a.q_lora_rank > 0) {
      add_attention("attn_q_a.weight", TensorClass::attention_other, model_.hidden, a.q_lora_rank);
      add_vector("attn_q_a_norm.weight", TensorClass::norm, TensorRole::norm, a.q_lora_rank);
      add_attention("attn_q_b.weight", TensorClass::attention_other, a.q_lora_rank, q_width);
    } else {
      add_attention("attn_q.weight", TensorClass::attention_q, model_.hidden, q_width);
    }
    add_attention("attn_kv_a_mqa.weight", TensorClass::attention_other, model_.hidden,
                  a.kv_lora_rank + a.rope_dim);
    add_vector("attn_kv_a_norm.weight", TensorClass::norm, TensorRole::norm, a.kv_lora_rank);
    add_attention("attn_k_b.weight", TensorClass::attention_other, a.nope_dim,
                  heads * a.kv_lora_rank);
    add_attention("attn_v_b.weight", TensorClass::attention_other, a.kv_lora_rank, heads * a.v_dim);
    add_attention("attn_output.weight", TensorClass::attention_output, heads * a.v_dim,
                  model_.hidden);
    if (a.indexer) add_indexer(*a.indexer);
  }

  // Of DeepSeek-V4, as llama.cpp's deepseek4 has it.
  void add_compressed_attention(LayerAttention kind) {
    const AttentionSpec& a = model_.attention;
    const std::int64_t width = std::int64_t{a.heads} * a.head_dim;
    const std::int64_t low_rank = std::int64_t{a.output_groups} * a.output_lora_rank;
    if (a.sinks) {
      add_vector("attn_sinks.weight", TensorClass::state, TensorRole::attention, a.heads);
    }
    add_attention("attn_q_a.weight", TensorClass::attention_other, model_.hidden, a.q_lora_rank);
    add_vector("attn_q_a_norm.weight", TensorClass::norm, TensorRole::norm, a.q_lora_rank);
    add_attention("attn_q_b.weight", TensorClass::attention_other, a.q_lora_rank, width);
    add_attention("attn_kv.weight", TensorClass::attention_other, model_.hidden, a.head_dim);
    add_vector("attn_kv_a_norm.weight", TensorClass::norm, TensorRole::norm, a.head_dim);
    add_attention("attn_output_a.weight", TensorClass::attention_other, width / a.output_groups,
                  low_rank);
    add_attention("attn_output_b.weight", TensorClass::attention_output, low_rank, model_.hidden);
    const int tokens = entry_tokens(a, kind);
    if (tokens == 0) return;
    const bool sparse = kind == LayerAttention::compressed_sparse;
    add_compressor("attn_compressor", a.head_dim, tokens, sparse);
    if (!sparse) return;
    add_attention("indexer.proj.weight", TensorClass::indexer, model_.hidden, a.indexer->heads);
    add_attention("indexer.attn_q_b.weight", TensorClass::indexer, a.q_lora_rank,
                  std::int64_t{a.indexer->heads} * a.indexer->head_dim);
    add_compressor("indexer_compressor", a.indexer->head_dim, tokens, sparse);
  }

  // What makes an entry of so many tokens: values, how much of each, and places. Sparse layers'
  // entries overlap, of twice as many tokens.
  void add_compressor(const std::string& name, int width, int tokens, bool overlapping) {
    const std::int64_t values = std::int64_t{width} * (overlapping ? 2 : 1);
    add_attention(name + "_kv.weight", TensorClass::attention_other, model_.hidden, values);
    add_attention(name + "_gate.weight", TensorClass::attention_other, model_.hidden, values);
    add_vector(name + "_ape.weight", TensorClass::state, TensorRole::attention, values * tokens);
    add_vector(name + "_norm.weight", TensorClass::norm, TensorRole::norm, width);
  }

  // Of attention and of the FFN: how streams are read and written, and how they mix.
  void add_hyper_connections() {
    const int streams = model_.hyper_connections;
    for (const char* name : {"hc_attn", "hc_ffn"})
      add_hyper_connection(name, TensorRole::attention, (2 + streams) * streams, 3);
  }

  void add_hyper_connection(const std::string& name, TensorRole role, int factors, int scales) {
    add(name + "_fn.weight", TensorClass::router, role,
        std::int64_t{model_.hyper_connections} * model_.hidden, factors);
    add_vector(name + "_base.weight", TensorClass::state, role, factors);
    add_vector(name + "_scale.weight", TensorClass::state, role, scales);
  }

  // The key normalisation of the indexer is a LayerNorm, hence with bias.
  void add_indexer(const IndexerSpec& indexer) {
    add_attention("indexer.attn_q_b.weight", TensorClass::indexer, model_.attention.q_lora_rank,
                  std::int64_t{indexer.heads} * indexer.head_dim);
    add_attention("indexer.attn_k.weight", TensorClass::indexer, model_.hidden, indexer.head_dim);
    add_vector("indexer.k_norm.weight", TensorClass::norm, TensorRole::norm, indexer.head_dim);
    add_vector("indexer.k_norm.bias", TensorClass::bias, TensorRole::norm, indexer.head_dim);
    add_attention("indexer.proj.weight", TensorClass::indexer, model_.hidden, indexer.heads);
  }

  void add_linear_attention() {
    const LinearAttentionSpec& l = *model_.linear;
    const TensorRole role = TensorRole::linear_attention;
    const std::int64_t k_width = std::int64_t{l.k_heads} * l.k_dim;
    const std::int64_t v_width = std::int64_t{l.v_heads} * l.v_dim;
    // q, k, v and the output gate z in one projection; beta and the decay in another.
    add("ssm_in.weight", TensorClass::attention_other, role, model_.hidden,
        2 * k_width + 2 * v_width);
    tensors_.back().gate_rows = v_width;
    add("ssm_ba.weight", TensorClass::attention_other, role, model_.hidden,
        std::int64_t{2} * l.v_heads);
    add("ssm_conv1d.weight", TensorClass::convolution, role, l.conv_kernel, 2 * k_width + v_width);
    add_vector("ssm_a", TensorClass::state, role, l.v_heads);
    add_vector("ssm_dt.bias", TensorClass::state, role, l.v_heads);
    add_vector("ssm_norm.weight", TensorClass::norm, role, l.v_dim);
    add("ssm_out.weight", TensorClass::attention_other, role, v_width, model_.hidden);
  }

  void add_dense_ffn() {
    const std::int64_t width = model_.ffn_width;
    if (model_.fused_projections) {
      add_ffn("ffn_up", TensorClass::ffn_up, model_.hidden, model_.gated_ffn ? 2 * width : width);
    } else {
      if (model_.gated_ffn) add_ffn("ffn_gate", TensorClass::ffn_gate, model_.hidden, width);
      add_ffn("ffn_up", TensorClass::ffn_up, model_.hidden, width);
    }
    add_ffn("ffn_down", TensorClass::ffn_down, width, model_.hidden);
  }

  void add_ffn(const std::string& name, TensorClass cls, std::int64_t row, std::int64_t rows) {
    add(name + ".weight", cls, TensorRole::dense_ffn, row, rows);
    if (model_.layer_norm_bias) {
      add_vector(name + ".bias", TensorClass::bias, TensorRole::dense_ffn, rows);
    }
  }

  void add_experts() {
    const MoeSpec& moe = *model_.moe;
    add("ffn_gate_inp.weight", TensorClass::router, TensorRole::router, model_.hidden, moe.experts);
    if (moe.expert_bias) {
      add_vector("ffn_gate_inp.bias", TensorClass::bias, TensorRole::router, moe.experts);
    }
    if (moe.router_correction_bias) {
      add_vector("exp_probs_b.bias", TensorClass::bias, TensorRole::router, moe.experts);
    }
    add_routed("ffn_gate_exps", TensorClass::ffn_gate, model_.hidden, moe.expert_width);
    add_routed("ffn_up_exps", TensorClass::ffn_up, model_.hidden, moe.expert_width);
    add_routed("ffn_down_exps", TensorClass::ffn_down, moe.expert_width, model_.hidden);
    if (moe.shared_width > 0) add_shared_expert();
  }

  void add_routed(const std::string& name, TensorClass cls, std::int64_t row, std::int64_t rows) {
    const MoeSpec& moe = *model_.moe;
    add(name + ".weight", cls, TensorRole::routed_experts, row, rows, moe.experts);
    if (moe.expert_bias) {
      add_vector(name + ".bias", TensorClass::bias, TensorRole::routed_experts, rows, moe.experts);
    }
  }

  void add_shared_expert() {
    const MoeSpec& moe = *model_.moe;
    const TensorRole role = TensorRole::shared_expert;
    if (moe.shared_gate) {
      add_vector("ffn_gate_inp_shexp.weight", TensorClass::router, role, model_.hidden);
    }
    add("ffn_gate_shexp.weight", TensorClass::ffn_gate, role, model_.hidden, moe.shared_width);
    add("ffn_up_shexp.weight", TensorClass::ffn_up, role, model_.hidden, moe.shared_width);
    add("ffn_down_shexp.weight", TensorClass::ffn_down, role, moe.shared_width, model_.hidden);
  }

  const ModelSpec& model_;
  bool named_;
  int layer_ = -1;
  std::vector<Tensor> tensors_;
};

}  // namespace

std::vector<Tensor> enumerate_tensors(const ModelSpec& model, TensorNames names) {
  return Enumerator(model, names).run();
}

std::vector<Tensor> enumerate_tensors(const ModelSpec& model) {
  return enumerate_tensors(model, TensorNames::kept);
}

std::int64_t count_parameters(const std::vector<Tensor>& tensors) {
  return std::accumulate(
      tensors.begin(), tensors.end(), std::int64_t{0},
      [](std::int64_t sum, const Tensor& tensor) { return sum + tensor.elements(); });
}

std::string_view to_text(TensorRole role) {
  switch (role) {
    case TensorRole::token_embedding:
      return "token embedding";
    case TensorRole::output:
      return "output";
    case TensorRole::attention:
      return "attention";
    case TensorRole::linear_attention:
      return "linear attention";
    case TensorRole::dense_ffn:
      return "dense FFN";
    case TensorRole::shared_expert:
      return "shared expert";
    case TensorRole::routed_experts:
      return "routed experts";
    case TensorRole::router:
      return "router";
    case TensorRole::norm:
      return "norms";
  }
  return "";
}

}  // namespace plimsoll
