// Streams and the small operators between matrix products, for the SIMD target that this machine
// has. All work on parts of vectors, so that threads can share one.
#pragma once

#include <cstdint>

#include "calibrate/cpu/matrix_operations.h"

namespace plimsoll::calibrate::cpu {

// One head of the gated delta rule (reference/delta_net.h): some rows of its state.
struct DeltaRows {
  const float* query;
  const float* key;
  const float* value;  // a row each
  float decay;
  float beta;
  std::int64_t key_dim;  // a multiple of 16
  std::int64_t rows;
  float* state;   // [rows][key_dim], in and out
  float* output;  // a row each
};

// Rows of a cache of values, and how much of each goes into the sum of every query head.
struct WeightedRows {
  WeightFormat format;  // f16 or q8_0
  const std::uint8_t* first;
  std::int64_t row_bytes;
  std::int64_t count;
  std::int64_t dim;      // a multiple of 32
  const float* weights;  // [heads][weight_stride]
  std::int64_t weight_stride;
  std::int64_t heads;
  float* sums;  // [heads][dim], added to
};

struct LayerOperations {
  // Streams of floats, aligned to 64 bytes, counts multiples of 128. Stores go past the caches.
  float (*read)(const float* from, std::int64_t count);
  void (*copy)(const float* from, float* to, std::int64_t count);
  void (*triad)(const float* a, const float* b, float factor, float* out, std::int64_t count);

  // Counts multiples of 16.
  void (*swiglu)(const float* gate, const float* up, float* out, std::int64_t count);
  float (*sum_of_squares)(const float* x, std::int64_t count);
  void (*scale_elements)(const float* x, const float* weight, float factor, float* out,
                         std::int64_t count);
  // Pairs of elements of two halves turned by angles of which the cosines and sines are given.
  void (*rotate)(const float* first, const float* second, const float* cosines, const float* sines,
                 float* out_first, float* out_second, std::int64_t count);
  // out = residual + sum over e of weights[e] * outputs[e * stride ...].
  void (*combine)(const float* residual, const float* outputs, std::int64_t stride,
                  const float* weights, std::int64_t experts, float* out, std::int64_t count);
  void (*delta_rows)(const DeltaRows& rows);

  // Of any count.
  float (*largest)(const float* x, std::int64_t count);
  // x = exp(x - largest); returns the sum.
  float (*exponentiate)(float* x, std::int64_t count, float largest);
  void (*scale)(float* x, float factor, std::int64_t count);
  void (*add_weighted_rows)(const WeightedRows& rows);
};

// Null where no SIMD target that this room is written for is there.
const LayerOperations* layer_operations();

}  // namespace plimsoll::calibrate::cpu
