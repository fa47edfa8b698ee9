// The small floating-point formats of weights and caches, bit by bit.
#pragma once

#include <cstdint>

namespace plimsoll::calibrate::reference {

// IEEE 754 binary16: 1 sign, 5 exponent (bias 15), 10 fraction bits.
double f16_value(std::uint16_t bits);
// The nearest, ties to even; beyond 65504 (and its half unit) infinity.
std::uint16_t f16_bits(double value);

// bfloat16: the upper half of a binary32.
double bf16_value(std::uint16_t bits);
std::uint16_t bf16_bits(float value);

// OCP Microscaling formats 1.0: E2M1 (0, 0.5, 1, 1.5, 2, 3, 4, 6 and their negatives; bit 3 is the
// sign) and E8M0 (2^(bits - 127); 255 is NaN).
double e2m1_value(unsigned bits);
double e8m0_value(std::uint8_t bits);

}  // namespace plimsoll::calibrate::reference
