// Products of packed weights with activations, for the SIMD target that this machine has.
#pragma once

#include <cstddef>
#include <cstdint>

#include "calibrate/reference/activations.h"
#include "calibrate/reference/weights.h"

namespace plimsoll::calibrate::cpu {

using reference::WeightFormat;

// How affine weights meet the activations; other formats know only the first.
enum class AffineForm {
  dequantize_multiply,  // (scale * q + bias) * x
  fused_multiply_add    // q * (scale * x) + (bias * x), both products formed first
};

// Rows of a matrix where they lie in memory (reference/weights.h has the layouts).
struct WeightRows {
  const std::uint8_t* codes;
  const std::uint16_t* scales;  // affine formats; else null
  const std::uint16_t* biases;
  std::int64_t columns;
  std::int64_t row_bytes;  // of codes
  std::int64_t group;      // affine formats: columns of one scale, 64 or a multiple
};

// Activations of some tokens as one format's products take them. What a format does not use is
// null. Token t lies `columns` values (blocks, sums) further.
struct PreparedActivations {
  std::int64_t columns = 0;
  float* values = nullptr;       // f16, bf16: as they are; affine: in the order of codes in a word
  std::int8_t* codes = nullptr;  // 8 bits
  float* scales = nullptr;       // of 32 or 256 codes
  std::int32_t* offsets = nullptr;  // of 32 codes: what an integer lane starts from, because
                                    // weights count from 0 in the product
  std::int16_t* sums = nullptr;     // of 32 (q4_k) or 16 (q6_k) codes
  // For panels, of each run of codes with a weight scale of its own: 16 of q6_k, else 32.
  float* run_scales = nullptr;
  std::int32_t* run_starts = nullptr;  // what a sum of products starts from, as with `offsets`
  float* run_minima = nullptr;         // q4_k: what its minimum is multiplied with
};

// Into y[token * y_stride + row - first_row], row from first_row to last_row.
struct RowRange {
  std::int64_t first;
  std::int64_t last;
};
struct Product {
  float* y;
  std::int64_t y_stride;
  int tokens;
};

// From so many tokens on a product unpacks rows into panels: below that it costs more than it
// saves.
constexpr int panel_tokens = 8;
// Of any target, and a multiple of every target's.
constexpr std::int64_t most_panel_rows = 32;

struct MatrixOperations {
  // Prepares columns [256 begin, 256 end) of one token for weights of `format`.
  void (*prepare)(WeightFormat format, const float* x, std::int64_t begin, std::int64_t end,
                  const PreparedActivations& out);
  void (*multiply)(WeightFormat format, AffineForm form, const WeightRows& weights, RowRange rows,
                   const PreparedActivations& x, const Product& product);
};

// Of the calling thread, on a cache line; valid until it asks for more.
std::uint8_t* panel_memory(std::int64_t bytes);

// Null where no SIMD target that this room is written for is there.
const MatrixOperations* matrix_operations();

}  // namespace plimsoll::calibrate::cpu
