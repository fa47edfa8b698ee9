#include "evaluate/evaluate.h"

#include <algorithm>
#include <cmath>
#include <span>

#include "base/quantity_text.h"
#include "catalog/figure_spread.h"
#include "evaluate/changes.h"
#include "evaluate/claims.h"
#include "evaluate/cluster_picture.h"
#include "evaluate/costs.h"
#include "evaluate/explain.h"
#include "evaluate/explain_streaming.h"
#include "evaluate/network.h"
#include "evaluate/savings.h"
#include "evaluate/spill.h"
#include "evaluate/streamed.h"

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
  facts.engine_id = scenario.engine->id;
  facts.backend_id = scenario.backend->id;
  facts.placement = prepared.placement().description;
  facts.parameters = prepared.footprint.parameters;
  facts.weights = prepared.footprint.weights;
  facts.bits_per_weight = prepared.footprint.bits_per_weight();
  for (int layer = 0; layer < static_cast<int>(scenario.model.layers.size()); ++layer) {
    facts.cache_per_token +=
        cached_per_token(cache_shape(scenario.model, layer), scenario.kv_format->bits_per_weight());
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
std::vector<double> busy_shares(const Prepared& prepared, std::vector<double> busy) {
  const Scenario& scenario = prepared.scenario;
  const auto nodes = static_cast<std::size_t>(nodes_of_replica(scenario, *prepared.fabric));
  const auto serving = static_cast<std::size_t>(scenario.replicas - scenario.spare);
  for (std::size_t i = nodes; i < busy.size(); ++i)
    busy[i] = i / nodes < serving ? busy[i % nodes] : 0.0;
  return busy;
}

// Power is known where somebody measured the machine under such a load; anything else would be
// invented. Of several machines, those that wait draw what they draw idle.
std::optional<Estimate> power_of(const Prepared& prepared, const std::vector<double>& busy) {
  const int count = nodes_of_scenario(prepared.scenario, *prepared.fabric);
  const std::span machines(prepared.scenario.cluster.machines.data(),
                           static_cast<std::size_t>(count));
  const auto measured = [](const Machine& machine) {
    return machine.system->load_power.has_value();
  };
  if (!std::all_of(machines.begin(), machines.end(), measured)) return std::nullopt;
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

void fill_power(const Prepared& prepared, const std::vector<double>& busy, Outcome& outcome) {
  if (!outcome.throughput_tokens_per_second) return;
  outcome.power_w = power_of(prepared, busy);
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
  if (placement.strategy == PlacementStrategy::cpu ||
      placement.strategy == PlacementStrategy::streamed)
    return {};
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
  outcome.cluster = draw_cluster(prepared);
  outcome.short_by = placement.short_by();
  outcome.fits_probability = placement.fits_probability();
  outcome.why_not = why_not(prepared);
  outcome.facts.on_accelerators = placement.on_accelerators();
  if (placement.possible())
    outcome.largest_context = largest_context(prepared.placement_request(), placement);
  outcome.price_usd = price_of(prepared);
}

void fill_rates(const Rates& rates, Outcome& outcome) {
  outcome.decode_tokens_per_second = rates.decode_tokens_per_second;
  outcome.throughput_tokens_per_second = rates.throughput_tokens_per_second;
  outcome.prefill_tokens_per_second = rates.prefill_tokens_per_second;
  outcome.time_to_first_token_s = rates.time_to_first_token_s;
  outcome.total_time_s = rates.total_time_s;
}

void note_quality(const Prepared& prepared, Outcome& outcome) {
  const std::string quality = quality_warning(prepared.footprint.bits_per_weight(),
                                              prepared.scenario.fewer_experts_than_trained);
  if (!quality.empty()) outcome.notes.push_back(quality);
}

void explain_speed(const Prepared& prepared, const Speed& speed, SpeedModel& model,
                   Catalog& catalog, Outcome& outcome) {
  outcome.time_shares = explain_time(speed.decode);
  outcome.prefill_shares = explain_time(speed.prefill);
  outcome.limits = explain_limits(prepared, model, speed.decode);
  outcome.prefill_roofline = roofline_of(model.prefill_graph(), model.cost(), *prepared.fabric);
  const std::vector<LinkFlow> flows = link_flows(prepared, model);
  outcome.links = link_loads(*prepared.fabric, flows);
  add_flows(*prepared.fabric, flows, outcome.cluster);
  outcome.routes = routes_used(prepared);
  if (const std::string idle = idle_note(prepared); !idle.empty()) outcome.notes.push_back(idle);
  note_quality(prepared, outcome);
  for (std::string& note : machine_notes(prepared, speed, catalog))
    outcome.notes.push_back(std::move(note));
}

// The prices and rates that went into them.
std::vector<UsedFigure> fill_costs(const Prepared& prepared, const Rates& rates,
                                   const std::vector<double>& busy, Catalog& catalog,
                                   Outcome& outcome) {
  const Scenario& scenario = prepared.scenario;
  const double serving = scenario.replicas - scenario.spare;
  const Estimate& prefill = rates.prefill_tokens_per_second;
  const money::ServiceRate rate{
      .input_tokens_per_second = {prefill.value * serving, prefill.low * serving,
                                  prefill.high * serving},
      .output_tokens_per_second = rates.throughput_tokens_per_second};
  const CostQuestion question =
      cost_question(scenario, nodes_of_replica(scenario, *prepared.fabric), busy, rate, catalog);
  Diagnostics quiet;  // a broken price table is no reason for no report
  const PriceBook& book = catalog.prices(quiet);
  std::vector<UsedFigure> used;
  if (scenario.replicas > 1) outcome.redundancy = service_redundancy(book, question, used);
  outcome.costs = monthly_costs(book, question, used);
  return used;
}

Seconds end_of(const Timeline& timeline) {
  Seconds end;
  for (const TimelineSpan& span : timeline.spans) end = std::max(end, span.end);
  return end;
}

Timeline timelines(SpeedModel& model) {
  Timeline all = model.simulator().timeline(model.prefill_graph());
  Timeline token = model.simulator().timeline(model.middle_graph());
  const Seconds end = end_of(all);
  all.parts = {{.what = "chunk of the prompt", .start = {}, .end = end},
               {.what = "token", .start = end, .end = end + end_of(token)}};
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

Change applied_change(const Edit& edit, const Prepared& prepared, const Rates& rates) {
  Change applied;
  applied.description = edit.description;
  applied.kind = edit.kind;
  applied.set = edit.set;
  applied.verdict = prepared.streams() ? Verdict::fits_with_streaming : Verdict::fits;
  applied.decode_tokens_per_second = rates.decode_tokens_per_second;
  applied.prefill_tokens_per_second = rates.prefill_tokens_per_second;
  applied.throughput_tokens_per_second = rates.throughput_tokens_per_second;
  return applied;
}

class Evaluator {
 public:
  Evaluator(Catalog& catalog, const EvaluateOptions& options)
      : catalog_(catalog), options_(options) {}

  Evaluation run(const ScenarioSpec& spec) {
    find_what_runs(spec);
    if (runs_ && runs_->streams())
      from_drive();
    else if (runs_)
      in_memory();
    if (repaired_) {
      outcome_.applied_change = applied_change(repaired_->edit, *runs_, *rates_);
      outcome_.facts.placement = runs_->placement().description;
    }
    const Prepared& base = runs_ ? *runs_ : *asked_;
    if (options_.explain) {
      if (std::string note = spill_note(*asked_, catalog_); !note.empty())
        outcome_.notes.push_back(std::move(note));
      outcome_.claim_checks = check_claims(base, outcome_, catalog_);
      outcome_.assumptions = explain_assumptions(base, catalog_, used_);
      for (const ChosenDefault& choice : served_defaults_)
        outcome_.assumptions.push_back(assumption_of(choice));
    }
    if (options_.changes)
      outcome_.changes = rank_changes(rates_, base.streams() || must_stream(base.scenario),
                                      catalog_, propose_edits(base, catalog_, quiet_));
    return std::move(evaluation_);
  }

 private:
  // As asked; else with one change; else with weights from the drive.
  void find_what_runs(const ScenarioSpec& spec) {
    Diagnostics diagnostics;
    asked_ = prepare(spec, catalog_, diagnostics);
    throw_if_errors(diagnostics);
    evaluation_.warnings = diagnostics;
    runs_ = asked_->fits() ? asked_.get() : nullptr;
    if (!runs_ && options_.explain && (repaired_ = repair(*asked_, catalog_)))
      runs_ = repaired_->prepared.get();
    if (!runs_ && options_.paging) {
      if (auto paged = paged_instead(*asked_, catalog_)) {
        asked_ = std::move(paged);
        runs_ = asked_.get();
      }
    }
    fill_placement(*asked_, outcome_);
    outcome_.verdict = !runs_             ? Verdict::does_not_fit
                       : repaired_        ? Verdict::fits_with_changes
                       : runs_->streams() ? Verdict::fits_with_streaming
                                          : Verdict::fits;
  }

  void in_memory() {
    SpeedModel model(runs_->lowering_request(), catalog_.roofs(quiet_));
    const Speed speed = model.measure();
    const std::vector<double> busy = busy_shares(*runs_, busy_shares_of_first(*runs_, model));
    rates_ = speed;
    fill_rates(speed, outcome_);
    fill_power(*runs_, busy, outcome_);
    outcome_.profiles = profiles_used(model.cost());
    if (options_.explain) {
      explain_speed(*runs_, speed, model, catalog_, outcome_);
      outcome_.savings = explain_savings(*runs_, model, catalog_.roofs(quiet_));
      explain_work(model);
      used_ = figures_used(*runs_, model, speed);
    }
    if (runs_->scenario.serving && options_.serving) serve();
    if (options_.timeline) evaluation_.timeline = timelines(model);
    if (options_.costs) costs(busy);
  }

  void serve() {
    const ServingRun run(*runs_, catalog_.roofs(quiet_), options_.serve);
    outcome_.serving = run.outcome();
    for (const ChosenDefault& chosen : run.setup().chosen) served_defaults_.push_back(chosen);
    if (runs_->scenario.savings.speculation)
      outcome_.notes.emplace_back(
          "The load is served without speculative decoding: each step gives one token.");
  }

  // Power stays unknown: what was measured under a model in memory says nothing about one that
  // waits for its drive.
  void from_drive() {
    if (runs_->scenario.serving)
      outcome_.notes.emplace_back(
          "The load is not served request by request: experts come from the drive, and what one "
          "step leaves in the caches changes the next.");
    const std::unique_ptr<StreamModel> model = stream_model(*runs_, stream_tables(catalog_));
    const StreamRun run = model->run({.sampled = options_.every_token ? 0 : report_samples});
    rates_ = rates_of(*runs_, run);
    fill_rates(*rates_, outcome_);
    if (catalog_.overlay()) note_profiles();
    fill_streaming(*runs_, run, outcome_);
    if (options_.explain) {
      explain_streaming(*runs_, run, options_.published_tokens_per_second, outcome_);
      note_quality(*runs_, outcome_);
      SpeedModel work(runs_->lowering_request(), catalog_.roofs(quiet_));
      explain_work(work);
      used_ = figures_used(run);
    }
    if (options_.timeline) evaluation_.timeline = timeline_of(*model);
    if (options_.costs) {
      std::vector<double> busy(static_cast<std::size_t>(runs_->fabric->node_count()), 0.0);
      for (int node : runs_->placement().nodes(*runs_->fabric))
        busy[static_cast<std::size_t>(node)] = 1.0;
      costs(busy_shares(*runs_, std::move(busy)));
    }
  }

  // A streamed run has the cost model's parameters, too.
  void note_profiles() {
    SpeedModel model(runs_->lowering_request(), catalog_.roofs(quiet_));
    for (const Operator& op : model.middle_graph().operators) model.cost().cost(op);
    outcome_.profiles = profiles_used(model.cost());
  }

  // What holds wherever the weights are.
  void explain_work(SpeedModel& model) {
    outcome_.roofline = roofline_of(model.middle_graph(), model.cost(), *runs_->fabric);
    outcome_.start_command = start_command(*runs_);
  }

  void costs(const std::vector<double>& busy) {
    for (UsedFigure& price : fill_costs(*runs_, *rates_, busy, catalog_, outcome_))
      used_.push_back(std::move(price));
  }

  Catalog& catalog_;
  const EvaluateOptions& options_;
  Evaluation evaluation_;
  Outcome& outcome_ = evaluation_.outcome;
  Diagnostics quiet_;
  std::unique_ptr<Prepared> asked_;
  std::optional<Repaired> repaired_;
  const Prepared* runs_ = nullptr;  // null: nothing does
  std::optional<Rates> rates_;
  std::vector<UsedFigure> used_;                // what the answer rests on besides the placement
  std::vector<ChosenDefault> served_defaults_;  // of the server, where a load is given
};

}  // namespace

Evaluation evaluate(const ScenarioSpec& spec, Catalog& catalog, const EvaluateOptions& options) {
  return Evaluator(catalog, options).run(spec);
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
  line.verdict = prepared->streams() ? Verdict::fits_with_streaming : Verdict::fits;
  line.largest_context =
      largest_context(prepared->placement_request(), prepared->placement()).value_or(0);
  const Rates rates = measure(*prepared, catalog);
  line.decode_tokens_per_second = rates.decode_tokens_per_second;
  line.time_to_first_token_s = rates.time_to_first_token_s;
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
    const bool a_runs = a.verdict != Verdict::does_not_fit;
    const bool b_runs = b.verdict != Verdict::does_not_fit;
    if (a_runs != b_runs) return a_runs;
    if (readable(a) != readable(b)) return readable(a);
    if (a_runs) return a.parameters > b.parameters;
    return a.short_by < b.short_by;
  });
  return lines;
}

}  // namespace plimsoll
