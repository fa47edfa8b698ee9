// A scenario with its machine and bytes, ready to be placed.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "placement/placement.h"
#include "scenario/small_world.h"

namespace plimsoll {

// Stages point into one another, so it stays where it was made.
struct Placed {
  Placed(const ScenarioSpec& spec, Catalog& catalog)
      : scenario(resolved(spec, catalog)),
        fabric(build_fabric(scenario.cluster, spec.raise_gpu_limit.value.value_or(false), catalog,
                            diagnostics)) {
    measure(catalog);
  }
  // The same on a machine that is in no catalogue.
  Placed(const ScenarioSpec& spec, const SystemSpec& system, Catalog& catalog)
      : scenario(resolved(spec, catalog)),
        fabric(build_fabric(single_machine(system), spec.raise_gpu_limit.value.value_or(false),
                            catalog, diagnostics)) {
    measure(catalog);
  }
  Placed(const Placed&) = delete;
  Placed& operator=(const Placed&) = delete;

  PlacementRequest request() const {
    return {.scenario = &scenario, .fabric = &fabric, .demand = &demand};
  }
  std::vector<Placement> candidates() const { return candidates(scenario.workload.context); }
  std::vector<Placement> candidates(std::int64_t context) const {
    return candidate_placements(request(), context);
  }
  bool fits(std::int64_t context) const {
    for (const Placement& placement : candidates(context))
      if (placement.fits()) return true;
    return false;
  }

  Diagnostics diagnostics;
  Scenario scenario;
  Fabric fabric;
  Footprint footprint;
  WeightDemand demand;

 private:
  void measure(Catalog& catalog) {
    REQUIRE(scenario.quantization);
    const EngineSpec& engine = *scenario.engine;
    footprint = plimsoll::footprint({.model = &scenario.model,
                                     .recipe = scenario.quantization,
                                     .engine = scenario.engine,
                                     .quantize = {.importance_matrix = scenario.importance_matrix},
                                     .cache = {.context = scenario.workload.context,
                                               .sequences = scenario.workload.batch,
                                               .format = scenario.kv_format,
                                               .granule = engine.context_granule,
                                               .window_cache = engine.window_cache,
                                               .prefill_chunk = engine.prefill_chunk}},
                                    catalog, diagnostics);
    demand = weight_demand(footprint, scenario.model, engine);
    INFO(all_texts(diagnostics));
    REQUIRE_FALSE(diagnostics.has_errors());
  }
};

inline double bytes_of(const Placement& placement, LoadKind kind) {
  double sum = 0.0;
  for (const PoolLoad& load : placement.loads)
    for (const LoadItem& item : load.items)
      if (item.kind == kind) sum += item.bytes.value;
  return sum;
}

inline double bytes_of(const PoolLoad& load, LoadKind kind) {
  double sum = 0.0;
  for (const LoadItem& item : load.items)
    if (item.kind == kind) sum += item.bytes.value;
  return sum;
}

inline double bytes_of_role(const Footprint& footprint, TensorRole role) {
  double sum = 0.0;
  for (const Tensor& tensor : footprint.tensors)
    if (tensor.role == role) sum += tensor.bytes.base();
  return sum;
}

}  // namespace plimsoll
