#include "validate/speed_summary.h"

#include <cmath>
#include <map>

namespace plimsoll {
namespace {

// Of no prediction the error is 100 %.
void fill_headline(const SpeedPoints& points, SpeedSummary& summary) {
  SpeedPoints unflagged;
  for (const SpeedPoint* point : points)
    if (point->status != ValidationStatus::suspect) unflagged.push_back(point);
  const std::vector<double> weights = witness_weights(unflagged);
  std::vector<Weighted> errors;
  for (std::size_t i = 0; i < unflagged.size(); ++i) {
    const SpeedPoint& point = *unflagged[i];
    const double error = point.predicted ? std::abs(point.error()) : 1.0;
    errors.push_back({.value = error, .weight = weights[i]});
  }
  summary.headline_mean_error = weighted_mean(errors);
  summary.headline_median_error = weighted_quantile(errors, 0.5);
  if (!unflagged.empty())
    summary.judged_share =
        static_cast<double>(summary.counts.judged) / static_cast<double>(unflagged.size());
}

std::vector<CellSummary> cells_of(const SpeedPoints& points) {
  std::vector<CellSummary> cells;
  for (const auto& [cell, members] : grouped(points, cell_of)) {
    const SpeedPoints judged = with_status(members, ValidationStatus::ok);
    cells.push_back({.cell = cell,
                     .groups = static_cast<int>(grouped(judged, group_of).size()),
                     .counts = count_points(members),
                     .errors = summarise_errors(judged),
                     .band = best_constant_band(judged),
                     .correlation = width_error_correlation(judged)});
  }
  return cells;
}

template <class NameOf>
void add_poor_support(const SpeedPoints& points, const std::string& kind, NameOf name_of,
                      std::vector<PoorSupport>& found) {
  for (const auto& [name, members] : grouped(points, name_of)) {
    const PointCounts counts = count_points(members);
    const int unflagged = counts.points - counts.suspect;
    if (counts.unsupported > allowed_unsupported * unflagged)
      found.push_back(
          {.kind = kind, .name = name, .points = unflagged, .unsupported = counts.unsupported});
  }
}

}  // namespace

PointCounts count_points(const SpeedPoints& points) {
  PointCounts counts;
  for (const SpeedPoint* point : points) {
    ++counts.points;
    counts.judged += point->status == ValidationStatus::ok ? 1 : 0;
    counts.suspect += point->status == ValidationStatus::suspect ? 1 : 0;
    counts.unresolved += point->status == ValidationStatus::unresolved ? 1 : 0;
    counts.unsupported += point->status == ValidationStatus::unsupported ? 1 : 0;
  }
  return counts;
}

SpeedPoints pointers_to(const std::vector<SpeedPoint>& points) {
  SpeedPoints all;
  for (const SpeedPoint& point : points) all.push_back(&point);
  return all;
}

SpeedPoints with_status(const SpeedPoints& points, ValidationStatus status) {
  SpeedPoints found;
  for (const SpeedPoint* point : points)
    if (point->status == status) found.push_back(point);
  return found;
}

SpeedSummary summarise_speeds(const std::vector<SpeedPoint>& all) {
  SpeedSummary summary;
  SpeedPoints points;
  for (const SpeedPoint& point : all) {
    if (point.part())
      ++summary.parts;
    else
      points.push_back(&point);
  }
  const SpeedPoints judged = with_status(points, ValidationStatus::ok);
  summary.counts = count_points(points);
  summary.errors = summarise_errors(judged);
  summary.correlation = width_error_correlation(judged);
  summary.suspect_errors = summarise_errors(with_status(points, ValidationStatus::suspect));
  fill_headline(points, summary);
  summary.cells = cells_of(points);
  summary.groups = errors_by(points, group_of);
  add_poor_support(
      points, "engine", [](const SpeedPoint& p) { return p.engine; }, summary.poor_support);
  add_poor_support(
      points, "placement",
      [](const SpeedPoint& p) { return p.placement.empty() ? "accelerator" : p.placement; },
      summary.poor_support);
  return summary;
}

}  // namespace plimsoll
