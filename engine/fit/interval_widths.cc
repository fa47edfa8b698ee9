#include "fit/interval_widths.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

namespace plimsoll {
namespace {

// How far a left-out point lay from its prediction, and what that was said to be known to: both of
// logarithms.
struct Miss {
  double error = 0.0;  // without its sign
  double sigma = 0.0;
  double usual = 0.0;  // sigma of its cell, the geometric mean
  double weight = 1.0;
  std::size_t point = 0;
  std::size_t fold = 0;
  std::string family;  // of devices

  // Standard deviation that counts: the more like its cell's, the smaller the share of its own.
  double shared_sigma(double share) const {
    return std::pow(usual, 1.0 - share) * std::pow(sigma, share);
  }
};
using Misses = std::vector<Miss>;

template <class Excluded>
Misses without(const Misses& misses, Excluded excluded) {
  Misses others;
  std::remove_copy_if(misses.begin(), misses.end(), std::back_inserter(others), excluded);
  return others;
}

double weight_of(const Misses& misses) {
  double sum = 0.0;
  for (const Miss& miss : misses) sum += miss.weight;
  return sum;
}

// Nine tenths are smaller, by one of their figures; 1 where there are none.
template <class SizeOf>
double common_size(const Misses& misses, SizeOf size_of) {
  std::vector<Weighted> sizes;
  for (const Miss& miss : misses) sizes.push_back({size_of(miss), miss.weight});
  return sizes.empty() ? 1.0 : weighted_quantile(sizes, 0.9);
}

double usual_sigma(const Misses& cell) {
  double sum = 0.0;
  for (const Miss& miss : cell) sum += miss.weight * std::log(miss.sigma);
  return std::exp(sum / weight_of(cell));
}

// The pool of all cells has the say of so many witnesses in each.
constexpr double pool_weight = 5.0;

// The logarithm of what a cell says, leaning on the pool.
double pooled_log(double weight, double of_cell, double of_pool) {
  return (weight * std::log(of_cell) + pool_weight * std::log(of_pool)) / (weight + pool_weight);
}

// Half widths in shared sigmas, so that one of ten points lies beyond.
double half_of(const Misses& misses, double share) {
  return common_size(misses,
                     [&](const Miss& miss) { return miss.error / miss.shared_sigma(share); });
}

// Interval scores over the usual sigma, with their weights: the mean, and sums by family of
// devices.
struct ShareScore {
  double mean = 1.0;
  std::map<std::string, double> sums;
};

ShareScore score_of(const Misses& misses, double share) {
  ShareScore result;
  if (misses.empty()) return result;
  const double size = half_of(misses, share);
  double all = 0.0;
  for (const Miss& miss : misses) {
    const double half = size * miss.shared_sigma(share);
    const double score = miss.weight * interval_score(-half, half, miss.error) / miss.usual;
    result.sums[miss.family] += score;
    all += score;
  }
  result.mean = all / weight_of(misses);
  return result;
}

// What one share is worth in all protocols.
struct ShareTrial {
  double share = 1.0;
  double score = 0.0;  // log; smaller is better
  std::map<std::string, double> sums;
};

// By no more than the standard error of the difference between families of devices.
bool hardly_worse(const ShareTrial& one, const ShareTrial& best) {
  double sum = 0.0;
  double squares = 0.0;
  for (const auto& [family, score] : one.sums) {
    const double difference = score - best.sums.at(family);
    sum += difference;
    squares += difference * difference;
  }
  return sum <= std::sqrt(squares);
}

// The misses of a protocol.
struct ProtocolMisses {
  std::map<SpeedCell, Misses> cells;
  Misses all;
};

// What is left of a cell and of all cells of its protocol.
struct Others {
  Misses cell;
  Misses all;
};

template <class Excluded>
Others others_of(const ProtocolMisses& misses, const Misses& cell, Excluded excluded) {
  return {.cell = without(cell, excluded), .all = without(misses.all, excluded)};
}

// The share with the best score, or the largest that is hardly worse: standard deviations keep what
// nothing speaks against.
double share_of(const std::vector<ProtocolMisses>& protocols, const SpeedCell& cell,
                const std::optional<std::string>& left_out) {
  const auto excluded = [&](const Miss& miss) { return miss.family == left_out; };
  std::vector<Others> others;
  for (const ProtocolMisses& each : protocols)
    if (const auto found = each.cells.find(cell); found != each.cells.end())
      others.push_back(others_of(each, found->second, excluded));
  std::vector<ShareTrial> trials;
  for (const double share : {1.0, 0.75, 0.5, 0.25, 0.0}) {
    ShareTrial trial{.share = share, .sums = {}};
    for (const Others& each : others) {
      const ShareScore score = score_of(each.cell, share);
      trial.score += pooled_log(weight_of(each.cell), score.mean, score_of(each.all, share).mean);
      for (const auto& [family, sum] : score.sums) trial.sums[family] += sum;
    }
    trials.push_back(std::move(trial));
  }
  const auto best =
      std::min_element(trials.begin(), trials.end(),
                       [](const ShareTrial& a, const ShareTrial& b) { return a.score < b.score; });
  return std::find_if(trials.begin(), best,
                      [&](const ShareTrial& each) { return hardly_worse(each, *best); })
      ->share;
}

WidthLaw law_of(const Others& others, double usual, double share) {
  constexpr double smallest = 0.05;
  const auto factor = [&](const Misses& of) {
    return std::max(smallest, half_of(of, share) / z90);
  };
  const double pooled = pooled_log(weight_of(others.cell), factor(others.cell), factor(others.all));
  return {.factor = std::exp(pooled) * std::pow(usual, 1.0 - share), .share = share};
}

// Half of its width. The score is least where a tenth of the errors lies beyond it
// (best_constant_band); a cell of one fold has the band of all cells.
double constant_band(const Others& others) {
  return common_size(others.cell.empty() ? others.all : others.cell,
                     [](const Miss& miss) { return miss.error; });
}

SpeedPoint with_interval(SpeedPoint point, double value, double half) {
  point.predicted = Estimate{std::exp(value), std::exp(value - half), std::exp(value + half)};
  return point;
}

class Scoring {
 public:
  Scoring(const std::vector<const LoweredPoint*>& points,
          const std::vector<FoldPredictions>& protocols)
      : points_(points), protocols_(protocols), families_(device_families(points)) {
    for (const FoldPredictions& each : protocols) misses_.push_back(misses_of(each));
  }

  ScoredPoints scored(std::size_t protocol) {
    const ProtocolMisses& misses = misses_[protocol];
    ScoredPoints result;
    std::vector<std::pair<const Miss*, const Misses*>> in_order;
    for (const auto& [cell, members] : misses.cells) {
      result.widths[cell] = law_of({.cell = members, .all = misses.all}, members.front().usual,
                                   share(cell, std::nullopt));
      for (const Miss& miss : members) in_order.emplace_back(&miss, &members);
    }
    std::sort(in_order.begin(), in_order.end(),
              [](const auto& a, const auto& b) { return a.first->point < b.first->point; });
    std::map<std::pair<SpeedCell, std::size_t>, Crossed> crossed;
    for (const auto& [miss, members] : in_order) {
      const SpeedPoint& point = points_[miss->point]->point;
      const SpeedCell cell = cell_of(point);
      const auto [found, unknown] = crossed.try_emplace({cell, miss->fold});
      if (unknown) found->second = crossed_of(misses, cell, *members, *miss);
      const double value = protocols_[protocol].predictions[miss->point]->value;
      result.points.push_back(with_interval(point, value, z90 * found->second.law.of(miss->sigma)));
      result.banded.push_back(with_interval(point, value, found->second.band));
    }
    return result;
  }

 private:
  // From all other folds.
  struct Crossed {
    WidthLaw law;
    double band = 0.0;
  };

  Crossed crossed_of(const ProtocolMisses& misses, const SpeedCell& cell, const Misses& members,
                     const Miss& miss) {
    const Others others =
        others_of(misses, members, [&](const Miss& each) { return each.fold == miss.fold; });
    return {.law = law_of(others, miss.usual, share(cell, miss.family)),
            .band = constant_band(others)};
  }

  ProtocolMisses misses_of(const FoldPredictions& protocol) const {
    std::vector<std::size_t> fold_of(points_.size(), protocol.folds.size());
    for (std::size_t f = 0; f < protocol.folds.size(); ++f)
      for (const std::size_t i : protocol.folds[f].scored) fold_of[i] = f;
    std::vector<std::size_t> order;
    SpeedPoints scored;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      if (!protocol.predictions[i]) continue;
      order.push_back(i);
      scored.push_back(&points_[i]->point);
    }
    const std::vector<double> weights = witness_weights(scored);
    ProtocolMisses misses;
    for (std::size_t k = 0; k < order.size(); ++k) {
      const std::size_t i = order[k];
      const LogPrediction& predicted = *protocol.predictions[i];
      misses.cells[cell_of(points_[i]->point)].push_back(
          {.error = std::abs(predicted.value - points_[i]->log_measured()),
           .sigma = std::sqrt(predicted.model_variance + predicted.noise_variance),
           .weight = weights[k],
           .point = i,
           .fold = fold_of[i],
           .family = families_[i]});
    }
    for (auto& [cell, members] : misses.cells) {
      const double usual = usual_sigma(members);
      for (Miss& miss : members) miss.usual = usual;
      misses.all.insert(misses.all.end(), members.begin(), members.end());
    }
    return misses;
  }

  double share(const SpeedCell& cell, const std::optional<std::string>& left_out) {
    const auto [found, unknown] = shares_.try_emplace({cell, left_out});
    if (unknown) found->second = share_of(misses_, cell, left_out);
    return found->second;
  }

  const std::vector<const LoweredPoint*>& points_;
  const std::vector<FoldPredictions>& protocols_;
  std::vector<std::string> families_;  // by point
  std::vector<ProtocolMisses> misses_;
  std::map<std::pair<SpeedCell, std::optional<std::string>>, double> shares_;
};

}  // namespace

std::vector<ScoredPoints> score(const std::vector<const LoweredPoint*>& points,
                                const std::vector<FoldPredictions>& protocols) {
  Scoring scoring(points, protocols);
  std::vector<ScoredPoints> scored;
  for (std::size_t i = 0; i < protocols.size(); ++i) scored.push_back(scoring.scored(i));
  return scored;
}

}  // namespace plimsoll
