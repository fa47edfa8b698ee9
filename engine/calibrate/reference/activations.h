// Activations quantized to 8 bits per block, as ggml does before an integer dot product.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "calibrate/reference/weights.h"

namespace plimsoll::calibrate::reference {

// f32: as they are. q8_0: 32 values, d = largest magnitude / 127 rounded to f16. q8_k: 256 values,
// d = -(value of largest magnitude) / 127 in float.
enum class ActivationFormat { f32, q8_0, q8_k };

// What ggml's dot product of such weights takes (q8_0 for the blocks of 32, q8_k for those of 256).
ActivationFormat activations_for(WeightFormat weights);

struct QuantizedActivations {
  std::int64_t block = 32;
  std::vector<std::int8_t> codes;
  std::vector<float> scales;  // a block each, exactly as the format stores them
};

// In float and with ties to even, as the format's definition computes it, so that an implementation
// can be held to the very same codes.
QuantizedActivations quantize_activations(ActivationFormat format, std::span<const float> values);

// What a kernel that takes `format` sees of the values.
std::vector<double> as_seen(ActivationFormat format, std::span<const float> values);

}  // namespace plimsoll::calibrate::reference
