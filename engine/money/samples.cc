#include "money/samples.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <span>

#include "base/rng.h"

namespace plimsoll::money {

namespace {

constexpr std::uint64_t seed = 20261121;

// The normal quantiles of the middles of the strata, ascending.
const std::vector<double>& strata() {
  static const std::vector<double> middles = [] {
    std::vector<double> z(Samples::count);
    for (std::size_t i = 0; i < z.size(); ++i) {
      z[i] = normal_quantile((static_cast<double>(i) + 0.5) / Samples::count);
    }
    return z;
  }();
  return middles;
}

double polynomial(std::span<const double> coefficients, double x) {
  double value = 0.0;
  for (const double c : coefficients) value = value * x + c;
  return value;
}

}  // namespace

double normal_quantile(double p) {
  static constexpr double a[] = {-3.969683028665376e+01, 2.209460984245205e+02,
                                 -2.759285104469687e+02, 1.383577518672690e+02,
                                 -3.066479806614716e+01, 2.506628277459239e+00};
  static constexpr double b[] = {-5.447609879822406e+01, 1.615858368580409e+02,
                                 -1.556989798598866e+02, 6.680131188771972e+01,
                                 -1.328068155288572e+01, 1.0};
  static constexpr double c[] = {-7.784894002430293e-03, -3.223964580411365e-01,
                                 -2.400758277161838e+00, -2.549732539343734e+00,
                                 4.374664141464968e+00,  2.938163982698783e+00};
  static constexpr double d[] = {7.784695709041462e-03, 3.224671290700398e-01,
                                 2.445134137142996e+00, 3.754408661907416e+00, 1.0};
  constexpr double tail = 0.02425;
  double z = 0.0;
  if (p < tail || p > 1.0 - tail) {
    const double q = std::sqrt(-2.0 * std::log(std::min(p, 1.0 - p)));
    z = polynomial(c, q) / polynomial(d, q) * (p < tail ? 1.0 : -1.0);
  } else {
    const double q = p - 0.5;
    z = q * polynomial(a, q * q) / polynomial(b, q * q);
  }
  const double error = standard_normal_below(z) - p;
  const double step = error * std::sqrt(2.0 * std::numbers::pi) * std::exp(z * z / 2.0);
  return z - step / (1.0 + z * step / 2.0);
}

const std::vector<double>& Samples::normals(const std::string& factor) {
  const auto known = normals_.find(factor);
  if (known != normals_.end()) return known->second;
  std::vector<double> draws = strata();
  Rng rng(seed, "money/" + factor);
  for (std::size_t i = draws.size(); i > 1; --i) std::swap(draws[i - 1], draws[rng.below(i)]);
  return normals_.emplace(factor, std::move(draws)).first->second;
}

std::vector<double> Samples::of(const Amount& amount) {
  std::vector<double> sums(count, 0.0);
  for (const auto& [powers, coefficient] : amount.terms()) {
    double scale = coefficient;
    std::vector<double> exponents(count, 0.0);
    for (const auto& [name, power] : powers) {
      const Factor& factor = amount.factors().at(name);
      const std::vector<double>& z = normals(name);
      scale *= std::pow(factor.median, power);
      for (std::size_t i = 0; i < z.size(); ++i) exponents[i] += power * factor.log_sigma * z[i];
    }
    for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += scale * std::exp(exponents[i]);
  }
  return sums;
}

double quantile(std::vector<double> draws, double p) {
  const double rank = std::ceil(p * static_cast<double>(draws.size())) - 1.0;
  const auto at = draws.begin() + static_cast<std::ptrdiff_t>(std::max(rank, 0.0));
  std::nth_element(draws.begin(), at, draws.end());
  return *at;
}

}  // namespace plimsoll::money
