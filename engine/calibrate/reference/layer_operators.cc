#include "calibrate/reference/layer_operators.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace plimsoll::calibrate::reference {
namespace {

void append(Expected& out, double value, double magnitude) {
  out.values.push_back(value);
  out.magnitudes.push_back(magnitude);
}

}  // namespace

Expected swiglu(std::span<const double> gate, std::span<const double> up) {
  Expected out;
  for (std::size_t i = 0; i < gate.size(); ++i) {
    const double value = gate[i] / (1.0 + std::exp(-gate[i])) * up[i];
    // exp passes the rounding of its argument on, times the argument.
    append(out, value, std::abs(value) * (1.0 + std::abs(gate[i])));
  }
  return out;
}

Expected rms_norm(std::span<const double> x, std::span<const double> weight, double epsilon) {
  double sum_of_squares = 0.0;
  for (const double value : x) sum_of_squares += value * value;
  const double root = std::sqrt(sum_of_squares / static_cast<double>(x.size()) + epsilon);
  Expected out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double value = x[i] / root * weight[i];
    append(out, value, std::abs(value));
  }
  return out;
}

Expected rope(std::span<const double> x, std::int64_t head_dim, std::int64_t position, double base,
              RopePairs pairs) {
  const auto dim = static_cast<std::size_t>(head_dim);
  const std::size_t half = dim / 2;
  Expected out{.values = {x.begin(), x.end()}, .magnitudes = std::vector<double>(x.size())};
  for (std::size_t head = 0; head + dim <= x.size(); head += dim) {
    for (std::size_t i = 0; i < half; ++i) {
      const std::size_t first = head + (pairs == RopePairs::halves ? i : 2 * i);
      const std::size_t second = pairs == RopePairs::halves ? first + half : first + 1;
      const double exponent = -2.0 * static_cast<double>(i) / static_cast<double>(dim);
      const double angle = static_cast<double>(position) * std::pow(base, exponent);
      out.values[first] = x[first] * std::cos(angle) - x[second] * std::sin(angle);
      out.values[second] = x[first] * std::sin(angle) + x[second] * std::cos(angle);
      // An error of cosine or sine counts whole, however small they are.
      out.magnitudes[first] = std::abs(x[first]) + std::abs(x[second]);
      out.magnitudes[second] = out.magnitudes[first];
    }
  }
  return out;
}

std::vector<Route> route(std::span<const double> logits, std::int64_t count, bool renormalize) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<Route> routes;
  double sum = 0.0;
  for (std::size_t expert = 0; expert < logits.size(); ++expert) {
    const double weight = std::exp(logits[expert] - largest);
    sum += weight;
    routes.push_back({static_cast<std::int64_t>(expert), weight});
  }
  std::stable_sort(routes.begin(), routes.end(),
                   [](const Route& a, const Route& b) { return a.weight > b.weight; });
  routes.resize(static_cast<std::size_t>(count));
  if (renormalize) {
    sum = std::accumulate(routes.begin(), routes.end(), 0.0,
                          [](double partial, const Route& each) { return partial + each.weight; });
  }
  for (Route& each : routes) each.weight /= sum;
  return routes;
}

Expected combine(std::span<const double> residual, std::span<const double> outputs,
                 std::span<const double> weights) {
  Expected out;
  for (std::size_t i = 0; i < residual.size(); ++i) {
    double value = residual[i];
    double magnitude = std::abs(residual[i]);
    for (std::size_t expert = 0; expert < weights.size(); ++expert) {
      const double term = weights[expert] * outputs[expert * residual.size() + i];
      value += term;
      magnitude += std::abs(term);
    }
    append(out, value, magnitude);
  }
  return out;
}

}  // namespace plimsoll::calibrate::reference
