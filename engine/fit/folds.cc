#include "fit/folds.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

namespace plimsoll {
namespace {

// Which devices are the same but for variant and number: those that are called alike or are one
// entry.
std::vector<std::string> device_families(const std::vector<const LoweredPoint*>& points) {
  std::map<std::string, std::string> leader;
  const auto lead = [&leader](std::string name) {
    while (leader.contains(name) && leader[name] != name) name = leader[name];
    return name;
  };
  for (const LoweredPoint* point : points) {
    const std::string a = lead("name " + point->machine);
    const std::string b = lead("entry " + point->device);
    leader[a] = std::min(a, b);
    leader[b] = std::min(a, b);
  }
  std::vector<std::string> families;
  for (const LoweredPoint* point : points) families.push_back(lead("entry " + point->device));
  return families;
}

std::vector<Fold> grouped_folds(const std::vector<std::string>& keys) {
  std::map<std::string, Fold> folds;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    Fold& fold = folds[keys[i]];
    fold.name = keys[i];
    fold.left_out.push_back(i);
  }
  std::vector<Fold> list;
  for (auto& [key, fold] : folds) list.push_back(std::move(fold));
  return list;
}

// |error| of a logarithm, and that over half the width of the interval that the variances give.
struct Miss {
  double error = 0.0;
  double size = 0.0;
  double weight = 1.0;
  std::size_t fold = 0;
};

// The pool of all cells has the say of so many witnesses in each.
constexpr double pool_weight = 5.0;

struct Quantile {
  double size = 1.0;
  double weight = 0.0;  // of those it is of
};

// Nine tenths of the misses are smaller, by one of their figures.
Quantile common_miss(const std::vector<Miss>& misses, double Miss::*figure,
                     std::optional<std::size_t> without) {
  Quantile result;
  std::vector<Weighted> sizes;
  for (const Miss& miss : misses) {
    if (without && miss.fold == *without) continue;
    sizes.push_back({miss.*figure, miss.weight});
    result.weight += miss.weight;
  }
  if (!sizes.empty()) result.size = weighted_quantile(sizes, 0.9);
  return result;
}

double factor_of(const std::vector<Miss>& cell, const std::vector<Miss>& all,
                 std::optional<std::size_t> without) {
  constexpr double smallest = 0.05;
  const auto logarithm = [&](const Quantile& miss) {
    return std::log(std::max(smallest, miss.size));
  };
  const Quantile own = common_miss(cell, &Miss::size, without);
  const Quantile pool = common_miss(all, &Miss::size, without);
  const double sum = own.weight * logarithm(own) + pool_weight * logarithm(pool);
  return std::exp(sum / (own.weight + pool_weight));
}

// Half of its width. The score is least where a tenth of the errors lies beyond it
// (best_constant_band); a cell of one fold has the band of all cells.
double constant_band(const std::vector<Miss>& cell, const std::vector<Miss>& all,
                     std::size_t without) {
  const Quantile own = common_miss(cell, &Miss::error, without);
  return own.weight > 0.0 ? own.size : common_miss(all, &Miss::error, without).size;
}

SpeedPoint with_interval(SpeedPoint point, double value, double half) {
  point.predicted = Estimate{std::exp(value), std::exp(value - half), std::exp(value + half)};
  return point;
}

}  // namespace

std::string_view to_text(Protocol protocol) {
  return protocol == Protocol::known_device ? "known device" : "new device";
}

std::vector<Fold> folds_of(const std::vector<const LoweredPoint*>& points, Protocol protocol) {
  const std::vector<std::string> families = device_families(points);
  std::vector<std::string> witnesses;
  for (const LoweredPoint* point : points) witnesses.push_back(point->point.witness());
  const bool known = protocol == Protocol::known_device;
  std::vector<Fold> folds = grouped_folds(known ? witnesses : families);
  std::map<std::string, std::set<std::string>> witnesses_of;  // a device family
  for (std::size_t i = 0; i < points.size(); ++i) witnesses_of[families[i]].insert(witnesses[i]);
  for (Fold& fold : folds)
    for (const std::size_t i : fold.left_out)
      if (!known || witnesses_of[families[i]].size() > 1) fold.scored.push_back(i);
  std::erase_if(folds, [](const Fold& fold) { return fold.scored.empty(); });
  return folds;
}

std::vector<std::optional<LogPrediction>> predict_left_out(const Fitter& fitter,
                                                           const Posterior& full,
                                                           const std::vector<Fold>& folds,
                                                           const ParallelOptions& options) {
  std::vector<std::optional<LogPrediction>> predictions(fitter.points().size());
  parallel_for(folds.size(), options, [&](std::size_t f, int) {
    std::vector<bool> used(predictions.size(), true);
    for (const std::size_t i : folds[f].left_out) used[i] = false;
    const auto scored = fitter.predict_without(used, full.values, folds[f].scored);
    for (std::size_t k = 0; k < scored.size(); ++k) predictions[folds[f].scored[k]] = scored[k];
  });
  return predictions;
}

ScoredPoints score(const std::vector<const LoweredPoint*>& points, const std::vector<Fold>& folds,
                   const std::vector<std::optional<LogPrediction>>& predictions) {
  std::vector<std::size_t> fold_of(points.size(), folds.size());
  for (std::size_t f = 0; f < folds.size(); ++f)
    for (const std::size_t i : folds[f].scored) fold_of[i] = f;
  std::vector<std::size_t> order;
  SpeedPoints scored;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!predictions[i]) continue;
    order.push_back(i);
    scored.push_back(&points[i]->point);
  }
  const auto half_width = [&](std::size_t i) {
    return z90 * std::sqrt(predictions[i]->model_variance + predictions[i]->noise_variance);
  };
  const std::vector<double> weights = witness_weights(scored);
  std::map<SpeedCell, std::vector<Miss>> cells;
  std::vector<Miss> all;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const std::size_t i = order[k];
    const double error = std::abs(predictions[i]->value - points[i]->log_measured());
    const Miss miss{
        .error = error, .size = error / half_width(i), .weight = weights[k], .fold = fold_of[i]};
    cells[cell_of(points[i]->point)].push_back(miss);
    all.push_back(miss);
  }
  ScoredPoints result;
  for (const auto& [cell, misses] : cells)
    result.factors[cell] = factor_of(misses, all, std::nullopt);
  struct Crossed {
    double factor = 1.0;
    double band = 0.0;
  };
  std::map<std::pair<SpeedCell, std::size_t>, Crossed> crossed;
  for (const std::size_t i : order) {
    const auto key = std::pair(cell_of(points[i]->point), fold_of[i]);
    const auto [found, unknown] = crossed.try_emplace(key);
    const std::vector<Miss>& cell = cells[key.first];
    if (unknown)
      found->second = {factor_of(cell, all, key.second), constant_band(cell, all, key.second)};
    const double value = predictions[i]->value;
    result.points.push_back(
        with_interval(points[i]->point, value, half_width(i) * found->second.factor));
    result.banded.push_back(with_interval(points[i]->point, value, found->second.band));
  }
  return result;
}

}  // namespace plimsoll
