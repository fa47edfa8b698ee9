// How a kernel's result is held against the reference.
#pragma once

#include <cmath>
#include <cstdint>
#include <span>
#include <vector>

#include "calibrate/kernel_case.h"

namespace plimsoll::calibrate::reference {

// The result in double, and for each element the sum of magnitudes of what is added up in it: a
// rounding error of relative size u in every term and partial sum moves the element by at most a
// multiple of u times that sum.
struct Expected {
  std::vector<double> values;
  std::vector<double> magnitudes;
};

// Unit roundoff: half the distance between 1 and the next larger number.
constexpr double float_roundoff = 0x1p-24;
constexpr double f16_roundoff = 0x1p-11;
constexpr double bf16_roundoff = 0x1p-8;

// The allowed error of a sum of `terms` products, relative to the sum of magnitudes, when every
// product and partial sum is rounded with unit roundoff u: factor * sqrt(terms) * u, which holds
// with probability above 1 - 2 terms exp(-factor^2 / 2) for independent roundings (Higham and Mary
// 2019, "A new approach to probabilistic rounding error analysis", theorem 3.1). The factor 8 makes
// a false alarm rarer than one in 10^9 for up to 10^4 terms.
inline double allowed_error(std::int64_t terms, double roundoff = float_roundoff) {
  return 8.0 * std::sqrt(static_cast<double>(terms)) * roundoff;
}

// Right when |got - expected| <= allowed * magnitude at every index. worst_error is the largest
// |got - expected| / magnitude; a NaN is wrong.
KernelCheck compare(std::span<const float> got, const Expected& expected, double allowed);

}  // namespace plimsoll::calibrate::reference
