#include "calibrate/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

#include "base/sample_figures.h"

namespace plimsoll::calibrate {
namespace {

// Quartiles of the standard normal distribution are 1.349 apart.
constexpr double quartile_distance = 1.3489795003921634;
// The variance of a median over that of a mean, for normal samples: pi / 2.
constexpr double median_variance = 1.5707963267948966;

// As nvbench does: look at the trend of the noise every 16 samples once there are 64.
constexpr std::size_t noise_window = 64;
constexpr std::size_t noise_step = 16;
constexpr double noise_change = 0.05;

// The relative standard deviation of values around the last of them.
double relative_change(std::span<const double> values) {
  double squares = 0.0;
  for (const double value : values) squares += (value - values.back()) * (value - values.back());
  return std::sqrt(squares / static_cast<double>(values.size())) / values.back();
}

}  // namespace

double quantile(std::vector<double> samples, double share) {
  if (samples.empty()) throw std::invalid_argument("the quantile of no samples");
  return percentile_of(std::move(samples), share);
}

SampleSummary summarize(std::span<const double> samples) {
  if (samples.empty()) throw std::invalid_argument("a summary of no samples");
  std::vector<double> sorted(samples.begin(), samples.end());
  std::sort(sorted.begin(), sorted.end());
  SampleSummary summary{.median = percentile_of_sorted(sorted, 0.5),
                        .low = percentile_of_sorted(sorted, 0.25),
                        .high = percentile_of_sorted(sorted, 0.75),
                        .count = static_cast<int>(sorted.size())};
  if (summary.median > 0.0)
    summary.noise = (summary.high - summary.low) / quartile_distance / summary.median;
  summary.error = summary.noise * std::sqrt(median_variance / summary.count);
  return summary;
}

void SampleSeries::add(double seconds, double spent) {
  samples_.push_back(seconds);
  spent_ += spent;
  if (spent_ >= rule_.bound_s) {
    done_ = true;
    cut_short_ = summarize(samples_).noise > rule_.noise;
    return;
  }
  // Sorting thousands of samples after each would cost more than taking it.
  const std::size_t count = samples_.size();
  if (count < static_cast<std::size_t>(rule_.minimum_samples)) return;
  if (count > noise_window && count % noise_step != 0) return;
  noises_.push_back(summarize(samples_).noise);
  if (spent_ < rule_.minimum_s) return;
  done_ = noises_.back() < rule_.noise || noise_settled();
}

bool SampleSeries::noise_settled() const {
  constexpr std::size_t looked_at = noise_window / noise_step;
  if (samples_.size() <= noise_window || noises_.size() < looked_at) return false;
  return relative_change(std::span(noises_).last(looked_at)) < noise_change;
}

bool WarmUp::settled() const {
  if (samples_.size() < 2 * window) return false;
  const std::span<const double> last = std::span(samples_).last(window);
  const std::span<const double> before = std::span(samples_).last(2 * window).first(window);
  return std::fabs(summarize(last).median / summarize(before).median - 1.0) < agreement;
}

double slowing(std::span<const double> samples) {
  const std::size_t third = samples.size() / 3;
  if (third < WarmUp::window) return 0.0;
  const SampleSummary first = summarize(samples.first(third));
  const SampleSummary last = summarize(samples.last(third));
  if (first.median <= 0.0) return 0.0;
  const double slower = last.median / first.median - 1.0;
  const double error = std::hypot(first.error, last.error);
  return slower > 3.0 * error ? slower : 0.0;
}

void ConditionLog::add(const DeviceState& state) {
  if (std::isfinite(state.clock_hz) && state.clock_hz > 0.0) {
    lowest_clock_ = highest_clock_ > 0.0 ? std::min(lowest_clock_, state.clock_hz) : state.clock_hz;
    highest_clock_ = std::max(highest_clock_, state.clock_hz);
    condition_.clock_hz = std::min(condition_.clock_hz.value_or(state.clock_hz), state.clock_hz);
  }
  if (std::isfinite(state.temperature_c))
    condition_.temperature_c =
        std::max(condition_.temperature_c.value_or(state.temperature_c), state.temperature_c);
  if (std::isfinite(state.busy_share)) {
    busy_sum_ += state.busy_share;
    ++busy_count_;
  }
  if (state.throttled) condition_.throttled = true;
}

void ConditionLog::append(const Condition& other) {
  constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
  add({.clock_hz = unknown,
       .temperature_c = other.temperature_c.value_or(unknown),
       .busy_share = other.busy_share.value_or(unknown),
       .throttled = other.throttled});
  // Kernels run at clocks of their own; the lower one of two is no throttling.
  if (other.clock_hz)
    condition_.clock_hz = std::min(condition_.clock_hz.value_or(*other.clock_hz), *other.clock_hz);
  condition_.warm = condition_.warm && other.warm;
}

Condition ConditionLog::condition() const {
  Condition result = condition_;
  if (busy_count_ > 0) result.busy_share = busy_sum_ / busy_count_;
  result.busy = result.busy_share.value_or(0.0) > busy_from;
  if (lowest_clock_ < throttled_below * highest_clock_) result.throttled = true;
  return result;
}

}  // namespace plimsoll::calibrate
