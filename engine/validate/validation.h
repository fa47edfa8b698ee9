// Predictions held against what others published, point by point, and by group.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/estimate.h"
#include "base/parallel.h"
#include "catalog/catalog.h"
#include "validate/error_summary.h"
#include "validate/validation_status.h"

namespace plimsoll {

struct ValidationPoint {
  std::string id;
  std::string metric;  // "checkpoint_bytes", "kv_cache_bytes", …
  std::string group;   // within a metric: kind of recipe, layout; summaries are by both
  double measured = 0.0;
  double rounding = 0.0;              // half a unit of the last printed place
  std::optional<Estimate> predicted;  // nothing where status says so
  double aim = 0.0;                   // relative error aimed at; rounding always counts as met
  ValidationStatus status = ValidationStatus::unsupported;
  std::string why;  // what is unknown or missing; may stand beside a prediction ("recipe-unknown")

  double error() const { return predicted->value / measured - 1.0; }
  bool within_aim() const;
  bool covered() const;  // the published value, as far as it is printed, lies in the interval
};

// Errors are of the points with status ok.
struct ValidationSummary {
  std::string metric;
  std::string group;
  int points = 0;
  int judged = 0;
  int suspect = 0;
  int unresolved = 0;
  int unsupported = 0;
  double aim = 0.0;
  double median_error = 0.0;  // absolute and relative, as are the others
  double p90_error = 0.0;
  double within_aim = 0.0;  // share
  double covered = 0.0;     // share
};

// Sorted by metric and group.
std::vector<ValidationSummary> summarise(const std::vector<ValidationPoint>& points);

// The points of all files.
struct Validation {
  std::vector<ValidationPoint> footprints;
  std::vector<SpeedPoint> speeds;
};

// Reads files of published points and predicts each without looking at its value; in the order of
// the files. A list holds speeds (hwdb/measurements/published.yaml), a map the sections of
// predict_footprints(). Mistakes of a file are diagnostics: those of Document, unknown-section,
// bad-measurement, and those of entries named there that cannot be read; then no speed is
// predicted.
Validation validate(const std::vector<std::filesystem::path>& files,
                    const std::vector<DataFolders>& data, Diagnostics& diagnostics,
                    const ParallelOptions& options = {});

}  // namespace plimsoll
