#include "validate/validation.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "config/document.h"
#include "validate/footprint_points.h"
#include "validate/speed_points.h"

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

// An entry that cannot be read is a mistake, not a name that nobody knows.
void report_broken_entries(const std::vector<Measurement>& measurements, Catalog& catalog,
                           Diagnostics& diagnostics) {
  std::set<std::string> seen;
  for (const Measurement& m : measurements) {
    Diagnostics found;
    if (seen.insert("model " + m.model).second) catalog.model(m.model, m.place, found);
    if (seen.insert("engine " + m.engine).second) catalog.engine(m.engine, m.place, found);
    for (const Diagnostic& each : found.sorted())
      if (each.severity == Severity::error && each.place.file != m.place.file)
        diagnostics.add(each);
  }
}

}  // namespace

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

Validation validate(const std::vector<std::filesystem::path>& files,
                    const std::vector<DataFolders>& data, Diagnostics& diagnostics,
                    const ParallelOptions& options) {
  Validation result;
  Catalog catalog(data);
  std::vector<Measurement> measurements;
  for (const std::filesystem::path& file : files) {
    const Document document = Document::load_file(file, diagnostics);
    const NodeKind kind = document.root().kind();
    if (kind == NodeKind::sequence) {
      for (Measurement& each : read_measurements(document.root(), diagnostics))
        measurements.push_back(std::move(each));
    } else if (kind != NodeKind::invalid) {
      for (ValidationPoint& each : predict_footprints(document.root(), catalog, diagnostics))
        result.footprints.push_back(std::move(each));
    }
  }
  report_broken_entries(measurements, catalog, diagnostics);
  if (!diagnostics.has_errors()) result.speeds = predict_speeds(measurements, data, options);
  return result;
}

}  // namespace plimsoll
