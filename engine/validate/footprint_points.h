// Published checkpoint sizes, caches, recurrent states and compute buffers.
#pragma once

#include <vector>

#include "base/diagnostic.h"
#include "catalog/catalog.h"
#include "config/node.h"
#include "validate/validation.h"

namespace plimsoll {

// The points of a file with the sections footprints, kv_cache, recurrent_state, compute_buffers,
// resident_weights and engine_reports (hwdb/measurements/footprints.yaml, doc/validate.md). All
// predictions are in bytes.
std::vector<ValidationPoint> predict_footprints(const Node& root, Catalog& catalog,
                                                Diagnostics& diagnostics);

}  // namespace plimsoll
