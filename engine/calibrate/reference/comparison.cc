#include "calibrate/reference/comparison.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace plimsoll::calibrate::reference {
namespace {

std::string text_of(double value) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return {buffer.data(), end};
}

// Relative to the magnitude; infinite for a NaN, and for any error where nothing was added up.
double error_of(double got, double expected, double magnitude) {
  const double error = std::abs(got - expected);
  if (error == 0.0) return 0.0;
  return magnitude > 0.0 && !std::isnan(error) ? error / magnitude : INFINITY;
}

}  // namespace

KernelCheck compare(std::span<const float> got, const Expected& expected, double allowed) {
  KernelCheck check{.right = true, .allowed = allowed};
  if (got.size() != expected.values.size()) {
    check.right = false;
    check.why = "size: expected " + std::to_string(expected.values.size()) + ", got " +
                std::to_string(got.size());
    return check;
  }
  for (std::size_t i = 0; i < got.size(); ++i) {
    const double error = error_of(got[i], expected.values[i], expected.magnitudes[i]);
    check.worst_error = std::max(check.worst_error, error);
    if (error <= allowed || !check.right) continue;
    check.right = false;
    check.why = "index " + std::to_string(i) + ": expected " + text_of(expected.values[i]) +
                ", got " + text_of(got[i]);
  }
  return check;
}

}  // namespace plimsoll::calibrate::reference
