#include "evaluate/evaluate.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/quantity_text.h"
#include "catalog/figure_spread.h"
#include "evaluate/changes.h"
#include "evaluate/claims.h"
#include "evaluate/costs.h"
#include "evaluate/explain.h"
#include "evaluate/network.h"

namespace plimsoll {

std::string_view to_text(Verdict verdict) {
  switch (verdict) {
    case Verdict::fits:
      return "fits";
    case Verdict::fits_with_streaming:
      return "fits-with-streaming";
    case Verdict::fits_with_changes:
      return "fits-with-changes";
    case Verdict::does_not_fit:
      break;
  }
  return "does-not-fit";
}

namespace {

ModelFacts facts_of(const Prepared& prepared) {
  const Scenario& scenario = prepared.scenario;
  const Workload& w = scenario.workload;
  ModelFacts facts;
  facts.model = scenario.model.name;
  facts.quantization = scenario.quantization->name;
  facts.system = scenario.cluster.description;
  facts.engine = scenario.engine->name + " (" + scenario.backend->id + ")";
  facts.placement = prepared.placement().description;
  facts.parameters = prepared.footprint.parameters;
  facts.weights = prepared.footprint.weights;
  facts.bits_per_weight = prepared.footprint.bits_per_weight();
  for (int layer = 0; layer < static_cast<int>(scenario.model.layers.size()); ++layer) {
    const CacheShape shape = cache_shape(scenario.model, layer);
    facts.cache_per_token += Bytes(static_cast<double>(shape.elements_per_token) *
                                   scenario.kv_format->bits_per_weight() / 8.0) +
                             shape.indexer_per_token;
  }
  facts.context = w.context;
  facts.prompt = w.prompt;
  facts.depth = w.depth;
  facts.generate = w.generate;
  facts.batch = w.batch;
  facts.machines = prepared.fabric->node_count();
  facts.replicas = scenario.replicas;
  facts.spare = scenario.spare;
  return facts;
}

std::string why_not(const Prepared& prepared) {
  const Placement& placement = prepared.placement();
  if (!placement.possible()) return placement.refusal;
  const PoolLoad* worst = nullptr;
  for (const PoolLoad& load : placement.loads)
    if (!worst || load.short_by() > worst->short_by()) worst = &load;
  if (!worst || worst->short_by() == Bytes()) return {};
  const Pool& pool = prepared.fabric->pools()[static_cast<std::size_t>(worst->pool)];
  std::string text = pool.name + " would have to hold " + print(Bytes(worst->used.value)) + " of " +
                     print(worst->usable) + " usable";
  if (!worst->limit.empty()) text += " (" + worst->limit + ")";
  return text;
}

// Share of a decode step during which a machine works: all of it where the work is divided or the
// stages work on parts of the batch, its stages' part where one stage follows another.
std::vector<double> busy_shares_of_first(const Prepared& prepared, SpeedModel& model) {
  const Fabric& fabric = *prepared.fabric;
  const Placement& placement = prepared.placement();
  std::vector<double> busy(static_cast<std::size_t>(fabric.node_count()), 0.0);
  if (placement.stages.size() < 2 || model.parts_in_flight() > 1) {
    for (int node : placement.nodes(fabric)) busy[static_cast<std::size_t>(node)] = 1.0;
    return busy;
  }
  double all = 0.0;
  for (const Operator& op : model.middle_graph().operators) {
    if (op.kind == OperatorKind::message) continue;
    const OperatorCost cost = model.cost().cost(op);
    const double time = (cost.gap + cost.work).base();
    const int node = fabric.executors()[static_cast<std::size_t>(op.executor)].node;
    busy[static_cast<std::size_t>(node)] += time;
    all += time;
  }
  for (double& share : busy) share /= all;
  return busy;
}

// The same for every machine: replicas in service are as busy as the first one, others rest.
std::vector<double> busy_shares(const Prepared& prepared, SpeedModel& model) {
  std::vector<double> busy = busy_shares_of_first(prepared, model);
  const Scenario& scenario = prepared.scenario;
  const auto nodes = static_cast<std::size_t>(nodes_of_replica(scenario, *prepared.fabric));
  const auto serving = static_cast<std::size_t>(scenario.replicas - scenario.spare);
  for (std::size_t i = nodes; i < busy.size(); ++i)
    busy[i] = i / nodes < serving ? busy[i % nodes] : 0.0;
  return busy;
}

// Power is known where somebody measured the machine under such a load; anything else would be
// invented. Of several machines, those that wait draw what they draw idle.
std::optional<Estimate> power_of(const Prepared& prepared, SpeedModel& model) {
  const int count = nodes_of_scenario(prepared.scenario, *prepared.fabric);
  const std::span machines(prepared.scenario.cluster.machines.data(),
                           static_cast<std::size_t>(count));
  const auto measured = [](const Machine& machine) {
    return machine.system->load_power.has_value();
  };
  if (!std::all_of(machines.begin(), machines.end(), measured)) return std::nullopt;
  const std::vector<double> busy = busy_shares(prepared, model);
  Estimate sum;
  for (std::size_t i = 0; i < machines.size(); ++i) {
    const SystemSpec& system = *machines[i].system;
    const Estimate load = estimate_of(*system.load_power);
    Estimate idle;
    if (busy[i] < 1.0) {
      if (!system.idle_power) return std::nullopt;
      idle = estimate_of(*system.idle_power);
    }
    const auto mix = [&](double at_load, double at_rest) {
      return busy[i] * at_load + (1.0 - busy[i]) * at_rest;
    };
    // Machines of a kind err together.
    sum.value += mix(load.value, idle.value);
    sum.low += mix(load.low, idle.low);
    sum.high += mix(load.high, idle.high);
  }
  return sum;
}

void power(const Prepared& prepared, SpeedModel& model, Outcome& outcome) {
  if (!outcome.throughput_tokens_per_second) return;
  outcome.power_w = power_of(prepared, model);
  if (!outcome.power_w) return;
  const Estimate& watts = *outcome.power_w;
  const Estimate& rate = *outcome.throughput_tokens_per_second;
  const double sigma = std::hypot(log_sigma_of_range(watts.low, watts.high),
                                  log_sigma_of_range(rate.low, rate.high));
  outcome.energy_per_token_j = log_normal(watts.value / rate.value, sigma);
}

// Of the machines asked for, whose prices err together; nothing when one has no known price.
std::optional<Estimate> price_of(const Prepared& prepared) {
  const Scenario& scenario = prepared.scenario;
  const int machines = nodes_of_scenario(scenario, *prepared.fabric);
  Estimate sum;
  for (int i = 0; i < machines; ++i) {
    const SystemSpec& system = *scenario.cluster.machines[static_cast<std::size_t>(i)].system;
    if (!system.price) return std::nullopt;
    const Estimate price = estimate_of(*system.price);
    sum = {sum.value + price.value, sum.low + price.low, sum.high + price.high};
  }
  return sum;
}

// GPUs that the chosen placement leaves idle, and why a tensor-parallel engine cannot use them all.
std::string idle_note(const Prepared& prepared) {
  const Placement& placement = prepared.placement();
  if (placement.strategy == PlacementStrategy::cpu) return {};
  const int machines = nodes_of_replica(prepared.scenario, *prepared.fabric);
  const std::size_t active = placement.nodes(*prepared.fabric).size();
  if (active < static_cast<std::size_t>(machines))
    return std::to_string(active) + " of " + std::to_string(machines) +
           " machines are used: this placement is the fastest, more machines would add memory "
           "that it does not need";
  std::size_t have = 0;
  for (int node = 0; node < machines; ++node) have += prepared.fabric->accelerators(node).size();
  const std::size_t used = placement.executor_count();
  if (used >= have) return {};
  std::string note = std::to_string(used) + " of " + std::to_string(have) + " GPUs are used";
  if (placement.strategy != PlacementStrategy::tensor_parallel ||
      prepared.scenario.spec.accelerators.has())
    return note;
  Scenario all = prepared.scenario;
  all.placement = PlacementStrategy::tensor_parallel;
  const PlacementRequest request{
      .scenario = &all, .fabric = &*prepared.fabric, .demand = &prepared.demand};
  const std::string refusal = candidate_placements(request, all.workload.context).front().refusal;
  return refusal.empty() ? note : note + ": " + refusal;
}

void fill_placement(const Prepared& prepared, Outcome& outcome) {
  const Placement& placement = prepared.placement();
  outcome.facts = facts_of(prepared);
  outcome.memory = explain_memory(prepared);
  outcome.short_by = placement.short_by();
  outcome.fits_probability = placement.fits_probability();
  outcome.why_not = why_not(prepared);
  outcome.facts.on_accelerators = placement.on_accelerators();
  if (placement.possible())
    outcome.largest_context = largest_context(prepared.placement_request(), placement);
  outcome.price_usd = price_of(prepared);
}

void fill_speed(const Prepared& prepared, const Speed& speed, SpeedModel& model, Outcome& outcome) {
  outcome.decode_tokens_per_second = speed.decode_tokens_per_second;
  outcome.throughput_tokens_per_second = speed.throughput_tokens_per_second;
  outcome.prefill_tokens_per_second = speed.prefill_tokens_per_second;
  outcome.time_to_first_token_s = speed.time_to_first_token_s;
  outcome.total_time_s = speed.total_time_s;
  power(prepared, model, outcome);
}

void explain_speed(const Prepared& prepared, const Speed& speed, SpeedModel& model,
                   Catalog& catalog, Outcome& outcome) {
  outcome.time_shares = explain_time(speed.decode);
  outcome.prefill_shares = explain_time(speed.prefill);
  outcome.limits = explain_limits(prepared, model, speed.decode);
  outcome.roofline = roofline_points(model.middle_graph(), model.cost(), *prepared.fabric);
  outcome.start_command = start_command(prepared);
  outcome.links = link_loads(prepared, model);
  outcome.routes = routes_used(prepared);
  if (const std::string idle = idle_note(prepared); !idle.empty()) outcome.notes.push_back(idle);
  const std::string quality = quality_warning(prepared.footprint.bits_per_weight(),
                                              prepared.scenario.fewer_experts_than_trained);
  if (!quality.empty()) outcome.notes.push_back(quality);
  for (std::string& note : machine_notes(prepared, speed, catalog))
    outcome.notes.push_back(std::move(note));
}

// The prices and rates that went into them.
std::vector<UsedFigure> fill_costs(const Prepared& prepared, const Speed& speed, SpeedModel& model,
                                   Catalog& catalog, Outcome& outcome) {
  const Scenario& scenario = prepared.scenario;
  const double serving = scenario.replicas - scenario.spare;
  const Estimate& prefill = speed.prefill_tokens_per_second;
  const money::ServiceRate rate{
      .input_tokens_per_second = {prefill.value * serving, prefill.low * serving,
                                  prefill.high * serving},
      .output_tokens_per_second = speed.throughput_tokens_per_second};
  const CostQuestion question =
      cost_question(scenario, nodes_of_replica(scenario, *prepared.fabric),
                    busy_shares(prepared, model), rate, catalog);
  Diagnostics quiet;  // a broken price table is no reason for no report
  const PriceBook& book = catalog.prices(quiet);
  std::vector<UsedFigure> used;
  if (scenario.replicas > 1) outcome.redundancy = service_redundancy(book, question, used);
  outcome.costs = monthly_costs(book, question, used);
  return used;
}

Timeline timelines(SpeedModel& model) {
  Timeline all = model.simulator().timeline(model.prefill_graph());
  Timeline token = model.simulator().timeline(model.middle_graph());
  Seconds end;
  for (const TimelineSpan& span : all.spans) end = std::max(end, span.end);
  // Tracks are the same; the token follows the prompt's chunk.
  const int offset = static_cast<int>(all.names.size());
  all.names.insert(all.names.end(), token.names.begin(), token.names.end());
  for (TimelineSpan span : token.spans) {
    span.name += offset;
    span.start += end;
    span.end += end;
    all.spans.push_back(span);
  }
  return all;
}

// The smallest change under which the scenario fits, tried in order of intrusiveness.
struct Repaired {
  std::unique_ptr<Prepared> prepared;
  Edit edit;
};
std::optional<Repaired> repair(const Prepared& prepared, Catalog& catalog) {
  for (Edit& edit : propose_repairs(prepared)) {
    Diagnostics quiet;
    std::unique_ptr<Prepared> changed = prepare(edit.spec, catalog, quiet);
    if (changed && changed->fits())
      return Repaired{.prepared = std::move(changed), .edit = std::move(edit)};
  }
  return std::nullopt;
}

}  // namespace

Evaluation evaluate(const ScenarioSpec& spec, Catalog& catalog, const EvaluateOptions& options) {
  Evaluation evaluation;
  Diagnostics diagnostics;
  const std::unique_ptr<Prepared> prepared = prepare(spec, catalog, diagnostics);
  throw_if_errors(diagnostics);
  evaluation.warnings = diagnostics;
  Outcome& outcome = evaluation.outcome;
  fill_placement(*prepared, outcome);

  std::optional<Repaired> repaired;
  const Prepared* runs = prepared->fits() ? prepared.get() : nullptr;
  outcome.verdict = runs ? Verdict::fits : Verdict::does_not_fit;
  if (!runs && options.explain && (repaired = repair(*prepared, catalog))) {
    runs = repaired->prepared.get();
    outcome.verdict = Verdict::fits_with_changes;
  }
  std::optional<Speed> speed;
  std::optional<SpeedModel> model;
  std::vector<UsedFigure> prices;
  if (runs) {
    model.emplace(runs->lowering_request(), catalog.roofs(diagnostics));
    speed = model->measure();
    fill_speed(*runs, *speed, *model, outcome);
    if (options.explain) explain_speed(*runs, *speed, *model, catalog, outcome);
    if (options.timeline) evaluation.timeline = timelines(*model);
    if (options.costs) prices = fill_costs(*runs, *speed, *model, catalog, outcome);
  }
  if (repaired) {
    Change applied;
    applied.description = repaired->edit.description;
    applied.kind = repaired->edit.kind;
    applied.set = repaired->edit.set;
    applied.verdict = Verdict::fits;
    applied.decode_tokens_per_second = speed->decode_tokens_per_second;
    applied.prefill_tokens_per_second = speed->prefill_tokens_per_second;
    applied.throughput_tokens_per_second = speed->throughput_tokens_per_second;
    outcome.applied_change = std::move(applied);
    outcome.facts.placement = runs->placement().description;
  }
  if (options.explain) {
    outcome.claim_checks = check_claims(runs ? *runs : *prepared, outcome, catalog);
    outcome.assumptions = explain_assumptions(runs ? *runs : *prepared, model ? &*model : nullptr,
                                              speed ? &*speed : nullptr, catalog, prices);
  }
  if (options.changes) {
    const Prepared& base = runs ? *runs : *prepared;
    outcome.changes = rank_changes(speed, catalog, propose_edits(base, catalog, diagnostics));
  }
  return evaluation;
}

namespace {

RankedModel rank_one(const ScenarioSpec& machine, const CatalogEntry& entry, Catalog& catalog,
                     Diagnostics& diagnostics) {
  RankedModel line;
  line.model_id = entry.id;
  line.model = entry.name;
  ScenarioSpec spec = machine;
  spec.model = {.value = entry.id, .place = machine.system.place};
  const std::unique_ptr<Prepared> prepared = prepare(spec, catalog, diagnostics);
  if (!prepared) return line;
  line.quantization = prepared->scenario.quantization->name;
  line.parameters = prepared->footprint.parameters;
  line.short_by = prepared->placement().short_by();
  for (const PoolLoad& load : prepared->placement().loads)
    for (const LoadItem& item : load.items) line.memory += Bytes(item.bytes.value);
  if (!prepared->fits()) return line;
  line.verdict = Verdict::fits;
  line.largest_context =
      largest_context(prepared->placement_request(), prepared->placement()).value_or(0);
  SpeedModel model(prepared->lowering_request(), catalog.roofs(diagnostics));
  const Speed speed = model.measure();
  line.decode_tokens_per_second = speed.decode_tokens_per_second;
  line.time_to_first_token_s = speed.time_to_first_token_s;
  line.warning = quality_warning(prepared->footprint.bits_per_weight(), false);
  return line;
}

}  // namespace

std::vector<RankedModel> rank_models(const ScenarioSpec& machine, Catalog& catalog) {
  std::vector<RankedModel> lines;
  Diagnostics first_refusal;
  bool any_resolved = false;
  for (const CatalogEntry& entry : catalog.headers(EntryKind::model)) {
    Diagnostics diagnostics;
    lines.push_back(rank_one(machine, entry, catalog, diagnostics));
    any_resolved = any_resolved || !lines.back().quantization.empty();
    if (first_refusal.empty()) first_refusal = diagnostics;
  }
  // What no model at all gets past is a mistake about the machine, told once.
  if (!any_resolved) throw_if_errors(first_refusal);

  // The largest model first that still answers as fast as people read; slower ones after those.
  const auto readable = [](const RankedModel& m) {
    return m.decode_tokens_per_second && m.decode_tokens_per_second->value >= reading_speed;
  };
  std::stable_sort(lines.begin(), lines.end(), [&](const RankedModel& a, const RankedModel& b) {
    const bool a_runs = a.verdict == Verdict::fits;
    const bool b_runs = b.verdict == Verdict::fits;
    if (a_runs != b_runs) return a_runs;
    if (readable(a) != readable(b)) return readable(a);
    if (a_runs) return a.parameters > b.parameters;
    return a.short_by < b.short_by;
  });
  return lines;
}

}  // namespace plimsoll
