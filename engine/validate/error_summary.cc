#include "validate/error_summary.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace plimsoll {
namespace {

// A 90 % interval misses a tenth.
constexpr double miss_share = 0.1;

// Room for the rounding of a sum of weights.
constexpr double weight_slack = 1e-9;

// Of each value its place in the order of all, 1 for the smallest; equal ones share the mean.
std::vector<double> ranks(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
  std::vector<double> result(values.size());
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && values[order[end]] == values[order[first]]) ++end;
    const double mean = (static_cast<double>(first + 1) + static_cast<double>(end)) / 2.0;
    for (; first < end; ++first) result[order[first]] = mean;
  }
  return result;
}

std::optional<double> correlation(const std::vector<double>& x, const std::vector<double>& y,
                                  const std::vector<double>& weights) {
  const auto mean = [&](auto value_of) {
    double sum = 0.0;
    double weight = 0.0;
    for (std::size_t i = 0; i < weights.size(); ++i) {
      sum += weights[i] * value_of(i);
      weight += weights[i];
    }
    return sum / weight;
  };
  if (weights.empty()) return std::nullopt;
  const double mean_x = mean([&](std::size_t i) { return x[i]; });
  const double mean_y = mean([&](std::size_t i) { return y[i]; });
  const double xx = mean([&](std::size_t i) { return (x[i] - mean_x) * (x[i] - mean_x); });
  const double yy = mean([&](std::size_t i) { return (y[i] - mean_y) * (y[i] - mean_y); });
  const double xy = mean([&](std::size_t i) { return (x[i] - mean_x) * (y[i] - mean_y); });
  if (xx <= 0.0 || yy <= 0.0) return std::nullopt;
  return xy / std::sqrt(xx * yy);
}

template <class ValueOf>
std::vector<Weighted> weigh(const SpeedPoints& points, const std::vector<double>& weights,
                            ValueOf value_of) {
  std::vector<Weighted> values;
  for (std::size_t i = 0; i < points.size(); ++i)
    values.push_back({.value = value_of(*points[i]), .weight = weights[i]});
  return values;
}

}  // namespace

double interval_score(double low, double high, double value) {
  const double miss = std::max({low - value, value - high, 0.0});
  return high - low + 2.0 / miss_share * miss;
}

std::int64_t profiled_points(const std::vector<SpeedPoint>& points) {
  return std::count_if(points.begin(), points.end(),
                       [](const SpeedPoint& point) { return point.profiled; });
}

std::string_view to_text(ValidationStatus status) {
  switch (status) {
    case ValidationStatus::ok:
      return "ok";
    case ValidationStatus::suspect:
      return "suspect";
    case ValidationStatus::unresolved:
      return "unresolved";
    case ValidationStatus::unsupported:
      return "unsupported";
  }
  return "";
}

std::string_view to_text(Traffic kind) {
  switch (kind) {
    case Traffic::single:
      return "single";
    case Traffic::batch:
      return "batch";
    case Traffic::load:
      return "load";
  }
  return "";
}

double SpeedPoint::log_error() const {
  return std::log(predicted->value / measured);
}

double SpeedPoint::log_width() const {
  return std::log(predicted->high / predicted->low);
}

double SpeedPoint::interval_score() const {
  return plimsoll::interval_score(std::log(predicted->low), std::log(predicted->high),
                                  std::log(measured));
}

std::string SpeedPoint::witness() const {
  return id.substr(0, id.find('-')) + '|' + device + '|' + variant + '|' + model;
}

SpeedGroup group_of(const SpeedPoint& point) {
  return {.device = point.device,
          .engine = point.engine,
          .backend = point.backend,
          .metric = point.metric,
          .moe = point.moe,
          .several = point.devices > 1};
}

SpeedCell cell_of(const SpeedPoint& point) {
  return {.metric = point.metric, .load = point.load, .moe = point.moe};
}

EngineGroup engine_group_of(const SpeedPoint& point) {
  return {.engine = point.engine, .metric = point.metric, .moe = point.moe};
}

double weighted_quantile(std::vector<Weighted> values, double share) {
  if (values.empty()) return 0.0;
  std::sort(values.begin(), values.end(),
            [](const Weighted& a, const Weighted& b) { return a.value < b.value; });
  double all = 0.0;
  for (const Weighted& each : values) all += each.weight;
  double below = 0.0;
  for (const Weighted& each : values) {
    below += each.weight;
    if (below >= share * all * (1.0 - weight_slack)) return each.value;
  }
  return values.back().value;
}

double weighted_mean(const std::vector<Weighted>& values) {
  double sum = 0.0;
  double all = 0.0;
  for (const Weighted& each : values) {
    sum += each.weight * each.value;
    all += each.weight;
  }
  return all > 0.0 ? sum / all : 0.0;
}

std::vector<double> witness_weights(const SpeedPoints& points) {
  std::map<std::string, int> counts;
  for (const SpeedPoint* point : points) ++counts[point->witness()];
  std::vector<double> weights;
  for (const SpeedPoint* point : points) weights.push_back(1.0 / counts[point->witness()]);
  return weights;
}

ErrorSummary summarise_errors(const SpeedPoints& points) {
  const std::vector<double> weights = witness_weights(points);
  const auto values = [&](auto value_of) { return weigh(points, weights, value_of); };
  const auto absolute = values([](const SpeedPoint& p) { return std::abs(p.error()); });
  double witnesses = 0.0;
  for (double weight : weights) witnesses += weight;
  return {.points = static_cast<int>(points.size()),
          .witnesses = static_cast<int>(std::lround(witnesses)),
          .median_error = weighted_quantile(absolute, 0.5),
          .mean_error = weighted_mean(absolute),
          .bias = weighted_mean(values([](const SpeedPoint& p) { return p.error(); })),
          .coverage =
              weighted_mean(values([](const SpeedPoint& p) { return p.covered() ? 1.0 : 0.0; })),
          .width = weighted_mean(values([](const SpeedPoint& p) { return p.log_width(); })),
          .score = weighted_mean(values([](const SpeedPoint& p) { return p.interval_score(); }))};
}

ConstantBand best_constant_band(const SpeedPoints& points) {
  const std::vector<Weighted> errors = weigh(
      points, witness_weights(points), [](const SpeedPoint& p) { return std::abs(p.log_error()); });
  const double half = weighted_quantile(errors, 1.0 - miss_share);
  std::vector<Weighted> scores = errors;
  std::vector<Weighted> inside = errors;
  for (std::size_t i = 0; i < errors.size(); ++i) {
    scores[i].value = interval_score(-half, half, errors[i].value);
    inside[i].value = errors[i].value <= half ? 1.0 : 0.0;
  }
  return {.q = std::expm1(half), .coverage = weighted_mean(inside), .score = weighted_mean(scores)};
}

std::optional<double> width_error_correlation(const SpeedPoints& points) {
  std::vector<double> widths;
  std::vector<double> errors;
  for (const SpeedPoint* point : points) {
    widths.push_back(point->log_width());
    errors.push_back(std::abs(point->log_error()));
  }
  return correlation(ranks(widths), ranks(errors), witness_weights(points));
}

}  // namespace plimsoll
