// Samples: their middle, when there are enough, and what the device did meanwhile.

#include "calibrate/statistics.h"

#include <cmath>
#include <limits>

#include "base/rng.h"
#include "support/catch.h"

using namespace plimsoll;
using namespace plimsoll::calibrate;

namespace {

// Normal with mean 1 and that standard deviation, by the sum of twelve uniform numbers.
double noisy(Rng& rng, double deviation) {
  double sum = -6.0;
  for (int i = 0; i < 12; ++i) sum += rng.uniform();
  return 1.0 + deviation * sum;
}

std::vector<double> noisy_samples(std::uint64_t seed, int count, double deviation) {
  Rng rng(seed, "samples");
  std::vector<double> samples;
  for (int i = 0; i < count; ++i) samples.push_back(noisy(rng, deviation));
  return samples;
}

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

}  // namespace

TEST_CASE("quantiles are linear between sorted samples", "[calibrate]") {
  CHECK(quantile({3.0, 1.0, 2.0}, 0.5) == 2.0);
  CHECK(quantile({4.0, 1.0, 3.0, 2.0}, 0.5) == 2.5);
  CHECK(quantile({0.0, 10.0}, 0.25) == 2.5);
  CHECK(quantile({7.0}, 0.9) == 7.0);
  CHECK_THROWS_AS(quantile({}, 0.5), std::invalid_argument);
}

TEST_CASE("noise is the standard deviation that the samples were drawn with", "[calibrate]") {
  const SampleSummary summary = summarize(noisy_samples(1, 20'000, 0.02));
  CHECK(summary.median == Approx(1.0).margin(0.001));
  CHECK(summary.noise == Approx(0.02).epsilon(0.05));
  CHECK(summary.error == Approx(0.02 * std::sqrt(std::acos(-1.0) / 2 / 20'000)).epsilon(0.05));
}

TEST_CASE(
    "a tenth of the samples that something interrupted moves the middle by less than one "
    "noise",
    "[calibrate]") {
  std::vector<double> samples = noisy_samples(2, 1000, 0.01);
  for (std::size_t i = 0; i < samples.size(); i += 10) samples[i] *= 20.0;
  const SampleSummary summary = summarize(samples);
  CHECK(summary.median == Approx(1.0).margin(0.01));
  CHECK(summary.noise < 0.02);
}

TEST_CASE("the median's error is how far medians of series lie apart", "[calibrate]") {
  std::vector<double> medians;
  double error = 0.0;
  for (std::uint64_t seed = 0; seed < 400; ++seed) {
    const SampleSummary summary = summarize(noisy_samples(seed, 101, 0.05));
    medians.push_back(summary.median);
    error += summary.error / 400.0;
  }
  double squares = 0.0;
  for (const double median : medians) squares += (median - 1.0) * (median - 1.0);
  CHECK(error == Approx(std::sqrt(squares / 400.0)).epsilon(0.15));
}

TEST_CASE("quiet samples end at the minimum time", "[calibrate]") {
  SampleSeries series({.noise = 0.005, .minimum_s = 0.5, .bound_s = 10.0, .minimum_samples = 10});
  int count = 0;
  while (!series.done()) {
    series.add(1.0, 0.01);
    ++count;
  }
  CHECK(count == 50);
  CHECK_FALSE(series.cut_short());
}

TEST_CASE("few samples are not enough however long they take", "[calibrate]") {
  SampleSeries series({.noise = 0.005, .minimum_s = 0.5, .bound_s = 100.0, .minimum_samples = 10});
  for (int i = 0; i < 9; ++i) series.add(1.0, 1.0);
  CHECK_FALSE(series.done());
  series.add(1.0, 1.0);
  CHECK(series.done());
}

TEST_CASE("samples that never get quieter end when their noise has settled", "[calibrate]") {
  Rng rng(3, "samples");
  SampleSeries series({.noise = 0.005, .minimum_s = 0.1, .bound_s = 1000.0, .minimum_samples = 10});
  while (!series.done()) series.add(noisy(rng, 0.1), 0.01);
  CHECK(series.samples().size() > 64);
  CHECK(series.samples().size() < 5000);
  CHECK_FALSE(series.cut_short());
}

TEST_CASE("the bound ends everything and says so", "[calibrate]") {
  Rng rng(4, "samples");
  SampleSeries series({.noise = 0.0001, .minimum_s = 0.1, .bound_s = 0.3, .minimum_samples = 10});
  while (!series.done()) series.add(noisy(rng, 0.1), 0.01);
  CHECK(series.spent() == Approx(0.3).margin(0.011));
  CHECK(series.cut_short());
}

TEST_CASE("a device whose clock rises is not warm until it has risen", "[calibrate]") {
  WarmUp samples;
  int count = 0;
  // From half the clock towards the whole, a tenth of what is missing with each sample.
  for (double clock = 0.5; !samples.settled(); clock += 0.1 * (1.0 - clock)) {
    samples.add(1.0 / clock);
    ++count;
  }
  // The medians of two windows stand five samples apart; below 2 % apart means that the clock grew
  // by less than that in five samples: 0.5 * 0.9^n * (1 - 0.9^5) < 0.02, n about 22.
  CHECK(count > 20);
  CHECK(count < 35);
}

TEST_CASE("steady timings are warm after two windows", "[calibrate]") {
  WarmUp samples;
  for (int i = 0; i < 2 * WarmUp::window; ++i) {
    CHECK_FALSE(samples.settled());
    samples.add(1.0);
  }
  CHECK(samples.settled());
}

TEST_CASE("what gets slower beyond its noise is told, and by how much", "[calibrate]") {
  Rng rng(5, "samples");
  std::vector<double> throttling;
  for (int i = 0; i < 90; ++i) throttling.push_back(noisy(rng, 0.01) * (i < 45 ? 1.0 : 1.25));
  CHECK(slowing(throttling) == Approx(0.25).epsilon(0.1));
  CHECK(slowing(noisy_samples(6, 90, 0.05)) == 0.0);
  CHECK(slowing(std::vector<double>{1.0, 2.0, 3.0}) == 0.0);  // too few to say
}

TEST_CASE("a machine that others use is busy", "[calibrate]") {
  ConditionLog log;
  log.add({.clock_hz = unknown, .temperature_c = unknown, .busy_share = 0.0});
  log.add({.clock_hz = unknown, .temperature_c = unknown, .busy_share = 0.5});
  CHECK(log.condition().busy);
  CHECK(log.condition().busy_share == 0.25);
  CHECK_FALSE(log.condition().throttled);
  CHECK_FALSE(log.condition().clock_hz);
}

TEST_CASE("clocks that fall are throttling; a backend that sees nothing says nothing",
          "[calibrate]") {
  ConditionLog falling;
  falling.add({.clock_hz = 2e9, .temperature_c = 60.0, .busy_share = unknown});
  falling.add({.clock_hz = 1.4e9, .temperature_c = 95.0, .busy_share = unknown});
  CHECK(falling.condition().throttled);
  CHECK(falling.condition().temperature_c == 95.0);
  ConditionLog steady;
  steady.add({.clock_hz = 2e9, .temperature_c = unknown, .busy_share = unknown});
  steady.add({.clock_hz = 1.6e9, .temperature_c = unknown, .busy_share = unknown});
  CHECK_FALSE(steady.condition().throttled);
  ConditionLog blind;
  blind.add({.clock_hz = unknown, .temperature_c = unknown, .busy_share = unknown});
  CHECK(blind.condition() == Condition{});
}

TEST_CASE("two kernels at clocks of their own are no throttling", "[calibrate]") {
  ConditionLog log;
  log.append({.clock_hz = 2e9});
  log.append({.clock_hz = 1e9, .busy_share = 0.3, .warm = false});
  CHECK(log.condition().clock_hz == 1e9);
  CHECK_FALSE(log.condition().throttled);
  CHECK(log.condition().busy);
  CHECK_FALSE(log.condition().warm);
}
