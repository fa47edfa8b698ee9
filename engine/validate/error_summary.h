// Errors of predicted speeds: groups, weights and scores. Whoever prints residuals, validation and
// fit alike, groups and weighs them here.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/estimate.h"
#include "validate/validation_status.h"

namespace plimsoll {

// single: one sequence, a single stream. batch: so many in step. load: a server under requests.
enum class Traffic { single, batch, load };
std::string_view to_text(Traffic kind);

// A published speed and its prediction, in the unit of the metric.
struct SpeedPoint {
  std::string id;
  std::string metric;  // "decode_tps", "ttft_s", …
  std::string device;  // id of the entry that was predicted, else the name as published
  std::string variant;
  std::string model;   // id of the entry, else the name as published
  std::string engine;  // likewise
  std::string backend;
  std::string placement;  // as published; empty: accelerators
  bool moe = false;
  int devices = 1;
  Traffic load = Traffic::single;
  double measured = 0.0;
  std::optional<Estimate> predicted;  // nothing where status says so
  ValidationStatus status = ValidationStatus::unsupported;
  std::string reason;     // kebab-case word, where nothing is predicted
  std::string why;        // sentence to it
  bool profiled = false;  // a profile moved figures of the prediction

  // A measurement of a part (read rates, hit rates): no speed, and its value may be of any kind.
  bool part() const { return metric == "micro"; }
  double error() const { return predicted->value / measured - 1.0; }
  double log_error() const;  // log(predicted / measured)
  bool covered() const { return predicted->low <= measured && measured <= predicted->high; }
  double log_width() const;       // of the interval
  double interval_score() const;  // in logarithms
  // The unit of weight: rows of one table about one machine and model are one witness. The source
  // is the first part of the id, up to a hyphen.
  std::string witness() const;
};

// Of a 90 % interval: its width, and 2 / 0.1 times the distance by which it misses (Gneiting and
// Raftery 2007, equation 43). Smaller is better.
double interval_score(double low, double high, double value);

using SpeedPoints = std::vector<const SpeedPoint*>;

// How many a profile moved.
std::int64_t profiled_points(const std::vector<SpeedPoint>& points);

// A group is what one would call alike; a cell what one asks of a whole program.
struct SpeedGroup {
  std::string device;
  std::string engine;
  std::string backend;
  std::string metric;
  bool moe = false;
  bool several = false;  // devices

  friend auto operator<=>(const SpeedGroup&, const SpeedGroup&) = default;
};
struct SpeedCell {
  std::string metric;
  Traffic load = Traffic::single;
  bool moe = false;

  friend auto operator<=>(const SpeedCell&, const SpeedCell&) = default;
};
// Cells by engine, for tables that fit a page.
struct EngineGroup {
  std::string engine;
  std::string metric;
  bool moe = false;

  friend auto operator<=>(const EngineGroup&, const EngineGroup&) = default;
};
SpeedGroup group_of(const SpeedPoint& point);
SpeedCell cell_of(const SpeedPoint& point);
EngineGroup engine_group_of(const SpeedPoint& point);

// Points by key, the keys in order, within them as in `points`.
template <class KeyOf>
auto grouped(const SpeedPoints& points, KeyOf key_of) {
  std::map<decltype(key_of(*points.front())), SpeedPoints> groups;
  for (const SpeedPoint* point : points) groups[key_of(*point)].push_back(point);
  return groups;
}

// A value with the weight that it has among others.
struct Weighted {
  double value = 0.0;
  double weight = 1.0;
};
// The smallest value that `share` of the weight does not exceed. Of no values 0.
double weighted_quantile(std::vector<Weighted> values, double share);
double weighted_mean(const std::vector<Weighted>& values);

// Each witness weighs 1, which its points share equally.
std::vector<double> witness_weights(const SpeedPoints& points);

// Of points with a prediction, weighed by witness.
struct ErrorSummary {
  int points = 0;
  int witnesses = 0;
  double median_error = 0.0;  // absolute and relative
  double mean_error = 0.0;    // absolute and relative
  double bias = 0.0;          // mean relative error with its sign
  double coverage = 0.0;      // share inside the 90 % interval
  double width = 0.0;         // mean width of the interval, in logarithms
  double score = 0.0;         // mean interval score
};
ErrorSummary summarise_errors(const SpeedPoints& points);

// The band [value / (1 + q), value * (1 + q)] around every prediction, q alike for all: what a
// program without a model of its own uncertainty would print, at its best.
struct ConstantBand {
  double q = 0.0;
  double coverage = 0.0;
  double score = 0.0;  // mean interval score on the points it was chosen on
};
// With h = log(1 + q) the mean score 2 h + 20 mean(max(0, |log error| - h)) is least where a tenth
// of the weight lies beyond h.
ConstantBand best_constant_band(const SpeedPoints& points);

// Spearman's rank correlation, weighed by witness, of an interval's width and the absolute log
// error: whether wide intervals are where errors are large. Nothing where either is constant.
std::optional<double> width_error_correlation(const SpeedPoints& points);

}  // namespace plimsoll
