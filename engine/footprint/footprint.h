// Exact bytes: every tensor of a checkpoint, the KV cache and recurrent state, and the estimated
// buffers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/estimate.h"
#include "base/quantity.h"
#include "catalog/engine_spec.h"
#include "catalog/model_spec.h"
#include "catalog/quantization_spec.h"

namespace plimsoll {

class Catalog;

enum class TensorRole {
  token_embedding,
  output,
  attention,
  linear_attention,
  dense_ffn,
  shared_expert,
  routed_experts,
  router,
  norm,
};
std::string_view to_text(TensorRole role);

// One tensor as a GGUF or safetensors file would hold it (experts of a layer stacked into one).
struct Tensor {
  std::string name;  // GGUF names: "blk.3.ffn_down_exps.weight"
  TensorClass cls = TensorClass::norm;
  TensorRole role = TensorRole::norm;
  int layer = -1;         // -1: outside the layers
  std::int64_t row = 0;   // innermost dimension, along which blocks run (GGUF ne[0])
  std::int64_t rows = 0;  // product of all other dimensions
  int experts = 0;        // > 0: rows hold that many experts
  // > 0: so many of the rows are the output gate of linear attention, which GGUF files since 2026
  // keep as a tensor of its own (attn_gate beside attn_qkv).
  std::int64_t gate_rows = 0;
  int columns() const { return static_cast<int>(experts > 0 ? rows / experts : rows); }
  const FormatSpec* format = nullptr;  // owned by the catalog; of the larger part where split
  std::int64_t elements() const { return row * rows; }
  Bytes bytes;  // exact
};

// The tensors of a model without formats, in file order: embedding, layers front to back, output
// norm, output. Tied models have no output tensor; the embedding serves.
std::vector<Tensor> enumerate_tensors(const ModelSpec& model);

std::int64_t count_parameters(const std::vector<Tensor>& tensors);

struct QuantizeOptions {
  bool importance_matrix = true;  // published low-bit GGUF files are made with one
  // Year of llama.cpp's quantiser. The mixes of 2023 passed over experts; until 2025 fused
  // projections had rules of their own, and Qwen3-Next one tensor for all of a linear layer's.
  int quantiser_year = 2026;
};

// Gives every tensor its format by the recipe's rules, then its fallback where the row is no
// multiple of the block, and its exact bytes. Formats the catalog lacks are diagnostics (code
// unknown-format).
void assign_formats(std::vector<Tensor>& tensors, const ModelSpec& model,
                    const QuantizationSpec& recipe, const QuantizeOptions& options,
                    Catalog& catalog, Diagnostics& diagnostics);

// KV cache and recurrent state of one layer.
struct CacheShape {
  std::int64_t elements_per_token =
      0;  // K + V (or latent + rope) elements of one cached token; 0 for linear layers
  std::int64_t k_elements = 0;  // split, because K and V formats are rounded to blocks separately
  std::int64_t v_elements = 0;
  Bytes fixed_per_sequence;  // recurrent and convolution state, open entries (f32)
  Bytes indexer_per_token;   // sparse-attention key cache; where there are entries, of one of them
  // Compressed layers: beside the cells of their window one entry, as wide as a cell, for so many
  // tokens. 0: none.
  int tokens_per_entry = 0;
};
CacheShape cache_shape(const ModelSpec& model, int layer);
// What a token adds to a cache that keeps all, in a format of so many bits an element.
Bytes cached_per_token(const CacheShape& shape, double bits);

struct CacheOptions {
  std::int64_t context = 4096;  // tokens per sequence the cache is sized for
  int sequences = 1;
  const FormatSpec* format = nullptr;
  int granule = 256;         // cells are rounded up to a multiple of this
  bool window_cache = true;  // windowed layers keep only their window (+ one prefill chunk)
  int prefill_chunk = 512;
};

// Cells a layer's cache holds for one sequence.
std::int64_t cache_cells(const ModelSpec& model, int layer, const CacheOptions& options);
Bytes cache_bytes(const ModelSpec& model, int layer, const CacheOptions& options);

// Scratch memory of the compute graph on the device that runs the layers, and on the one that holds
// the output.
// Formula, data and spread: buffers.cc. Copies of experts that run from main memory are not
// included.
struct BufferEstimate {
  Estimate layers;  // bytes
  Estimate output;  // bytes, in addition, where logits are computed
};
BufferEstimate compute_buffers(const ModelSpec& model, const EngineSpec& engine,
                               std::int64_t context, int batch);

struct Footprint {
  std::vector<Tensor> tensors;
  Bytes weights;  // sum over tensors, exact
  std::int64_t parameters = 0;
  double bits_per_weight() const { return 8.0 * weights.base() / static_cast<double>(parameters); }
  std::vector<Bytes> layer_weights;  // by layer
  std::vector<Bytes> layer_experts;  // routed experts of each layer
  std::vector<Bytes> layer_cache;    // KV cache and state of each layer, all sequences
  Bytes cache;                       // their sum, exact
  BufferEstimate buffers;
};

struct FootprintRequest {
  const ModelSpec* model = nullptr;
  const QuantizationSpec* recipe = nullptr;
  const EngineSpec* engine = nullptr;
  QuantizeOptions quantize;
  CacheOptions cache;
};
Footprint footprint(const FootprintRequest& request, Catalog& catalog, Diagnostics& diagnostics);

// Only the sum of the weights, without keeping the tensors: for ranking many recipes.
Bytes weight_bytes(const ModelSpec& model, const QuantizationSpec& recipe,
                   const QuantizeOptions& options, Catalog& catalog, Diagnostics& diagnostics);

}  // namespace plimsoll
