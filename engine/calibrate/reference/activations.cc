#include "calibrate/reference/activations.h"

#include <algorithm>
#include <cmath>

#include "calibrate/reference/floating_point.h"

namespace plimsoll::calibrate::reference {
namespace {

// The first value of largest magnitude, with its sign.
float extreme_of(std::span<const float> values) {
  return *std::max_element(values.begin(), values.end(),
                           [](float a, float b) { return std::abs(a) < std::abs(b); });
}

// Appends the codes of one block and its scale.
void quantize_block(ActivationFormat format, std::span<const float> values,
                    QuantizedActivations& out) {
  const float extreme = extreme_of(values);
  const bool is_q8_k = format == ActivationFormat::q8_k;
  const float reference = is_q8_k ? -extreme : std::abs(extreme);
  const float inverse = reference == 0.0F ? 0.0F : 127.0F / reference;
  for (const float value : values) {
    const float code = std::nearbyint(value * inverse);
    out.codes.push_back(static_cast<std::int8_t>(std::clamp(code, -127.0F, 127.0F)));
  }
  if (is_q8_k) {
    out.scales.push_back(reference == 0.0F ? 0.0F : 1.0F / inverse);
  } else {
    out.scales.push_back(static_cast<float>(f16_value(f16_bits(reference / 127.0F))));
  }
}

}  // namespace

ActivationFormat activations_for(WeightFormat weights) {
  switch (weights) {
    case WeightFormat::q8_0:
    case WeightFormat::q4_0:
    case WeightFormat::mxfp4:
      return ActivationFormat::q8_0;
    case WeightFormat::q4_k:
    case WeightFormat::q6_k:
      return ActivationFormat::q8_k;
    default:
      return ActivationFormat::f32;
  }
}

QuantizedActivations quantize_activations(ActivationFormat format, std::span<const float> values) {
  QuantizedActivations out{.block = format == ActivationFormat::q8_k ? 256 : 32};
  const auto block = static_cast<std::size_t>(out.block);
  for (std::size_t at = 0; at + block <= values.size(); at += block) {
    quantize_block(format, values.subspan(at, block), out);
  }
  return out;
}

std::vector<double> as_seen(ActivationFormat format, std::span<const float> values) {
  std::vector<double> seen(values.begin(), values.end());
  if (format == ActivationFormat::f32) return seen;
  const QuantizedActivations quantized = quantize_activations(format, values);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const std::size_t block = i / static_cast<std::size_t>(quantized.block);
    seen[i] = static_cast<double>(quantized.scales[block]) * quantized.codes[i];
  }
  return seen;
}

}  // namespace plimsoll::calibrate::reference
