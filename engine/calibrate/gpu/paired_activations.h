// Activations as kernels take them that multiply codes of affine weights where they lie in a word.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace plimsoll::calibrate {

// Columns in slices of 32. A code q of `bits` bits, left at bit p (p < 8) of a half word, is the
// subnormal f16 q 2^(p - 24); so x is multiplied with a power of two that brings the largest of its
// slice to [2^14, 2^15), which an f16 can just hold, and with 2^-p: without an error but where
// that makes it a subnormal itself. Of every slice `factor` is what sums of products are multiplied
// with to be those of q x.
//
// Half words have 16 / bits columns each: neighbours are those at the same bit of a word's low and
// high half. Codes in the upper byte of a half count as shifted down by eight.
struct PairedActivations {
  struct Part {
    float factor = 1.0F;
    float sum = 0.0F;  // of the slice's x
  };
  std::vector<std::uint16_t> values;
  std::vector<Part> parts;
};

// `halves`: f16 in the order of columns, a multiple of 32 of them. `bits`: 2 or 4.
PairedActivations pair_activations(std::span<const std::uint16_t> halves, int bits);

}  // namespace plimsoll::calibrate
