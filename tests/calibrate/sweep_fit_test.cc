// Sweeps whose truth is known.

#include "calibrate/sweep_fit.h"

#include <cmath>
#include <vector>

#include "base/rng.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::calibrate;

namespace {

// Sizes in powers of two, times with that relative noise.
std::vector<SweepPoint> sweep(double fixed, double rate, double noise, std::uint64_t seed = 1) {
  Rng rng(seed, "samples");
  std::vector<SweepPoint> points;
  for (double work = 1024.0; work <= 1e9; work *= 2.0) {
    double normal = -6.0;
    for (int i = 0; i < 12; ++i) normal += rng.uniform();
    const double seconds = (fixed + work / rate) * (1.0 + noise * normal);
    points.push_back({.work = work, .seconds = seconds, .error = noise});
  }
  return points;
}

}  // namespace

TEST_CASE("a sweep without noise gives back what it was made of", "[calibrate]") {
  const auto fit = fit_sweep(sweep(5e-6, 1e11, 0.0));
  REQUIRE(fit);
  CHECK(fit->fixed_s == Approx(5e-6).epsilon(1e-9));
  CHECK(fit->rate == Approx(1e11).epsilon(1e-9));
  CHECK(fit->residual < 1e-9);
  CHECK(fit->fixed_known);
  CHECK(fit->rate_known);
  CHECK(fit->work_low == 1024.0);
  CHECK(fit->work_high == 536'870'912.0);
  CHECK(fit->seconds(1e6) == Approx(5e-6 + 1e-5));
}

TEST_CASE("the truth lies within two standard errors in about 19 of 20 sweeps", "[calibrate]") {
  int fixed_within = 0;
  int rate_within = 0;
  constexpr int sweeps = 400;
  for (std::uint64_t seed = 0; seed < sweeps; ++seed) {
    const auto fit = fit_sweep(sweep(5e-6, 1e11, 0.05, seed));
    REQUIRE(fit);
    if (std::fabs(fit->fixed_s - 5e-6) <= 2.0 * fit->fixed_error_s) ++fixed_within;
    if (std::fabs(fit->rate / 1e11 - 1.0) <= 2.0 * fit->rate_error) ++rate_within;
  }
  // Binomial with 0.954 (a little more: errors are never taken for smaller than stated).
  CHECK(fixed_within > 0.92 * sweeps);
  CHECK(rate_within > 0.92 * sweeps);
  CHECK(fixed_within < sweeps);
}

TEST_CASE("one point that is far off does not hide in the errors", "[calibrate]") {
  std::vector<SweepPoint> points = sweep(5e-6, 1e11, 0.0);
  const double before = fit_sweep(points)->rate_error;
  points.back().seconds *= 1.5;
  const auto fit = fit_sweep(points);
  REQUIRE(fit);
  CHECK(fit->rate_error > 5.0 * before);
  CHECK(fit->residual > 0.05);
}

TEST_CASE("a fixed cost is never negative", "[calibrate]") {
  // Small sizes that a cache serves twice as fast make a straight line cross zero.
  std::vector<SweepPoint> points = sweep(0.0, 1e11, 0.0);
  for (std::size_t i = 0; i < points.size() / 2; ++i) points[i].seconds /= 2.0;
  const auto fit = fit_sweep(points);
  REQUIRE(fit);
  CHECK(fit->fixed_s == 0.0);
  CHECK(fit->rate > 1e11);
  CHECK(fit->rate < 2e11);
}

TEST_CASE("points of one size tell a rate and no fixed cost", "[calibrate]") {
  const std::vector<SweepPoint> points = {{.work = 1e6, .seconds = 1e-3, .error = 0.01},
                                          {.work = 1e6, .seconds = 1e-3, .error = 0.01}};
  const auto fit = fit_sweep(points);
  REQUIRE(fit);
  CHECK(fit->rate == Approx(1e9));
  CHECK_FALSE(fit->fixed_known);
  // Two points, each with its error of 1 % and the 1 % of any line: sqrt(2) % / sqrt(2).
  CHECK(fit->rate_error == Approx(0.01));
}

TEST_CASE("times that do not grow tell a fixed cost and a bound on the rate", "[calibrate]") {
  const std::vector<SweepPoint> points = {{.work = 1e3, .seconds = 2e-6, .error = 0.01},
                                          {.work = 1e4, .seconds = 2e-6, .error = 0.01},
                                          {.work = 1e5, .seconds = 1.9e-6, .error = 0.01}};
  const auto fit = fit_sweep(points);
  REQUIRE(fit);
  CHECK(fit->fixed_s == Approx(1.97e-6).epsilon(0.02));
  CHECK_FALSE(fit->rate_known);
  CHECK(fit->rate == Approx(1e5 / fit->fixed_s));
  CHECK(fit->residual < 0.05);
}

TEST_CASE("points that do not tell both numbers apart are fitted with one", "[calibrate]") {
  // Proportional to within a factor of two, which only one point says otherwise about.
  const std::vector<SweepPoint> points = {{.work = 1e6, .seconds = 1e-3, .error = 0.3},
                                          {.work = 2e6, .seconds = 3e-3, .error = 0.3},
                                          {.work = 3e6, .seconds = 2e-3, .error = 0.3}};
  const auto fit = fit_sweep(points);
  REQUIRE(fit);
  CHECK(fit->fixed_s == 0.0);
  CHECK(fit->fixed_error_s > 0.0);
  CHECK(fit->rate > 0.6e9);
  CHECK(fit->rate < 1.5e9);
  CHECK(fit->rate_error < 0.5);
}

TEST_CASE("nothing is fitted to nothing", "[calibrate]") {
  CHECK_FALSE(fit_sweep({}));
  const std::vector<SweepPoint> points = {{.work = 0.0, .seconds = 1.0}};
  CHECK_FALSE(fit_sweep(points));
}
