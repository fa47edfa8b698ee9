// Scratch memory of the compute graph.
//
// Formula, for engines that keep the logits of a whole chunk (llama.cpp). A graph allocator reuses
// memory, so the buffer is the largest set of f32 activations alive at once, for n = tokens of a
// prefill chunk:
//
//   output       n x (vocab + 2 hidden)                       logits, residual, normed input
//   attention    n x (q + k + v + mixed values + 2 hidden)    plus n x cells x heads scores without
//   flash attention dense FFN    n x (2 width + 2 hidden)                     gate and up experts
//   n x (k (2 expert width + hidden) + 2 hidden)
//
// and, next to attention and FFN, one mask of n x cells per kind of attention (full, windowed): f16
// with flash attention, f32 without. Latent attention is absorbed: queries of heads x (latent +
// rope), mixed values of heads x latent, besides the unabsorbed queries.
//
// Data: 38 compute buffers with a stated context and chunk, logged by llama.cpp and ik_llama.cpp
// for nine models (issue logs kept in ikawrakow/ik_llama.cpp at 8337e4cd38, and logs of llama.cpp
// users); largest device each. Comparable are 21: twelve agree to 0.1 %, the 5 % and 95 % quantiles
// of measured / predicted are 0.97 and 1.15 (input copies of pipelined devices 1.14, masks kept on
// Vulkan 1.15; largest 1.23). Latent attention under flash attention took 1.08 to 1.44 in four
// logs. Not comparable: graphs that expand K and V of latent attention for all heads (twelve; 0.6
// to 12 times this formula), a device that also holds copies of a layer's experts because these
// live in main memory (one, 4.5 times), and a head on another device (one). Hybrids: no usable log;
// their interval ends where every activation of the delta rule is held twice.
#include <algorithm>
#include <cmath>

#include "footprint/element_bytes.h"
#include "footprint/footprint.h"

namespace plimsoll {
namespace {

constexpr double low_factor = 0.97;
constexpr double high_factor = 1.15;
constexpr double high_factor_latent = 1.44;

// Activations of one token that are alive together, by phase of a layer; in elements.
struct Phases {
  double attention = 0.0;
  double linear = 0.0;
  double ffn = 0.0;
  double experts = 0.0;

  double largest() const { return std::max({attention, linear, ffn, experts}); }
  double sum() const { return attention + linear + ffn + experts; }
};

bool has_attention(const ModelSpec& model, LayerAttention attention) {
  return std::any_of(model.layers.begin(), model.layers.end(),
                     [&](const LayerSpec& layer) { return layer.attention == attention; });
}

bool has_any_window(const ModelSpec& model) {
  return std::any_of(model.layers.begin(), model.layers.end(),
                     [](const LayerSpec& layer) { return has_window(layer.attention); });
}

double attention_elements(const AttentionSpec& a) {
  const double heads = a.heads;
  if (a.kind == AttentionKind::mla) {
    const double latent = a.kv_lora_rank + a.rope_dim;
    return heads * (a.nope_dim + a.rope_dim) + heads * latent + latent + heads * a.kv_lora_rank;
  }
  const double q_width = heads * a.head_dim;
  if (a.kind == AttentionKind::compressed)
    return a.q_lora_rank + 2.0 * q_width + a.head_dim + a.output_groups * a.output_lora_rank;
  return q_width * (a.output_gate ? 2 : 1) + 2.0 * a.kv_heads * a.head_dim + q_width;
}

// q, k, v, z, beta and decay as projected, q, k and v after the convolution, and the mixed values.
double linear_elements(const LinearAttentionSpec& l) {
  const double k_width = 1.0 * l.k_heads * l.k_dim;
  const double v_width = 1.0 * l.v_heads * l.v_dim;
  return (2 * k_width + 2 * v_width + 2 * l.v_heads) + (2 * k_width + v_width) + v_width;
}

Phases phases_of(const ModelSpec& model) {
  const double residual = 2.0 * std::max(1, model.hyper_connections) * model.hidden;
  Phases phases;
  if (has_attention(model, LayerAttention::full) || has_any_window(model)) {
    phases.attention = attention_elements(model.attention) + residual;
  }
  if (model.linear) phases.linear = linear_elements(*model.linear) + residual;
  phases.ffn = (model.gated_ffn ? 2.0 : 1.0) * model.ffn_width + residual;
  if (model.moe) {
    phases.experts =
        model.moe->experts_per_token * (2.0 * model.moe->expert_width + model.hidden) + residual;
  }
  return phases;
}

// Attention masks, one for each kind of attention that has one.
double mask_bytes(const ModelSpec& model, bool flash_attention, double rows, double cells) {
  const int kinds =
      (has_attention(model, LayerAttention::full) ? 1 : 0) + (has_any_window(model) ? 1 : 0);
  return kinds * rows * cells * (flash_attention ? f16_bytes : f32_bytes);
}

double high_factor_of(const ModelSpec& model) {
  return model.attention.kind == AttentionKind::gqa ? high_factor : high_factor_latent;
}

// What the head needs beyond the memory the layers already reserve: the two are never alive
// together.
Estimate excess(const Estimate& head, const Estimate& layers) {
  const double value = std::max(0.0, head.value - layers.value);
  return {value, std::clamp(head.low - layers.low, 0.0, value),
          std::max(head.high - layers.high, value)};
}

BufferEstimate whole_chunk_buffers(const ModelSpec& model, const EngineSpec& engine, double rows,
                                   double cells) {
  const Phases phases = phases_of(model);
  const double scores = engine.flash_attention ? 0.0 : rows * cells * model.attention.heads;
  const double masks = mask_bytes(model, engine.flash_attention, rows, cells);
  const auto bytes = [&](double linear) {
    const double rest = std::max(phases.ffn, phases.experts);
    const double attention = phases.attention > 0.0 ? rows * phases.attention + scores : 0.0;
    return f32_bytes * std::max({attention, rows * linear, rows * rest}) + masks;
  };
  const double layers = bytes(phases.linear);
  const double head = f32_bytes * rows * (model.vocab + 2.0 * model.hidden);
  const double high = high_factor_of(model);
  BufferEstimate result;
  result.layers = {layers, low_factor * layers, high * bytes(2.0 * phases.linear)};
  result.output = excess({head, low_factor * head, high_factor * head}, result.layers);
  return result;
}

// Engines that compute logits of one token per sequence (vLLM and its like). No published buffer
// sizes; the bounds are structural: at least the largest phase in 16-bit activations, at most all
// phases at once in f32. The value is their geometric mean.
BufferEstimate last_token_buffers(const ModelSpec& model, double rows, double sequences) {
  const Phases phases = phases_of(model);
  const double low = f16_bytes * rows * phases.largest();
  const double high = f32_bytes * rows * phases.sum();
  // Logits in f32, once as they are and at most once more for sampling.
  const double logits = f32_bytes * sequences * model.vocab;
  BufferEstimate result;
  result.layers = {std::sqrt(low * high), low, high};
  result.output = {std::sqrt(2.0) * logits, logits, 2.0 * logits};
  return result;
}

}  // namespace

BufferEstimate compute_buffers(const ModelSpec& model, const EngineSpec& engine,
                               std::int64_t context, int batch) {
  const auto cells = static_cast<double>(context);
  const double rows =
      std::max(std::min(static_cast<double>(engine.prefill_chunk), cells), 1.0 * batch);
  return engine.logits_for_all ? whole_chunk_buffers(model, engine, rows, cells)
                               : last_token_buffers(model, rows, batch);
}

}  // namespace plimsoll
