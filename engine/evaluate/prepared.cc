#include "evaluate/prepared.h"

#include <algorithm>
#include <limits>

namespace plimsoll {

const Placement& Prepared::placement() const {
  if (chosen >= 0) return candidates[static_cast<std::size_t>(chosen)];
  const auto misses_less = [](const Placement& a, const Placement& b) {
    if (a.possible() != b.possible()) return a.possible();
    return a.short_by() < b.short_by();
  };
  return *std::min_element(candidates.begin(), candidates.end(), misses_less);
}

PlacementRequest Prepared::placement_request() const {
  return {.scenario = &scenario, .fabric = &*fabric, .demand = &demand};
}

LoweringRequest Prepared::lowering_request() const {
  return {.scenario = &scenario,
          .fabric = &*fabric,
          .placement = &placement(),
          .footprint = &footprint};
}

namespace {

CacheOptions cache_options(const Scenario& scenario) {
  const EngineSpec& engine = *scenario.engine;
  return {.context = scenario.workload.context,
          .sequences = scenario.workload.batch,
          .format = scenario.kv_format,
          .granule = engine.context_granule,
          .window_cache = engine.window_cache,
          .prefill_chunk = engine.prefill_chunk};
}

void measure_bytes(Prepared& prepared, Catalog& catalog, Diagnostics& diagnostics) {
  const Scenario& scenario = prepared.scenario;
  prepared.footprint = footprint({.model = &scenario.model,
                                  .recipe = scenario.quantization,
                                  .engine = scenario.engine,
                                  .quantize = {.importance_matrix = scenario.importance_matrix},
                                  .cache = cache_options(scenario)},
                                 catalog, diagnostics);
  prepared.demand = weight_demand(prepared.footprint, scenario.model);
}

// The quantizations worth offering: the published checkpoint's own where it is small and this
// engine loads it, then the engine's list.
std::vector<const QuantizationSpec*> offered(const Scenario& scenario, Catalog& catalog,
                                             Diagnostics& diagnostics) {
  std::vector<const QuantizationSpec*> list;
  constexpr double small_native_bits =
      8.6;  // a native checkpoint of 8 bits or fewer needs no requantization
  const SourcePlace& place = scenario.engine->place;
  const auto loads = [&](const QuantizationSpec& q) {
    const auto& families = scenario.engine->weight_families;
    return std::find(families.begin(), families.end(), q.family) != families.end();
  };
  const auto consider_native = [&](const QuantizationSpec* native) {
    if (native && native->nominal_bits <= small_native_bits && loads(*native))
      list.push_back(native);
  };
  if (!scenario.model.native_format.empty()) {
    const QuantizationSpec* native =
        catalog.quantization(scenario.model.native_format, place, diagnostics);
    consider_native(native);
    if (native)
      for (const auto& [family, id] : native->counterparts)
        consider_native(catalog.quantization(id, place, diagnostics));
  }
  for (const std::string& id : scenario.engine->default_quantizations) {
    // A checkpoint published in few bits gains nothing from being stored in more.
    const QuantizationSpec* q = catalog.quantization(id, place, diagnostics);
    if (!q) continue;
    const bool wasteful = !list.empty() && q->nominal_bits >= list.front()->nominal_bits;
    if (!wasteful) list.push_back(q);
  }
  return list;
}

// Among the placements that fit, the fastest; on a tie the one listed first.
void choose_placement(Prepared& prepared, const RoofTable& roofs) {
  double best = std::numeric_limits<double>::infinity();
  int fitting = 0;
  for (const Placement& candidate : prepared.candidates) fitting += candidate.fits() ? 1 : 0;
  for (std::size_t i = 0; i < prepared.candidates.size(); ++i) {
    if (!prepared.candidates[i].fits()) continue;
    if (fitting == 1) {
      prepared.chosen = static_cast<int>(i);
      return;
    }
    LoweringRequest request{.scenario = &prepared.scenario,
                            .fabric = &*prepared.fabric,
                            .placement = &prepared.candidates[i],
                            .footprint = &prepared.footprint};
    const double time = SpeedModel(request, roofs).middle_token().time.base();
    if (time < best) {
      best = time;
      prepared.chosen = static_cast<int>(i);
    }
  }
}

void place(Prepared& prepared, const RoofTable& roofs) {
  prepared.candidates =
      candidate_placements(prepared.placement_request(), prepared.scenario.workload.context);
  prepared.chosen = -1;
  choose_placement(prepared, roofs);
}

// Whether the weights alone already exceed all memory, so that placing is not worth trying.
bool hopeless(const Prepared& prepared, Bytes weights) {
  Bytes all;
  for (const Pool& pool : prepared.fabric->pools()) all += pool.capacity;
  return weights > all;
}

bool on_accelerators_only(const Placement& placement) {
  return placement.strategy != PlacementStrategy::cpu &&
         placement.strategy != PlacementStrategy::cpu_layers &&
         placement.strategy != PlacementStrategy::cpu_experts;
}

// The best quantization that fits the accelerators; failing that, the best that fits with the CPU's
// help; failing that, the smallest.
void choose_quantization(Prepared& prepared, Catalog& catalog, const RoofTable& roofs,
                         Diagnostics& diagnostics) {
  const std::vector<const QuantizationSpec*> list =
      offered(prepared.scenario, catalog, diagnostics);
  const QuantizationSpec* with_cpu = nullptr;
  const QuantizationSpec* smallest = nullptr;
  Bytes smallest_bytes;
  const QuantizationSpec* taken = nullptr;
  for (const QuantizationSpec* q : list) {
    const Bytes weights = weight_bytes(prepared.scenario.model, *q,
                                       {.importance_matrix = prepared.scenario.importance_matrix},
                                       catalog, diagnostics);
    if (!smallest || weights < smallest_bytes) {
      smallest = q;
      smallest_bytes = weights;
    }
    if (hopeless(prepared, weights)) continue;
    prepared.scenario.quantization = q;
    measure_bytes(prepared, catalog, diagnostics);
    prepared.candidates =
        candidate_placements(prepared.placement_request(), prepared.scenario.workload.context);
    for (const Placement& candidate : prepared.candidates) {
      if (!candidate.fits()) continue;
      if (on_accelerators_only(candidate))
        taken = q;
      else if (!with_cpu)
        with_cpu = q;
    }
    if (taken) break;
  }
  const bool best = taken || with_cpu;
  prepared.scenario.quantization = taken ? taken : with_cpu ? with_cpu : smallest;
  if (!prepared.scenario.quantization) return;
  prepared.scenario.defaults.push_back({.field = "quantization",
                                        .value = prepared.scenario.quantization->id,
                                        .why = best
                                                   ? "the best of the engine's usual ones that fits"
                                                   : "the smallest of the engine's usual ones"});
  measure_bytes(prepared, catalog, diagnostics);
  place(prepared, roofs);
}

}  // namespace

std::unique_ptr<Prepared> prepare(const ScenarioSpec& spec, Catalog& catalog,
                                  Diagnostics& diagnostics) {
  std::optional<Scenario> scenario = resolve(spec, catalog, diagnostics);
  if (!scenario) return nullptr;
  auto prepared = std::make_unique<Prepared>();
  prepared->scenario = std::move(*scenario);
  prepared->fabric =
      build_fabric(*prepared->scenario.system, prepared->scenario.count, prepared->scenario.link,
                   spec.raise_gpu_limit.value.value_or(false), catalog, diagnostics);
  const RoofTable& roofs = catalog.roofs(diagnostics);
  if (diagnostics.has_errors()) return nullptr;
  if (!prepared->scenario.quantization) {
    choose_quantization(*prepared, catalog, roofs, diagnostics);
    if (!prepared->scenario.quantization)
      diagnostics.error(
          "no-quantization", spec.model.place,
          prepared->scenario.engine->name + " has no quantization to offer for this model",
          "quantization: ID");
  } else {
    measure_bytes(*prepared, catalog, diagnostics);
    if (!diagnostics.has_errors()) place(*prepared, roofs);
  }
  if (diagnostics.has_errors()) return nullptr;
  return prepared;
}

}  // namespace plimsoll
