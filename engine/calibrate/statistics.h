// What repeated timings of one kernel say: a robust middle with its spread, when to stop repeating,
// when clocks have settled, and whether the machine was left alone meanwhile.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "calibrate/kernel_case.h"

namespace plimsoll::calibrate {

// Of samples in seconds. A few samples that something else interrupted do not move it.
struct SampleSummary {
  double median = 0.0;
  double low = 0.0;  // quartiles
  double high = 0.0;
  // Relative standard deviation of one sample, from the quartiles: (high - low) / 1.349 / median,
  // which is the usual one where samples are normal.
  double noise = 0.0;
  // Relative standard error of the median: sqrt(pi / 2) noise / sqrt(count), as of normal samples.
  double error = 0.0;
  int count = 0;
};

// Throws std::invalid_argument for no samples: that is our own mistake.
SampleSummary summarize(std::span<const double> samples);

// What lies at that share (0 to 1) of the sorted samples, linear between neighbours.
double quantile(std::vector<double> samples, double share);

// When to stop (after nvbench, stdrel_criterion): not before the minimum time and count; then as
// soon as one sample's noise is below the target, or has stopped changing, because some kernels
// never get quieter; at the bound in any case.
struct StoppingRule {
  double noise = 0.005;    // nvbench's default
  double minimum_s = 0.5;  // nvbench's default
  double bound_s = 15.0;
  int minimum_samples = 10;
};

class SampleSeries {
 public:
  explicit SampleSeries(const StoppingRule& rule) : rule_(rule) {}

  // `seconds` per launch; `spent` is what the sample took together.
  void add(double seconds, double spent);

  bool done() const { return done_; }
  double spent() const { return spent_; }
  const std::vector<double>& samples() const { return samples_; }
  // Whether the bound ended it, above the target noise.
  bool cut_short() const { return cut_short_; }

 private:
  bool noise_settled() const;

  StoppingRule rule_;
  std::vector<double> samples_;
  std::vector<double> noises_;  // after every step of samples
  double spent_ = 0.0;
  bool done_ = false;
  bool cut_short_ = false;
};

// Clocks rise, caches and pages fill: samples count from when the medians of two successive windows
// agree.
class WarmUp {
 public:
  static constexpr int window = 5;
  static constexpr double agreement = 0.02;

  void add(double seconds) { samples_.push_back(seconds); }
  bool settled() const;

 private:
  std::vector<double> samples_;
};

// How much slower the last third of the samples is than the first (0.1: a tenth), where that is
// more than three standard errors; else 0. Clocks that fall under load show here.
double slowing(std::span<const double> samples);

// What the device was like while something was measured.
struct Condition {
  std::optional<double> clock_hz{};       // lowest
  std::optional<double> temperature_c{};  // highest
  std::optional<double> busy_share{};     // mean, of others
  bool busy = false;
  bool throttled = false;
  bool warm = true;  // timings had settled before they counted

  friend bool operator==(const Condition&, const Condition&) = default;
};

class ConditionLog {
 public:
  // More than that by others, and figures are theirs, too.
  static constexpr double busy_from = 0.1;
  // Of the highest clock seen: nvbench's throttle-threshold.
  static constexpr double throttled_below = 0.75;

  void add(const DeviceState& state);
  void unsettled() { condition_.warm = false; }
  void slowed() { condition_.throttled = true; }
  // That of another kernel.
  void append(const Condition& other);
  Condition condition() const;

 private:
  Condition condition_;
  double lowest_clock_ = 0.0;  // of states; those of conditions belong to other kernels
  double highest_clock_ = 0.0;
  double busy_sum_ = 0.0;
  int busy_count_ = 0;
};

}  // namespace plimsoll::calibrate
