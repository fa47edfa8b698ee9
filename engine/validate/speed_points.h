// Published speeds held against what `report` would say of their scenarios.
#pragma once

#include <optional>
#include <vector>

#include "base/parallel.h"
#include "catalog/catalog.h"
#include "evaluate/outcome.h"
#include "measurements/measurement.h"
#include "validate/error_summary.h"

namespace plimsoll {

// What the outcome says of the published value, in its unit and scope, with an interval that allows
// for what the source left open; nothing where it says nothing.
std::optional<Estimate> predicted_speed(const MeasuredScenario& scenario, const Outcome& outcome);

// The point without a prediction: what groups and witnesses need, as far as entries go by its
// names.
SpeedPoint speed_point_of(const Measurement& measurement, Catalog& catalog);

// Predicted through evaluate(), without a look at the value.
SpeedPoint predict_speed(const Measurement& measurement, Catalog& catalog);

// In the order of the measurements, whatever the number of threads; each has its own catalogue.
std::vector<SpeedPoint> predict_speeds(const std::vector<Measurement>& measurements,
                                       const std::vector<DataFolders>& data,
                                       const ParallelOptions& options = {});

}  // namespace plimsoll
