#include "validate/validation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "config/document.h"
#include "validate/footprint_points.h"

namespace plimsoll {
namespace {

// Room for the last bit of a conversion between units.
constexpr double conversion_slack = 1e-9;

// The smallest value that `share` of the sorted values do not exceed.
double quantile(const std::vector<double>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

void count(ValidationSummary& summary, const ValidationPoint& point) {
  ++summary.points;
  summary.judged += point.status == ValidationStatus::ok ? 1 : 0;
  summary.suspect += point.status == ValidationStatus::suspect ? 1 : 0;
  summary.unresolved += point.status == ValidationStatus::unresolved ? 1 : 0;
  summary.unsupported += point.status == ValidationStatus::unsupported ? 1 : 0;
  if (point.predicted) summary.aim = point.aim;
}

ValidationSummary summary_of(const std::vector<const ValidationPoint*>& points) {
  ValidationSummary summary{.metric = points.front()->metric, .group = points.front()->group};
  std::vector<double> errors;
  for (const ValidationPoint* point : points) {
    count(summary, *point);
    if (point->status != ValidationStatus::ok) continue;
    errors.push_back(std::abs(point->error()));
    summary.within_aim += point->within_aim() ? 1.0 : 0.0;
    summary.covered += point->covered() ? 1.0 : 0.0;
  }
  if (errors.empty()) return summary;
  std::sort(errors.begin(), errors.end());
  summary.median_error = quantile(errors, 0.5);
  summary.p90_error = quantile(errors, 0.9);
  summary.within_aim /= summary.judged;
  summary.covered /= summary.judged;
  return summary;
}

}  // namespace

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

bool ValidationPoint::within_aim() const {
  const double allowed = std::max(rounding, aim * measured) + conversion_slack * measured;
  return std::abs(predicted->value - measured) <= allowed;
}

bool ValidationPoint::covered() const {
  const double slack = rounding + conversion_slack * measured;
  return predicted->low - slack <= measured && measured <= predicted->high + slack;
}

std::vector<ValidationSummary> summarise(const std::vector<ValidationPoint>& points) {
  std::map<std::pair<std::string, std::string>, std::vector<const ValidationPoint*>> groups;
  for (const ValidationPoint& point : points) groups[{point.metric, point.group}].push_back(&point);
  std::vector<ValidationSummary> summaries;
  for (const auto& [key, members] : groups) summaries.push_back(summary_of(members));
  return summaries;
}

std::vector<ValidationPoint> validate(const std::filesystem::path& file, Catalog& catalog,
                                      Diagnostics& diagnostics) {
  const Document document = Document::load_file(file, diagnostics);
  if (document.root().kind() == NodeKind::invalid) return {};
  return predict_footprints(document.root(), catalog, diagnostics);
}

}  // namespace plimsoll
