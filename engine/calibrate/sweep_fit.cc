#include "calibrate/sweep_fit.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace plimsoll::calibrate {
namespace {

// No line through shapes is truer than that, however quiet their timings are: without it the one
// quietest point would decide alone.
constexpr double smallest_error = 0.01;

// Sums of the normal equations of t = a + b w, both sides divided by t: residuals are relative.
struct NormalSums {
  double aa = 0.0;  // weight / t^2
  double ab = 0.0;  // weight w / t^2
  double bb = 0.0;  // weight w^2 / t^2
  double a1 = 0.0;  // weight / t
  double b1 = 0.0;  // weight w / t

  double determinant() const { return aa * bb - ab * ab; }
};

double weight_of(const SweepPoint& point) {
  return 1.0 / (point.error * point.error + smallest_error * smallest_error);
}

NormalSums sums_of(std::span<const SweepPoint> points, double unit) {
  NormalSums sums;
  for (const SweepPoint& point : points) {
    const double weight = weight_of(point);
    const double w = point.work / unit;
    const double t = point.seconds;
    sums.aa += weight / (t * t);
    sums.ab += weight * w / (t * t);
    sums.bb += weight * w * w / (t * t);
    sums.a1 += weight / t;
    sums.b1 += weight * w / t;
  }
  return sums;
}

struct Line {
  double a = 0.0;
  double b = 0.0;
};

double chi_square(std::span<const SweepPoint> points, const Line& line, double unit) {
  double sum = 0.0;
  for (const SweepPoint& point : points) {
    const double r = (line.a + line.b * point.work / unit) / point.seconds - 1.0;
    sum += weight_of(point) * r * r;
  }
  return sum;
}

// How much larger the residuals are than the errors of the points explain; at least 1.
double inflation(std::span<const SweepPoint> points, const Line& line, double unit, int free) {
  const int spare = static_cast<int>(points.size()) - free;
  return spare > 0 ? std::sqrt(std::max(1.0, chi_square(points, line, unit) / spare)) : 1.0;
}

double rms_residual(std::span<const SweepPoint> points, const SweepFit& fit) {
  double squares = 0.0;
  for (const SweepPoint& point : points) {
    const double r = fit.seconds(point.work) / point.seconds - 1.0;
    squares += r * r;
  }
  return std::sqrt(squares / static_cast<double>(points.size()));
}

Line proportional(const NormalSums& sums) {
  return {.a = 0.0, .b = sums.b1 / sums.bb};
}
Line constant(const NormalSums& sums) {
  return {.a = sums.a1 / sums.aa, .b = 0.0};
}

// Of one size: what it reached.
void fit_proportional(const NormalSums& sums, std::span<const SweepPoint> points, double unit,
                      SweepFit& fit) {
  const Line line = proportional(sums);
  fit.rate = unit / line.b;
  fit.rate_error = inflation(points, line, unit, 1) / std::sqrt(sums.bb) / line.b;
  fit.rate_known = true;
}

// Times that do not grow.
void fit_constant(const NormalSums& sums, std::span<const SweepPoint> points, double unit,
                  SweepFit& fit) {
  const Line line = constant(sums);
  fit.fixed_s = line.a;
  fit.fixed_error_s = inflation(points, line, unit, 1) / std::sqrt(sums.aa);
  fit.fixed_known = true;
  fit.rate = fit.work_high / line.a;
  fit.rate_error = 1.0;
}

}  // namespace

std::optional<SweepFit> fit_sweep(std::span<const SweepPoint> given) {
  std::vector<SweepPoint> points;
  for (const SweepPoint& point : given)
    if (point.work > 0.0 && point.seconds > 0.0) points.push_back(point);
  if (points.empty()) return std::nullopt;
  const auto by_work = [](const SweepPoint& a, const SweepPoint& b) { return a.work < b.work; };
  const auto [low, high] = std::minmax_element(points.begin(), points.end(), by_work);
  SweepFit fit{
      .work_low = low->work, .work_high = high->work, .points = static_cast<int>(points.size())};
  const double unit = fit.work_high;  // keeps the sums near each other in size
  const NormalSums sums = sums_of(points, unit);
  if (fit.work_low == fit.work_high) {
    fit_proportional(sums, points, unit, fit);
    fit.residual = rms_residual(points, fit);
    return fit;
  }
  const double determinant = sums.determinant();
  const Line line{.a = (sums.a1 * sums.bb - sums.b1 * sums.ab) / determinant,
                  .b = (sums.b1 * sums.aa - sums.a1 * sums.ab) / determinant};
  const double scale = inflation(points, line, unit, 2);
  const double slope_error = scale * std::sqrt(sums.aa / determinant);
  // A slope within two errors of none: one of the two numbers has to do.
  const bool unclear = line.b <= 2.0 * slope_error;
  const bool flat =
      chi_square(points, constant(sums), unit) < chi_square(points, proportional(sums), unit);
  if (unclear && flat) {
    fit_constant(sums, points, unit, fit);
    // The residual is against the constant that was fitted, not against the bound on the rate.
    SweepFit level = fit;
    level.rate = std::numeric_limits<double>::infinity();
    fit.residual = rms_residual(points, level);
    return fit;
  }
  if (unclear || line.a < 0.0) {
    fit_proportional(sums, points, unit, fit);
  } else {
    fit.fixed_s = line.a;
    fit.rate = unit / line.b;
    fit.rate_error = slope_error / line.b;
    fit.rate_known = true;
  }
  fit.fixed_known = true;
  fit.fixed_error_s = scale * std::sqrt(sums.bb / determinant);
  fit.residual = rms_residual(points, fit);
  return fit;
}

}  // namespace plimsoll::calibrate
