// What a validation of speeds says as a whole: how many points are predicted, how large the errors
// are by group and by cell, and where the program does worse than it should.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "validate/error_summary.h"

namespace plimsoll {

struct PointCounts {
  int points = 0;
  int judged = 0;  // status ok
  int suspect = 0;
  int unresolved = 0;
  int unsupported = 0;
};
PointCounts count_points(const SpeedPoints& points);

// Errors are of the points with status ok.
template <class Key>
struct KeyedErrors {
  Key key;
  PointCounts counts;
  ErrorSummary errors;
};

SpeedPoints pointers_to(const std::vector<SpeedPoint>& points);
SpeedPoints with_status(const SpeedPoints& points, ValidationStatus status);

template <class KeyOf>
auto errors_by(const SpeedPoints& points, KeyOf key_of) {
  using Key = decltype(key_of(*points.front()));
  std::vector<KeyedErrors<Key>> all;
  for (const auto& [key, members] : grouped(points, key_of))
    all.push_back({.key = key,
                   .counts = count_points(members),
                   .errors = summarise_errors(with_status(members, ValidationStatus::ok))});
  return all;
}

// Those with the largest mean error first, those without any judged point last.
template <class Key>
void worst_first(std::vector<KeyedErrors<Key>>& all) {
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
    if ((a.errors.points > 0) != (b.errors.points > 0)) return a.errors.points > 0;
    return a.errors.mean_error > b.errors.mean_error;
  });
}

struct CellSummary {
  SpeedCell cell;
  int groups = 0;  // with a judged point
  PointCounts counts;
  ErrorSummary errors;
  ConstantBand band;
  std::optional<double> correlation;
};

// An engine or placement of which more than the allowed share is unsupported.
struct PoorSupport {
  std::string kind;  // "engine" or "placement"
  std::string name;
  int points = 0;  // not suspect
  int unsupported = 0;
};
// Share of its points that may be unsupported.
inline constexpr double allowed_unsupported = 0.2;

// Mean relative error from which on a group is called biased.
inline constexpr double notable_bias = 0.1;

struct SpeedSummary {
  PointCounts counts;         // without measurements of parts
  int parts = 0;              // of a machine or engine: read rates, hit rates; no speeds
  double judged_share = 0.0;  // of the points that are not suspect
  ErrorSummary errors;
  // Over all points that are not suspect; those without a prediction count as wrong by 100 %.
  double headline_mean_error = 0.0;
  double headline_median_error = 0.0;
  std::optional<double> correlation;  // width_error_correlation()
  ErrorSummary suspect_errors;
  std::vector<CellSummary> cells;
  std::vector<KeyedErrors<SpeedGroup>> groups;  // in the order of their keys
  std::vector<PoorSupport> poor_support;
};

SpeedSummary summarise_speeds(const std::vector<SpeedPoint>& points);

}  // namespace plimsoll
