// The expected last of several normal delays against closed forms and published tables.
#include "collective/last_arrival.h"

#include <cmath>
#include <numbers>
#include <rapidcheck.h>
#include <vector>

#include "support/catch.h"

namespace plimsoll {
namespace {

double expected_maximum(int messages) {
  const std::vector<Delays> delays{
      {.mean = Seconds(0.0), .deviation = Seconds(1.0), .messages = messages}};
  return expected_last(delays).base();
}

double density(double z) {
  return std::exp(-z * z / 2.0) / std::sqrt(2.0 * std::numbers::pi);
}
double distribution(double z) {
  return std::erfc(-z / std::numbers::sqrt2) / 2.0;
}

TEST_CASE("the expected maximum of a few standard normals has a closed form", "[collective]") {
  const double root_pi = std::sqrt(std::numbers::pi);
  const double third = std::asin(1.0 / 3.0) / std::numbers::pi;
  // H. L. Jones, "Exact lower moments of order statistics in small samples from a normal
  // distribution", Annals of Mathematical Statistics 19 (1948) 270.
  CHECK(expected_maximum(1) == Approx(0.0).margin(1e-8));
  CHECK(expected_maximum(2) == Approx(1.0 / root_pi).margin(1e-8));
  CHECK(expected_maximum(3) == Approx(1.5 / root_pi).margin(1e-8));
  CHECK(expected_maximum(4) == Approx(1.5 / root_pi * (1.0 + 2.0 * third)).margin(1e-8));
  CHECK(expected_maximum(5) == Approx(1.25 / root_pi * (1.0 + 6.0 * third)).margin(1e-8));
}

TEST_CASE("the expected maximum of many is that of the tables", "[collective]") {
  // H. L. Harter, "Expected values of normal order statistics", Biometrika 48 (1961) 151, table 1:
  // five decimals.
  CHECK(expected_maximum(10) == Approx(1.53875).margin(0.6e-5));
  CHECK(expected_maximum(20) == Approx(1.86748).margin(0.6e-5));
  CHECK(expected_maximum(50) == Approx(2.24907).margin(0.6e-5));
  CHECK(expected_maximum(100) == Approx(2.50759).margin(0.6e-5));
}

// E max = integral of x m phi(x) Phi(x)^(m-1): an independent form, summed finely.
TEST_CASE("the expected maximum of very many agrees with another integral", "[collective]") {
  for (int messages : {64, 500, 4032, 10000}) {
    double sum = 0.0;
    constexpr double step = 1e-4;
    for (int i = -90000; i <= 90000; ++i) {
      const double x = i * step;
      sum += x * messages * density(x) * std::pow(distribution(x), messages - 1) * step;
    }
    CHECK(expected_maximum(messages) == Approx(sum).margin(1e-8));
  }
}

TEST_CASE("delays without deviation are over when the longest is", "[collective]") {
  const std::vector<Delays> delays{
      {.mean = Seconds(3e-6), .deviation = Seconds(0.0), .messages = 7},
      {.mean = Seconds(8e-6), .deviation = Seconds(0.0), .messages = 1}};
  CHECK(expected_last(delays).base() == 8e-6);
}

// C. E. Clark, "The greatest of a finite set of random variables", Operations Research 9 (1961)
// 145: exact for two.
TEST_CASE("two unlike delays against Clark's formula", "[collective]") {
  CHECK(rc::check("any means and deviations", [] {
    const auto microseconds = [](int low, int high) { return *rc::gen::inRange(low, high) * 1e-6; };
    const double mean_a = microseconds(0, 100), mean_b = microseconds(0, 100);
    const double deviation_a = microseconds(0, 300) / 10.0;
    const double deviation_b = microseconds(1, 10000);
    const double both = std::hypot(deviation_a, deviation_b);
    const double z = (mean_a - mean_b) / both;
    const double expected =
        mean_a * distribution(z) + mean_b * distribution(-z) + both * density(z);
    const std::vector<Delays> delays{
        {.mean = Seconds(mean_a), .deviation = Seconds(deviation_a), .messages = 1},
        {.mean = Seconds(mean_b), .deviation = Seconds(deviation_b), .messages = 1}};
    RC_ASSERT(std::abs(expected_last(delays).base() - expected) <=
              1e-8 * std::max(deviation_a, deviation_b));
  }));
}

}  // namespace
}  // namespace plimsoll
