// Scenarios whose experts, or all weights, stay on the drive: their simulation and what it comes
// to.
#pragma once

#include <memory>

#include "catalog/catalog.h"
#include "evaluate/outcome.h"
#include "evaluate/prepared.h"
#include "evaluate/speed.h"
#include "streaming/stream_model.h"

namespace plimsoll {

// Tokens simulated in time for a report. Warm-up is fast at first and then slow, and the passes
// between are taken as their neighbours.
inline constexpr int report_samples = 24;

// Tables of the catalogue that every simulation takes; the catalogue itself is not thread-safe.
struct StreamTables {
  const RoofTable* roofs = nullptr;
  const RoutingSpec* prior = nullptr;
};
StreamTables stream_tables(Catalog& catalog);

// Of a scenario that streams(). Throws InputError when its routing trace is unusable.
std::unique_ptr<StreamModel> stream_model(const Prepared& prepared, const StreamTables& tables);

Rates rates_of(const Prepared& prepared, const StreamRun& run);

// Of a scenario that fits, wherever its weights are.
Rates measure(const Prepared& prepared, Catalog& catalog);

// The token in the middle of the answer. After run().
Timeline timeline_of(StreamModel& model);

}  // namespace plimsoll
