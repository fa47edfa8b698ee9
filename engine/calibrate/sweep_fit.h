// A family of kernels over sizes as two numbers: what a launch costs whatever it does, and how fast
// work goes beyond that.
//
//   t = t_fixed + work / rate
//
// Weighted least squares in relative error with t_fixed >= 0 and rate > 0: a point counts by the
// inverse square of its relative error, so that microseconds and seconds weigh alike. Where the
// points do not tell both numbers apart (1 / rate lies within two errors of none), one of them has
// to do: that which leaves less.
#pragma once

#include <optional>
#include <span>

namespace plimsoll::calibrate {

struct SweepPoint {
  double work = 0.0;     // bytes, FLOP or items
  double seconds = 0.0;  // > 0
  double error = 0.0;    // relative standard error of the seconds
};

struct SweepFit {
  double fixed_s = 0.0;
  double fixed_error_s = 0.0;  // standard error; of a t_fixed of 0 how much it might be
  double rate = 0.0;           // of work per second
  double rate_error = 0.0;     // relative standard error
  double work_low = 0.0;       // range of the sweep
  double work_high = 0.0;
  double residual = 0.0;  // root mean square of (fitted - measured) / measured
  int points = 0;
  // Points of one size show no t_fixed: it is 0, and the rate holds what it costs at that size.
  bool fixed_known = false;
  // Times that do not grow with the work show no rate: it is what the largest point reached, and
  // the true one is higher.
  bool rate_known = false;

  double seconds(double work) const { return fixed_s + work / rate; }
  friend bool operator==(const SweepFit&, const SweepFit&) = default;
};

// Nothing where no point has work and time.
std::optional<SweepFit> fit_sweep(std::span<const SweepPoint> points);

}  // namespace plimsoll::calibrate
