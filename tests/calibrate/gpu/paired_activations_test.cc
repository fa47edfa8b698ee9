// What a kernel makes of prepared activations and codes left in their place, against the products.
#include "calibrate/gpu/paired_activations.h"

#include <cmath>

#include "base/rng.h"
#include "calibrate/reference/floating_point.h"
#include "support/catch.h"

namespace plimsoll::calibrate {
namespace {

// Three slices of very different size, each with values down to 2^-8 of its largest, and zeros.
std::vector<std::uint16_t> some_halves() {
  std::vector<std::uint16_t> halves;
  Rng rng(7, "paired_activations");
  for (const double largest : {6e4, 1.0, 3e-5, 0.0}) {
    for (int i = 0; i < 32; ++i) {
      const double value = largest * std::exp2(-8.0 * rng.uniform()) * (i % 3 == 0 ? -1.0 : 1.0);
      halves.push_back(reference::f16_bits(static_cast<float>(i == 5 ? 0.0 : value)));
    }
  }
  return halves;
}

// An f16 with these bits in its mantissa and nothing else.
double subnormal(unsigned bits) {
  return reference::f16_value(static_cast<std::uint16_t>(bits));
}

}  // namespace

TEST_CASE("paired activations: products with codes in their place are products with codes",
          "[gpu]") {
  const int bits = GENERATE(2, 4);
  const auto halves = some_halves();
  const PairedActivations paired = pair_activations(halves, bits);
  REQUIRE(paired.values.size() == halves.size());
  REQUIRE(paired.parts.size() == halves.size() / 32);
  const unsigned code = bits == 4 ? 11 : 2;
  const auto of_half = static_cast<std::size_t>(16 / bits);
  for (std::size_t column = 0; column < halves.size(); ++column) {
    // Columns of a word's low and high half alternate.
    const std::size_t within = column % (2 * of_half);
    const std::size_t at = column - within + within % of_half * 2 + within / of_half;
    const double x = reference::f16_value(halves[column]);
    const unsigned place =
        static_cast<unsigned>(bits) * static_cast<unsigned>(within % of_half) % 8;
    const double product = subnormal(code << place) * reference::f16_value(paired.values[at]);
    CAPTURE(bits, column, x);
    CHECK(product * paired.parts[column / 32].factor == x * code);
  }
}

TEST_CASE("paired activations: the largest of a slice fills an f16, and sums are of the values",
          "[gpu]") {
  const auto halves = some_halves();
  const PairedActivations paired = pair_activations(halves, 4);
  for (std::size_t slice = 0; slice < paired.parts.size(); ++slice) {
    double largest = 0.0;
    double sum = 0.0;
    for (std::size_t i = 32 * slice; i < 32 * slice + 32; ++i) {
      largest = std::max(largest, std::abs(reference::f16_value(paired.values[i])));
      sum += reference::f16_value(halves[i]);
    }
    CAPTURE(slice);
    CHECK(paired.parts[slice].sum == Approx(sum));
    if (slice == 3) continue;  // of zeros
    CHECK(largest >= 0x1p10);  // 2^14, or by 2^4 less where its code lies at bit 4
    CHECK(largest < 0x1p15);
  }
}

}  // namespace plimsoll::calibrate
