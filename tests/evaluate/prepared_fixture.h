// Shipped scenarios made ready to run, failing the test on any error.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "evaluate/evaluate.h"
#include "evaluate/prepared.h"
#include "footprint/shipped.h"
#include "placement/cluster_world.h"
#include "scenario/small_world.h"

namespace plimsoll {

using Options = std::vector<std::pair<std::string, std::string>>;

inline std::unique_ptr<Prepared> prepared(const ScenarioSpec& spec,
                                          Catalog& catalog = shipped_catalog()) {
  Diagnostics diagnostics;
  std::unique_ptr<Prepared> result = prepare(spec, catalog, diagnostics);
  INFO(all_texts(diagnostics));
  REQUIRE(result);
  return result;
}

inline std::unique_ptr<Prepared> prepared(const Options& options,
                                          const std::vector<std::string>& overrides = {}) {
  return prepared(spec_of(options, overrides));
}

inline SpeedModel speed_model(const Prepared& ready, Catalog& catalog = shipped_catalog()) {
  Diagnostics diagnostics;
  return SpeedModel(ready.lowering_request(), catalog.roofs(diagnostics));
}

inline Outcome outcome_of(const Options& options, const std::vector<std::string>& overrides = {},
                          bool changes = false) {
  return evaluate(spec_of(options, overrides), shipped_catalog(), {.changes = changes}).outcome;
}

inline Outcome outcome_on(ClusterWorld& world, const ScenarioSpec& spec) {
  return evaluate(spec, world.catalog(), {.changes = false}).outcome;
}

}  // namespace plimsoll
