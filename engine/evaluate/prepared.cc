#include "evaluate/prepared.h"

#include <algorithm>
#include <limits>

#include "base/contains.h"

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
          .footprint = &footprint,
          .draft = draft_footprint()};
}

const Footprint* Prepared::draft_footprint() const {
  return draft.tensors.empty() ? nullptr : &draft;
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
  prepared.demand = weight_demand(prepared.footprint, scenario.model, *scenario.engine);
  const auto& speculation = scenario.savings.speculation;
  if (!speculation || !speculation->model) return;
  const QuantizationSpec* recipe =
      speculation->quantization ? speculation->quantization : scenario.quantization;
  prepared.draft = footprint({.model = &*speculation->model,
                              .recipe = recipe,
                              .engine = scenario.engine,
                              .quantize = {.importance_matrix = scenario.importance_matrix},
                              .cache = cache_options(scenario)},
                             catalog, diagnostics);
  prepared.demand.draft = draft_weights(prepared.draft, *speculation);
}

// What a candidate quantization would come to.
struct Offer {
  const QuantizationSpec* quantization = nullptr;
  Bytes weights;
  double bits = 0.0;  // per weight, over all tensors
  bool on_accelerators = false;
  bool with_cpu = false;
  bool streamed = false;
};

// The quantizations worth offering: the published checkpoint's own where it is small and this
// engine loads it, then the engine's list.
std::vector<Offer> offered(const Scenario& scenario, Catalog& catalog, Diagnostics& diagnostics) {
  // A native checkpoint of 8 bits or fewer needs no requantization, and gains nothing from more
  // bits.
  constexpr double small_native_bits = 8.6;
  const SourcePlace& place = scenario.engine->place;
  const auto parameters = static_cast<double>(count_parameters(enumerate_tensors(scenario.model)));
  std::vector<Offer> list;
  const auto offer = [&](const std::string& id, double most_bits) {
    const QuantizationSpec* q = catalog.quantization(id, place, diagnostics);
    const auto& families = scenario.engine->weight_families;
    if (!q || !contains(families, q->family)) return;
    const Bytes weights =
        weight_bytes(scenario.model, *q, {.importance_matrix = scenario.importance_matrix}, catalog,
                     diagnostics);
    const double bits = 8.0 * weights.base() / parameters;
    if (bits < most_bits) list.push_back({.quantization = q, .weights = weights, .bits = bits});
  };
  const std::string& native = scenario.model.native_format;
  if (!native.empty()) {
    offer(native, small_native_bits);
    if (const QuantizationSpec* q = catalog.quantization(native, place, diagnostics))
      for (const auto& [family, id] : q->counterparts) offer(id, small_native_bits);
  }
  const double ceiling = list.empty() ? std::numeric_limits<double>::infinity() : list.front().bits;
  for (const std::string& id : scenario.engine->default_quantizations) offer(id, ceiling);
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
                            .footprint = &prepared.footprint,
                            .draft = prepared.draft_footprint()};
    const double time = SpeedModel(request, roofs).middle_token().time.base();
    if (time < best) {
      best = time;
      prepared.chosen = static_cast<int>(i);
    }
  }
}

// What a run that took place most likely had, though it does not fit by our account: nothing if
// that cannot be so wrong.
void choose_what_ran(Prepared& prepared) {
  double likeliest = 0.001;  // beyond three standard deviations of the account
  for (std::size_t i = 0; i < prepared.candidates.size(); ++i) {
    const double probability = prepared.candidates[i].fits_probability();
    if (probability <= likeliest) continue;
    likeliest = probability;
    prepared.chosen = static_cast<int>(i);
  }
}

void place(Prepared& prepared, const RoofTable& roofs) {
  prepared.candidates =
      candidate_placements(prepared.placement_request(), prepared.scenario.workload.context);
  prepared.chosen = -1;
  choose_placement(prepared, roofs);
  if (!prepared.fits() && prepared.scenario.spec.ran) choose_what_ran(prepared);
}

// Whether the weights alone already exceed all memory, so that placing is not worth trying.
bool hopeless(const Prepared& prepared, Bytes weights) {
  if (must_stream(prepared.scenario)) return false;
  Bytes all;
  for (const Pool& pool : prepared.fabric->pools()) all += pool.capacity;
  return weights > all;
}

void consider(Offer& offer, Prepared& prepared, Catalog& catalog, Diagnostics& diagnostics) {
  if (hopeless(prepared, offer.weights)) return;
  prepared.scenario.quantization = offer.quantization;
  measure_bytes(prepared, catalog, diagnostics);
  const auto candidates =
      candidate_placements(prepared.placement_request(), prepared.scenario.workload.context);
  for (const Placement& candidate : candidates) {
    if (!candidate.fits()) continue;
    if (candidate.strategy == PlacementStrategy::streamed)
      offer.streamed = true;
    else
      (candidate.on_accelerators() ? offer.on_accelerators : offer.with_cpu) = true;
  }
}

struct Choice {
  const QuantizationSpec* quantization = nullptr;
  const char* why = "";
};

// In the order of what people are served by: good quality on the accelerators; the usual 4 to 5
// bits when main memory has to help, because more bits only make it slower there; low quality on
// the accelerators; whatever fits; the usual 4 to 5 bits from the drive; the smallest.
Choice choose(const std::vector<Offer>& offers) {
  constexpr double usual_bits = 5.3;
  const auto good = [](const Offer& o) { return o.bits >= few_bits; };
  for (const Offer& o : offers)
    if (o.on_accelerators && good(o))
      return {o.quantization, "the best of the engine's usual ones that fits"};
  for (const Offer& o : offers)
    if (o.with_cpu && good(o) && o.bits <= usual_bits)
      return {o.quantization, "the usual size when main memory has to help"};
  for (const Offer& o : offers)
    if (o.on_accelerators || o.with_cpu) return {o.quantization, "the only kind that fits"};
  for (const Offer& o : offers)
    if (o.streamed && good(o) && o.bits <= usual_bits)
      return {o.quantization, "the usual size when weights come from the drive"};
  for (const bool must_be_good : {true, false})
    for (auto o = offers.rbegin(); o != offers.rend(); ++o)
      if (o->streamed && (good(*o) || !must_be_good))
        return {o->quantization, "the fewest bits that can come from the drive"};
  const auto smallest =
      std::min_element(offers.begin(), offers.end(),
                       [](const Offer& a, const Offer& b) { return a.weights < b.weights; });
  if (smallest == offers.end()) return {};
  return {smallest->quantization, "the smallest of the engine's usual ones"};
}

void choose_quantization(Prepared& prepared, Catalog& catalog, const RoofTable& roofs,
                         Diagnostics& diagnostics) {
  std::vector<Offer> offers = offered(prepared.scenario, catalog, diagnostics);
  for (Offer& offer : offers) {
    consider(offer, prepared, catalog, diagnostics);
    // Better ones come first, so nothing after this can win.
    if (offer.on_accelerators && offer.bits >= few_bits) break;
  }
  const Choice choice = choose(offers);
  prepared.scenario.quantization = choice.quantization;
  if (!choice.quantization) return;
  prepared.scenario.defaults.push_back(
      {.field = "quantization", .value = choice.quantization->id, .why = choice.why});
  measure_bytes(prepared, catalog, diagnostics);
  place(prepared, roofs);
}

}  // namespace

std::unique_ptr<Prepared> paged_instead(const Prepared& prepared, Catalog& catalog) {
  const Scenario& scenario = prepared.scenario;
  if (prepared.fits() || !scenario.streaming || must_stream(scenario)) return nullptr;
  ScenarioSpec paging = scenario.spec;
  paging.engine = {.value = scenario.engine->id, .place = paging.engine.place};
  paging.placement = {.value = PlacementStrategy::streamed, .place = paging.placement.place};
  Diagnostics quiet;
  std::unique_ptr<Prepared> paged = prepare(paging, catalog, quiet);
  if (!paged || !paged->fits()) return nullptr;
  paged->paged = true;
  return paged;
}

std::unique_ptr<Prepared> prepare_or_page(const ScenarioSpec& spec, Catalog& catalog,
                                          Diagnostics& diagnostics) {
  std::unique_ptr<Prepared> prepared = prepare(spec, catalog, diagnostics);
  if (!prepared) return prepared;
  std::unique_ptr<Prepared> paged = paged_instead(*prepared, catalog);
  return paged ? std::move(paged) : std::move(prepared);
}

std::unique_ptr<Prepared> prepare(const ScenarioSpec& spec, Catalog& catalog,
                                  Diagnostics& diagnostics) {
  std::optional<Scenario> scenario = resolve(spec, catalog, diagnostics);
  if (!scenario) return nullptr;
  auto prepared = std::make_unique<Prepared>();
  prepared->scenario = std::move(*scenario);
  prepared->fabric = build_fabric(prepared->scenario.cluster,
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
