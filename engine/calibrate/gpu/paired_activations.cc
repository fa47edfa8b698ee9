#include "calibrate/gpu/paired_activations.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "calibrate/gpu/kernels/shapes.cu.h"
#include "calibrate/reference/floating_point.h"

namespace plimsoll::calibrate {
namespace {

constexpr int largest_exponent = 14;    // of a normalized x
constexpr int subnormal_exponent = 24;  // a code at bit 0 is q 2^-24

using Slice = std::array<double, SLICE_COLUMNS>;

int normalizing_exponent(const Slice& x) {
  double largest = 0.0;
  for (const double value : x) largest = std::max(largest, std::abs(value));
  return largest > 0.0 ? largest_exponent - std::ilogb(largest) : 0;
}

}  // namespace

PairedActivations pair_activations(std::span<const std::uint16_t> halves, int bits) {
  PairedActivations paired;
  const std::size_t of_half = 16 / static_cast<std::size_t>(bits);
  for (std::size_t begin = 0; begin + SLICE_COLUMNS <= halves.size(); begin += SLICE_COLUMNS) {
    Slice x;
    double sum = 0.0;
    for (std::size_t i = 0; i < SLICE_COLUMNS; ++i)
      sum += x[i] = reference::f16_value(halves[begin + i]);
    const int exponent = normalizing_exponent(x);
    for (std::size_t word = 0; word < SLICE_COLUMNS; word += 2 * of_half) {
      for (std::size_t i = 0; i < of_half; ++i) {
        const int place = bits * static_cast<int>(i) % 8;
        for (const std::size_t column : {word + i, word + of_half + i})
          paired.values.push_back(
              reference::f16_bits(static_cast<float>(std::ldexp(x[column], exponent - place))));
      }
    }
    paired.parts.push_back(
        {.factor = static_cast<float>(std::ldexp(1.0, subnormal_exponent - exponent)),
         .sum = static_cast<float>(sum)});
  }
  return paired;
}

}  // namespace plimsoll::calibrate
