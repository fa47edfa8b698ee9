#include <algorithm>
#include <stdexcept>

#include "base/ceil_div.h"
#include "footprint/element_bytes.h"
#include "footprint/footprint.h"
#include "footprint/recipe.h"

namespace plimsoll {
namespace {

const LayerSpec& layer_of(const ModelSpec& model, int layer) {
  return model.layers.at(static_cast<std::size_t>(layer));
}

// llama.cpp keeps the recurrent and the convolution state in f32.
Bytes recurrent_state(const LinearAttentionSpec& l) {
  const std::int64_t state = std::int64_t{l.v_heads} * l.k_dim * l.v_dim;
  const std::int64_t channels =
      std::int64_t{2} * l.k_heads * l.k_dim + std::int64_t{l.v_heads} * l.v_dim;
  const std::int64_t convolution = (l.conv_kernel - 1) * channels;
  return Bytes(f32_bytes * static_cast<double>(state + convolution));
}

// FP8 keys with one FP32 scale per 128 elements, as the reference code of DeepSeek-V3.2 stores
// them.
Bytes indexer_key(const IndexerSpec& indexer) {
  constexpr int elements_per_scale = 128;
  const int scales = ceil_div(indexer.head_dim, elements_per_scale);
  return Bytes(indexer.head_dim + scales * f32_bytes);
}

// Values and gates of the tokens of an entry that is not closed yet; of sparse layers' overlapping
// entries, twice as wide, those of two.
Bytes open_entries(const AttentionSpec& a, LayerAttention kind) {
  const bool sparse = kind == LayerAttention::compressed_sparse;
  const double overlap = sparse ? 2.0 : 1.0;
  const double width = a.head_dim + (sparse ? a.indexer->head_dim : 0);
  return Bytes(f32_bytes * 2.0 * entry_tokens(a, kind) * overlap * overlap * width);
}

}  // namespace

CacheShape cache_shape(const ModelSpec& model, int layer) {
  CacheShape shape;
  const LayerAttention kind = layer_of(model, layer).attention;
  if (kind == LayerAttention::linear) {
    shape.fixed_per_sequence = recurrent_state(*model.linear);
    return shape;
  }
  const AttentionSpec a = attention_of(model, kind);
  if (a.kind == AttentionKind::mla) {
    shape.k_elements = a.kv_lora_rank + a.rope_dim;
    if (a.indexer) shape.indexer_per_token = indexer_key(*a.indexer);
  } else if (a.kind == AttentionKind::compressed) {
    shape.k_elements = a.head_dim;
    shape.tokens_per_entry = entry_tokens(a, kind);
    shape.fixed_per_sequence = open_entries(a, kind);
    if (kind == LayerAttention::compressed_sparse)
      shape.indexer_per_token = indexer_key(*a.indexer);
  } else {
    shape.k_elements = std::int64_t{a.kv_heads} * a.head_dim;
    shape.v_elements = shape.k_elements;
  }
  shape.elements_per_token = shape.k_elements + shape.v_elements;
  return shape;
}

Bytes cached_per_token(const CacheShape& shape, double bits) {
  const Bytes cell =
      Bytes(static_cast<double>(shape.elements_per_token) * bits / 8.0) + shape.indexer_per_token;
  return cell / std::max(1, shape.tokens_per_entry);
}

std::int64_t cache_cells(const ModelSpec& model, int layer, const CacheOptions& options) {
  const LayerAttention attention = layer_of(model, layer).attention;
  if (attention == LayerAttention::linear) return 0;
  const bool windowed = has_window(attention) && options.window_cache && !model.full_size_cache;
  const std::int64_t window = std::int64_t{model.window} + options.prefill_chunk;
  const std::int64_t cells = windowed ? std::min(options.context, window) : options.context;
  return round_up(cells, std::max(1, options.granule));
}

Bytes cache_bytes(const ModelSpec& model, int layer, const CacheOptions& options) {
  const CacheShape shape = cache_shape(model, layer);
  const std::int64_t cells = cache_cells(model, layer, options);
  Bytes per_sequence = shape.fixed_per_sequence;
  if (cells > 0) {
    if (options.format == nullptr) throw std::invalid_argument("KV cache without a format");
    const std::int64_t entries =
        shape.tokens_per_entry > 0 ? ceil_div(options.context, shape.tokens_per_entry) : 0;
    const std::int64_t indexed = shape.tokens_per_entry > 0 ? entries : cells;
    per_sequence += stored_bytes(*options.format, shape.k_elements, cells + entries) +
                    stored_bytes(*options.format, shape.v_elements, cells) +
                    static_cast<double>(indexed) * shape.indexer_per_token;
  }
  return per_sequence * static_cast<double>(options.sequences);
}

}  // namespace plimsoll
