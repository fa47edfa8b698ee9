#include "money/amount.h"

#include <cmath>
#include <stdexcept>

#include "support/catch.h"
// after Catch2
#include <rapidcheck/catch.h>

#include "money/samples.h"

namespace plimsoll::money {
namespace {

const Factor a{.name = "a", .median = 2.0, .log_sigma = 0.3};
const Factor b{.name = "b", .median = 5.0, .log_sigma = 0.4};

TEST_CASE("a product of log-normals has the root of the summed squares as its spread", "[money]") {
  const Estimate estimate = (Amount(a) * b * 3.0).estimate();
  CHECK(estimate.value == Approx(30.0));
  CHECK(std::log(estimate.high / estimate.value) == Approx(z90 * 0.5));  // 3-4-5
  CHECK(estimate.value / estimate.low == Approx(estimate.high / estimate.value));
}

TEST_CASE("a quotient spreads like the product, and a factor over itself not at all", "[money]") {
  const Estimate quotient = (Amount(a) / b).estimate();
  CHECK(quotient.value == Approx(0.4));
  CHECK(std::log(quotient.high / quotient.value) == Approx(z90 * 0.5));
  CHECK((Amount(a) * 7.0 / a).estimate() == Estimate::exact(7.0));
}

TEST_CASE("a sum weighs the spreads by shares, and shared factors move together", "[money]") {
  // a + b: shares 2/7 and 5/7.
  const Estimate sum = (Amount(a) + b).estimate();
  CHECK(sum.value == Approx(7.0));
  CHECK(std::log(sum.high / sum.value) == Approx(z90 * std::hypot(2.0 / 7 * 0.3, 5.0 / 7 * 0.4)));
  // a + a = 2a: no narrower than a.
  CHECK((Amount(a) + a).estimate() == (Amount(a) * 2.0).estimate());
  // 3b - b = 2b.
  CHECK((Amount(b) * 3.0 - b).estimate().high == Approx((Amount(b) * 2.0).estimate().high));
}

TEST_CASE("numbers without uncertainty stay exact", "[money]") {
  CHECK(Amount::of("x", Estimate::exact(3.0)).factors().empty());
  CHECK(Amount::of("x", Estimate::exact(0.0)).is_zero());
  CHECK((Amount(2.0) * 3.0 + 4.0).estimate() == Estimate::exact(10.0));
  CHECK((Amount(a) - a).estimate() == Estimate::exact(0.0));
}

TEST_CASE("misuse of amounts is our mistake", "[money]") {
  const Factor other{.name = "a", .median = 3.0, .log_sigma = 0.3};
  CHECK_THROWS_AS(Amount(a) + other, std::logic_error);
  CHECK_THROWS_AS(Amount(1.0) / (Amount(a) + b), std::invalid_argument);
  CHECK_THROWS_AS(Amount(1.0) / Amount(), std::invalid_argument);
  CHECK_THROWS_AS((Amount(a) - b).estimate(), std::logic_error);
  CHECK_THROWS_AS(Factor::of("x", {1.0, 0.0, 2.0}), std::invalid_argument);
  CHECK_THROWS_AS(Factor::of("x", {3.0, 1.0, 2.0}), std::invalid_argument);
}

TEST_CASE("normal quantiles undo the distribution function", "[money]") {
  CHECK(normal_quantile(0.95) == Approx(z90).epsilon(1e-14));
  CHECK(normal_quantile(0.5) == Approx(0.0).margin(1e-15));
  for (const double p : {1e-12, 1e-6, 0.01, 0.0243, 0.3, 0.7, 0.98, 0.999999}) {
    CHECK(0.5 * std::erfc(-normal_quantile(p) / std::sqrt(2.0)) == Approx(p).epsilon(1e-12));
  }
}

TEST_CASE("draws of a factor have its quantiles", "[money]") {
  const std::vector<double> draws = Samples().of(a);
  const Estimate expected = Amount(a).estimate();
  // A stratum of the hypercube is 1/8192 wide: z at 5 % is known to 1/(8192 phi(1.645)) = 0.0012.
  CHECK(quantile(draws, 0.05) == Approx(expected.low).epsilon(0.0012 * 0.3));
  CHECK(quantile(draws, 0.95) == Approx(expected.high).epsilon(0.0012 * 0.3));
  CHECK(quantile(draws, 0.5) == Approx(2.0).epsilon(0.001));
}

TEST_CASE("draws of a product agree with the spread by Jacobian, which is exact there", "[money]") {
  const Amount product = Amount(a) * b;
  const std::vector<double> draws = Samples().of(product);
  CHECK(quantile(draws, 0.05) == Approx(product.estimate().low).epsilon(0.02));
  CHECK(quantile(draws, 0.95) == Approx(product.estimate().high).epsilon(0.02));
}

TEST_CASE("draws do not depend on what else is drawn", "[money]") {
  Samples first;
  first.of(b);
  CHECK(first.of(a) == Samples().of(a));
  CHECK(Samples().of(Amount(a) * 2.0)[17] == Approx(2.0 * Samples().of(a)[17]));
}

TEST_CASE("arithmetic of amounts is that of their medians and draws", "[money]") {
  rc::prop("sums, differences, products and quotients", [] {
    const auto factor = [](const char* name) {
      const double median = *rc::gen::inRange(1, 1000) / 10.0;
      return Factor{.name = name, .median = median, .log_sigma = *rc::gen::inRange(0, 50) / 100.0};
    };
    const Factor x = factor("x");
    const Factor y = factor("y");
    Samples samples;
    const std::vector<double> of_x = samples.of(x);
    const std::vector<double> of_y = samples.of(y);
    const std::vector<double> mixed = samples.of((Amount(x) + y) * x / y - Amount(y) * 0.5);
    for (std::size_t i = 0; i < mixed.size(); i += 1001) {
      const double expected = (of_x[i] + of_y[i]) * of_x[i] / of_y[i] - 0.5 * of_y[i];
      RC_ASSERT(std::fabs(mixed[i] - expected) <= 1e-9 * (1.0 + std::fabs(expected) + of_y[i]));
    }
  });
}

}  // namespace
}  // namespace plimsoll::money
