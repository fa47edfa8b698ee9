#include "base/estimate.h"

#include <cmath>
#include <stdexcept>

#include "support/catch.h"

namespace plimsoll {
namespace {

TEST_CASE("an exact count has no width", "[base]") {
  constexpr Estimate count = Estimate::exact(42.0);
  CHECK(count == Estimate{42.0, 42.0, 42.0});
  CHECK(log_normal(42.0, 0.0) == count);
}

TEST_CASE("z90 leaves 5 % on either side of a normal distribution", "[base]") {
  CHECK(0.5 * std::erfc(z90 / std::sqrt(2.0)) == Approx(0.05).epsilon(1e-12));
}

TEST_CASE("a log-normal interval is symmetric in ratio and gives its sigma back", "[base]") {
  const Estimate estimate = log_normal(10.0, 0.2);
  CHECK(estimate.high / estimate.value == Approx(estimate.value / estimate.low));
  CHECK(std::log(estimate.high / estimate.value) == Approx(0.2 * z90));
  CHECK(log_sigma_of_range(estimate.low, estimate.high) == Approx(0.2));
}

TEST_CASE("the reciprocal swaps the ends", "[base]") {
  CHECK(reciprocal({4.0, 2.0, 8.0}) == Estimate{0.25, 0.125, 0.5});
}

TEST_CASE("arguments without meaning are our mistake", "[base]") {
  CHECK_THROWS_AS(log_normal(-1.0, 0.1), std::invalid_argument);
  CHECK_THROWS_AS(log_normal(1.0, -0.1), std::invalid_argument);
  CHECK_THROWS_AS(log_normal(NAN, 0.1), std::invalid_argument);
  CHECK_THROWS_AS(log_sigma_of_range(0.0, 1.0), std::invalid_argument);
  CHECK_THROWS_AS(log_sigma_of_range(2.0, 1.0), std::invalid_argument);
  CHECK_THROWS_AS(reciprocal(Estimate::exact(0.0)), std::invalid_argument);
}

}  // namespace
}  // namespace plimsoll
